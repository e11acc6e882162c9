"""Tests of the broker's certificates and configuration, without a broker."""
