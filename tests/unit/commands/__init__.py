"""The command line, as its users and the programs behind it call it."""
