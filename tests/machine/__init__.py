"""Whole machines under emulation: what only a kernel and its drivers can show. Opt-in, because they take minutes."""
