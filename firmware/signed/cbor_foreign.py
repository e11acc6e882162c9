"""CBOR as others write it: well-formed, bounded and unambiguous, but not necessarily deterministic.

The walk of `cbor_walk` comes first. Then the library decodes, and refuses a key that is there twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

import cbor2

from firmware.signed import cbor_walk
from firmware.signed.cbor import TAGS_WITH_A_MEANING, Malformed, keys_are_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MAX_BYTES: Final = 65_536


def decode(data: bytes, *, tags: Collection[int] = ()) -> object:
    """Decode one value of int, bytes, str, bool, None, float, list and dict; else `Malformed` (the class itself).

    A tag out of `tags` may stand before a value and means nothing: the value is answered as it is.
    """
    if len(data) > MAX_BYTES or not cbor_walk.sound(data, tags=tags):
        return Malformed
    try:
        value = cbor2.loads(
            data,
            max_depth=cbor_walk.MAX_DEPTH + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            tag_hook=_refuse,
            semantic_decoders=_decoders(tags),
        )
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        return Malformed
    return value if keys_are_plain(value) else Malformed


def _decoders(tags: Collection[int]) -> dict[int, Callable[[object, bool], object]]:
    """Let named tags mean nothing, and end the decoding at every other that the library knows."""
    refused: dict[int, Callable[[object, bool], object]] = dict.fromkeys(TAGS_WITH_A_MEANING, _refuse)
    return refused | dict.fromkeys(tags, _content)


def _content(value: object, _immutable: bool) -> object:  # noqa: FBT001  as the library calls it
    """Answer what a tag stands before."""
    return value


def _refuse(*_anything: object) -> NoReturn:
    """End the decoding at a tag."""
    raise ValueError
