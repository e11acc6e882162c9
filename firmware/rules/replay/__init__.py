"""What decisions rested on, and the decisions made again from it. It is written down, never guessed."""
