"""Rollouts: a signed document brought to many gates, a few first, the rest when those are well; no key is needed."""
