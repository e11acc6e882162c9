"""Tests of the repository of releases and its commands."""
