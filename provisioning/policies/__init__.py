"""Policies at the desk: a first one, calendars, trying one out, telling two apart."""
