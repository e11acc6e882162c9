"""Commanding gates: what is asked, how it is sent, and what the answers mean to people."""
