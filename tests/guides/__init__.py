"""The pages of this repository that tell people what to type, typed as they stand."""
