"""The watching desk."""
