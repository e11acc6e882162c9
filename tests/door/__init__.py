"""The whole gate in virtual time, by scripts."""
