"""What the door does: when the lock is released and what the lamps say. Pure, in virtual time."""
