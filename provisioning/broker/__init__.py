"""The broker's side: who may connect, what each may read and write, and a real broker to try it with.

Nothing in this room runs on a gate.
"""
