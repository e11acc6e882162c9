"""The MQTT contract as documents that other people's programs read; made from the gate's own models, never by hand."""
