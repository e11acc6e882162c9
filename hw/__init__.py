"""What hangs on the wall: readers, lock, lamps and inputs, behind small ports; nothing here knows a pass or a rule."""
