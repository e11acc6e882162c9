"""What the gate remembers and tells: the journal on disk, the payloads on the wire, the link to the broker.

Nothing in this room decides about a door. It keeps what was decided, in order and without a gap, and passes it on.
"""
