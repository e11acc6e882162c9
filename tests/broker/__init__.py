"""Tests against a real mosquitto over TLS."""
