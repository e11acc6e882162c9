"""Whose signatures count, for what and until when. Pure."""
