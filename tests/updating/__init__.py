"""Software update on real files: a real repository, real release folders, real programs, and kills at every step."""
