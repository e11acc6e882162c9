"""What `gapura` does when it is called: one file a command. None of them names a driver."""
