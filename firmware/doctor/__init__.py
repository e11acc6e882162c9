"""The commissioning of a door: which steps there are, what passes, and what is written down in the end. Pure."""
