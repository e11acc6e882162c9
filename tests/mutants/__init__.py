"""Rooms of the firmware, broken in every way mutmut knows: a test must notice each, or a list says why none can."""
