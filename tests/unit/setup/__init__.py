"""Tests of firmware/setup."""
