"""Deterministic CBOR and nothing else: one value has one encoding, and any other encoding is refused.

What arrives is decoded with bounds, encoded again, and compared byte for byte (RFC 8949, section 4.2). That one
comparison refuses duplicate keys, indefinite lengths, trailing bytes, wasteful integers and unsorted maps.
"""

from __future__ import annotations

from typing import Final

import cbor2

MAX_DEPTH: Final = 8
"""Nested containers a document of ours never reaches."""

MAX_BYTES: Final = 1 << 20
"""No signed document of ours is longer; the largest code a camera can show is 7,089 bytes."""


class Malformed:
    """The answer for bytes that are not deterministic CBOR (`None` is a CBOR value and cannot say it)."""


def decode(data: bytes) -> object:
    """Decode one value, or answer `Malformed` (the class itself); never raises for any bytes."""
    if len(data) > MAX_BYTES:
        return Malformed
    try:
        value = cbor2.loads(
            data, max_depth=MAX_DEPTH, allow_indefinite=False, allow_duplicate_keys=False, tag_hook=_keep_tag
        )
        again = encode(value)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        return Malformed
    return value if again == data else Malformed


def encode(value: object) -> bytes:
    """Encode plain values (int, bytes, str, bool, None, list, dict, CBORTag) deterministically."""
    return cbor2.dumps(value, canonical=True)


def _keep_tag(_decoder: cbor2.CBORDecoder, tag: cbor2.CBORTag) -> cbor2.CBORTag:
    """Leave a tag without a built-in meaning as it is."""
    return tag
