"""Codes made to get in: mutated, re-encoded, re-signed, random."""
