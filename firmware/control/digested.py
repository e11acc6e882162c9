"""Small files that carry their own digest: whatever byte of one a card turns over, it counts as lost.

It tells damage and no hand: whoever writes to the folder can write a digest too. It opens nothing and decides nothing.
"""

from __future__ import annotations

import hashlib


def vouch(spelled: bytes) -> bytes:
    """Put its SHA-256 in a line of its own behind what is written, which is one line."""
    return spelled + b"\n" + hashlib.sha256(spelled).hexdigest().encode("ascii") + b"\n"


def vouched(data: bytes) -> bytes | None:
    """Return what was written, or None if a byte of it is not as it was."""
    spelled, _, rest = data.partition(b"\n")
    return spelled if rest == hashlib.sha256(spelled).hexdigest().encode("ascii") + b"\n" else None
