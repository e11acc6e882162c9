"""The desk that commands."""
