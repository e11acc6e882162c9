"""`gapura-ops watch`: a fleet at one glance. What is said is read, folded and drawn in files of their own."""
