"""The shipped monitoring files in the real programs that they are written for; `make monitoring` runs them."""
