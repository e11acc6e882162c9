"""A walk over the bytes of CBOR before any decoder sees them (RFC 8949 section 3): one item, well-formed and bounded.

Every item ends within the data and nothing follows the last one, no length is indefinite, no tag is there that was not
named, nesting and the number of items are bounded. A key is a number, bytes or text: a decoder hashes keys of any other
kind before it could refuse them, and those can be made to collide, so that a map of them costs the square of its size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_DEPTH: Final = 16
"""Nested containers and tags; a certificate has five."""

MAX_ITEMS: Final = 8192
"""Items in all, each container and key one of them; a certificate has a hundred."""

_ARGUMENT_BYTES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_FALSE_TRUE_NULL: Final = (20, 21, 22)
_FLOATS: Final = (25, 26, 27)
_TEXT: Final = 3
"""The last of the major types that a key can have."""


class _MalformedError(ValueError):
    """The bytes are not what this room takes."""


def sound(data: bytes, *, tags: Collection[int] = ()) -> bool:
    """Say whether the bytes are one such item; a tag out of `tags` may stand before a value, but never before a key."""
    walk = _Walk(data, tags)
    try:
        return walk.end(0, 0) == len(data)
    except _MalformedError:
        return False


class _Walk:
    """One walk: what it goes over, and how many items it may still meet."""

    def __init__(self, data: bytes, tags: Collection[int]) -> None:
        """Begin at the first byte."""
        self._data = data
        self._tags = tags
        self._left = MAX_ITEMS

    def end(self, at: int, depth: int, *, key: bool = False) -> int:
        """Walk over one item; answer where it ends, or raise."""
        major, info, argument, at = self._head(at)
        self._left -= 1
        if depth > MAX_DEPTH or self._left < 0 or (key and major > _TEXT):
            raise _MalformedError
        match major:
            case 0 | 1:
                return at
            case 2 | 3:
                return at + argument if argument <= len(self._data) - at else _refuse()
            case 4 | 5:
                for number in range(argument * (major - 3)):
                    at = self.end(at, depth + 1, key=major > 4 and number % 2 == 0)  # noqa: PLR2004  a map
                return at
            case 6:
                return self.end(at, depth + 1) if argument in self._tags else _refuse()
            case _:
                return at if info in _FALSE_TRUE_NULL or info in _FLOATS else _refuse()

    def _head(self, at: int) -> tuple[int, int, int, int]:
        """Read the head of an item: major type, additional information, argument, and where its content begins."""
        if at >= len(self._data):
            raise _MalformedError
        major, info = self._data[at] >> 5, self._data[at] & 31
        at += 1
        if info < min(_ARGUMENT_BYTES):
            return major, info, info, at
        size = _ARGUMENT_BYTES.get(info)
        if size is None or at + size > len(self._data):
            raise _MalformedError
        return major, info, int.from_bytes(self._data[at : at + size], "big"), at + size


def _refuse() -> NoReturn:
    """End the walk."""
    raise _MalformedError
