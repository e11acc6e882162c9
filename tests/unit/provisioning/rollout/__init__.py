"""Rollouts: hours, stages, what a plan says, and how a rollout goes on, pauses and turns round."""
