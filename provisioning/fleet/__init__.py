"""The fleet as one desk keeps it: what there should be, what has happened to each gate, and what is really there."""
