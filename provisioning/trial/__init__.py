"""The way from a blank board to a working gate, walked on one machine by the shipped programs alone."""
