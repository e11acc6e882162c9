"""Papers for gates that are to be set up."""
