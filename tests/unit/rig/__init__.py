"""Tests of the bench around the real programs, with real little processes."""
