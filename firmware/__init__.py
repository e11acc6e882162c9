"""The gate process: one thread decides; the pure rooms around it say what is true and what to do."""
