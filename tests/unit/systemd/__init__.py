"""Tests of the shipped units, by the tools of the service manager itself."""
