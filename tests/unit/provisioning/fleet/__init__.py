"""The fleet as the desk knows it."""
