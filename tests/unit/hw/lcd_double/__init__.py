"""A folder that goes first on the path of a process which is to find the double instead of an I2C bus."""
