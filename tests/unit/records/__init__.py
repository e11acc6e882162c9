"""Tests of the journal, the wire and the order in which records go out."""
