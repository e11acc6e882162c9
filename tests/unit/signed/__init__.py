"""Tests of signed."""
