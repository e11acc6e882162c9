"""Custody of an authority's keys: renewing, rotating and revoking them, a new root, the recovery sheet."""
