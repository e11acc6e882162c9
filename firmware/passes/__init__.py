"""From the bytes of a code to a pass, or to the reason why it is none. One file a format."""
