"""Tests of the reader process."""
