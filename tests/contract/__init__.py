"""The contract as other people's programs read it: schemas, AsyncAPI, CloudEvents, every event of a gate."""
