"""What a blank gate does until it is one: its stages, what may go wrong at each, and what is said of it. Pure."""
