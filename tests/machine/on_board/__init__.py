"""What the bench adds to a board: hands for its drivers, and a reader's voice. It runs there and nowhere else."""
