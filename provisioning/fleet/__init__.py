"""The fleet as the desk knows it: what shall be (the inventory) and what has happened (the ledger)."""
