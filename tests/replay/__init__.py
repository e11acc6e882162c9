"""Decisions that a gate process recorded, made once more, and what a changed rule does to them."""
