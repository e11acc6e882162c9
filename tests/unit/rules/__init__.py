"""The policy, presence and decide()."""
