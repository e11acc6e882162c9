"""The Debian package of a gate: built for the Python of the target's suite, whatever Python this machine has."""
