"""The door's code, broken in every way that mutmut knows: a test must notice each, or the list says why none can."""
