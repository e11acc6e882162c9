"""Tests of the guide through a door: pure, in virtual time."""
