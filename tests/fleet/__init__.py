"""A whole city of gates on one machine: set up from printed sheets, compared with the inventory, then with faults."""
