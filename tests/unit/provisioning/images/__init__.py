"""Tests of what a card is made of: board files, user-data, the system's own files, an image."""
