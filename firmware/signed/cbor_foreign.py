"""CBOR as others write it: well-formed, bounded and unambiguous, but not necessarily deterministic.

A walk over the bytes comes first (RFC 8949 section 3): every item ends within the data and nothing follows the last
one, no length is indefinite, no tag is there that was not named, nesting is bounded. Then the library decodes, and
refuses a key that is there twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

import cbor2

from firmware.signed.cbor import Malformed, keys_are_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MAX_DEPTH: Final = 16
"""Nested containers and tags; a certificate has five."""

MAX_BYTES: Final = 65_536

_ARGUMENT_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_FALSE_TRUE_NULL: Final = (20, 21, 22)
_FLOATS: Final = (25, 26, 27)
_TAGS_WITH_A_MEANING: Final = (
    *range(6), 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799,
)  # fmt: skip
"""Every tag for which the library has a decoder of its own."""


class _MalformedError(ValueError):
    """The bytes are not what this room takes."""


def decode(data: bytes, *, tags: Collection[int] = ()) -> object:
    """Decode one value of int, bytes, str, bool, None, float, list and dict; else `Malformed` (the class itself).

    A tag out of `tags` may stand before a value and means nothing: the value is answered as it is.
    """
    if len(data) > MAX_BYTES:
        return Malformed
    try:
        if _end(data, 0, 0, tags) != len(data):
            return Malformed
        value = cbor2.loads(
            data,
            max_depth=MAX_DEPTH + 1,
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
    refused: dict[int, Callable[[object, bool], object]] = dict.fromkeys(_TAGS_WITH_A_MEANING, _refuse)
    return refused | dict.fromkeys(tags, _content)


def _content(value: object, _immutable: bool) -> object:  # noqa: FBT001  as the library calls it
    """Answer what a tag stands before."""
    return value


def _refuse(*_anything: object) -> NoReturn:
    """End the decoding at a tag."""
    raise _MalformedError


def _end(data: bytes, at: int, depth: int, tags: Collection[int]) -> int:
    """Walk over one item; answer where it ends, or raise."""
    major, info, argument, at = _head(data, at)
    if depth > MAX_DEPTH:
        raise _MalformedError
    match major:
        case 0 | 1:
            return at
        case 2 | 3:
            return at + argument if argument <= len(data) - at else _refuse()
        case 4 | 5:
            for _ in range(argument * (major - 3)):
                at = _end(data, at, depth + 1, tags)
            return at
        case 6:
            return _end(data, at, depth + 1, tags) if argument in tags else _refuse()
        case _:
            return at if info in _FALSE_TRUE_NULL or info in _FLOATS else _refuse()


def _head(data: bytes, at: int) -> tuple[int, int, int, int]:
    """Read the head of an item: major type, additional information, argument, and where its content begins."""
    if at >= len(data):
        raise _MalformedError
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if info < min(_ARGUMENT_BYTES):
        return major, info, info, at
    size = _ARGUMENT_BYTES.get(info)
    if size is None or at + size > len(data):
        raise _MalformedError
    return major, info, int.from_bytes(data[at : at + size], "big"), at + size
