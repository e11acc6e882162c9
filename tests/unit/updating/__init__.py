"""Tests of the updater's rooms, on real files and a real repository."""
