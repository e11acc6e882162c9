"""The colour of somebody's health by a profile that is data, and what a policy does with it. Pure."""
