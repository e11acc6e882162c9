"""May this pass go through here and now: policy as data, and one pure function that applies it."""
