"""The door's state machine and its signals."""
