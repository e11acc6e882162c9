"""Deterministic CBOR and nothing else: one value has one encoding, and any other encoding is refused.

What arrives is decoded with bounds, encoded again, and compared byte for byte (RFC 8949, section 4.2). That one
comparison refuses duplicate keys, indefinite lengths, trailing bytes, wasteful integers and unsorted maps. Tags are
refused: no document of ours needs a date, a pattern or a big number that a decoder would build for the sender. What
could cost a decoder more than its length is refused before one sees it (`cbor_walk`).
"""

from __future__ import annotations

from typing import Final, NoReturn

import cbor2

from firmware.signed import cbor_walk

MAX_DEPTH: Final = 8
"""Nested containers a document of ours never reaches."""

MAX_BYTES: Final = 1 << 20
"""No signed document of ours is longer; the largest code a camera can show is 7,089 bytes."""


class Malformed:
    """The answer for bytes that are not deterministic CBOR (`None` is a CBOR value and cannot say it)."""


class _TagError(ValueError):
    """A tag was met."""


def _refuse_tag(*_anything: object) -> NoReturn:
    """End the decoding before a tag's content means anything."""
    raise _TagError


_KEY_TYPES: Final = (int, str, bytes)

TAGS_WITH_A_MEANING: Final = (
    *range(6), 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip
"""Every tag for which cbor2 has a decoder of its own (RFC 8949 section 3.4 and its registry)."""

_NO_TAGS: Final = dict.fromkeys(TAGS_WITH_A_MEANING, _refuse_tag)


def decode(data: bytes) -> object:
    """Decode one value of int, bytes, str, bool, None, float, list and dict; else `Malformed` (the class itself)."""
    if len(data) > MAX_BYTES or not cbor_walk.sound(data):
        return Malformed
    try:
        value = cbor2.loads(
            data,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            tag_hook=_refuse_tag,
            semantic_decoders=_NO_TAGS,
        )
        again = encode(value)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        return Malformed
    return value if again == data and keys_are_plain(value) else Malformed


def keys_are_plain(value: object) -> bool:
    """Say whether every map key is an int, a text or bytes: `True` and `1.0` would answer to a question for 1."""
    match value:
        case dict():
            return all(type(key) in _KEY_TYPES for key in value) and all(map(keys_are_plain, value.values()))
        case list():
            return all(map(keys_are_plain, value))
        case _:
            return True


def encode(value: object) -> bytes:
    """Encode plain values (int, bytes, str, bool, None, list, dict) deterministically; raises ValueError for others."""
    try:
        return cbor2.dumps(value, canonical=True)
    except cbor2.CBOREncodeError as error:
        msg = f"CBOR has no such value: {error}"
        raise ValueError(msg) from error
