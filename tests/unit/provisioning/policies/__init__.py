"""Policies at the desk: init, test, diff, and the schema that editors read."""
