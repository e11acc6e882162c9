"""The reading of codes, room by room."""
