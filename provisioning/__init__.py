"""What technicians and the operations room run: keys, trust lists, policies, passes, fleets."""
