"""A provisioning document as QR codes: `GPV1:`, one code a part, and the collector that puts parts together again.

It decides whether parts belong together and are whole, and nothing of what they say: that is signed, and judged by
`provision.py`. Whatever bytes are shown, little is kept and nothing is raised.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from firmware.signed import base45, cbor

PREFIX: Final = b"GPV1:"
MAX_PARTS: Final = 16
MAX_SETS: Final = 4
"""As many documents may lie half read at once; the one that was longest not shown is forgotten for a new one."""

MAX_WHOLE_BYTES: Final = 16 << 10
"""Of an envelope that fits into codes, after inflating."""

MAX_LETTERS: Final = 906
"""Of one code that `split` writes: version 19 of QR at level M (ISO/IEC 18004, table 7), which cheap cameras read."""

MAX_CODE_BYTES: Final = 2048
_SET_BYTES: Final = 8
_FRAME_BYTES: Final = 15
"""What surrounds a part at most: array head (1), set (9), n (1), of (1), head of the part (3)."""


class CodeRefusal(StrEnum):
    """Why a code came to nothing: a closed list of stable strings."""

    OTHER_FORMAT = "other_format"
    TOO_LONG = "too_long"
    BAD_ENCODING = "bad_encoding"
    MALFORMED = "malformed"
    WRONG_DIGEST = "wrong_digest"
    BAD_PACKING = "bad_packing"


@dataclass(frozen=True, slots=True)
class Part:
    """A sound part of a set that is not whole yet; `have` are the numbers that were shown so far, 1 to `of`."""

    set_id: bytes
    number: int
    of: int
    have: tuple[int, ...]

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers that were not shown yet."""
        return tuple(number for number in range(1, self.of + 1) if number not in self.have)


@dataclass(frozen=True, slots=True)
class Whole:
    """A set that is whole: the bytes of its envelope, unjudged."""

    set_id: bytes
    of: int
    envelope: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one code holds."""

    set_id: bytes
    number: int
    of: int
    part: bytes = field(repr=False)


def is_provisioning(code: bytes) -> bool:
    """Say whether a code wants to be part of a provisioning document."""
    return code.startswith(PREFIX)


def split(envelope: bytes) -> list[bytes]:
    """Write an envelope as the texts of 1 to 16 codes of about the same size; raises ValueError if it is too long."""
    packed = zlib.compress(envelope, 9)
    room = (MAX_LETTERS - len(PREFIX)) * 2 // 3 - _FRAME_BYTES
    of = -(-len(packed) // room)
    if len(envelope) > MAX_WHOLE_BYTES or of > MAX_PARTS:
        msg = f"the document is {len(envelope)} bytes long and does not fit into {MAX_PARTS} codes"
        raise ValueError(msg)
    each = -(-len(packed) // of)
    set_id = _set_id(packed)
    parts = (packed[at * each : (at + 1) * each] for at in range(of))
    return [_write(_Piece(set_id, number, of, part)) for number, part in enumerate(parts, 1)]


class Collector:
    """Puts parts together, in any order, repeated, and of several sets at once. Bounded; it belongs to one thread.

    What differs from a part that was shown before takes its place, so that nobody can spoil a set for good by showing
    a false part first. A set that is whole stays until others displace it: each of its codes then means all of it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sets: OrderedDict[tuple[bytes, int], dict[int, bytes]] = OrderedDict()

    def take(self, code: bytes) -> Part | Whole | CodeRefusal:
        """Take one code as it was read; never raises for any bytes."""
        piece = _read(code)
        if isinstance(piece, CodeRefusal):
            return piece
        key = (piece.set_id, piece.of)
        parts = self._sets.setdefault(key, {})
        self._sets.move_to_end(key)
        parts[piece.number] = piece.part
        while len(self._sets) > MAX_SETS:
            self._sets.popitem(last=False)
        if len(parts) < piece.of:
            return Part(piece.set_id, piece.number, piece.of, tuple(sorted(parts)))
        envelope = _join(piece.set_id, [parts[number] for number in sorted(parts)])
        if isinstance(envelope, CodeRefusal):
            del self._sets[key]
            return envelope
        return Whole(piece.set_id, piece.of, envelope)

    def forget(self) -> None:
        """Forget every part: what was taken holds a secret."""
        self._sets.clear()


def _set_id(packed: bytes) -> bytes:
    """Name a set by what it is when it is whole."""
    return hashlib.sha256(packed).digest()[:_SET_BYTES]


def _write(piece: _Piece) -> bytes:
    """Write one code."""
    framed = cbor.encode([piece.set_id, piece.number, piece.of, piece.part])
    return PREFIX + base45.encode(framed).encode("ascii")


def _read(code: bytes) -> _Piece | CodeRefusal:
    """Read one code, which has one spelling only."""
    if not is_provisioning(code):
        return CodeRefusal.OTHER_FORMAT
    if len(code) > MAX_CODE_BYTES:
        return CodeRefusal.TOO_LONG
    framed = base45.decode(code.removeprefix(PREFIX))
    if framed is None:
        return CodeRefusal.BAD_ENCODING
    match cbor.decode(framed):
        case [bytes() as set_id, int() as number, int() as of, bytes() as part] if (
            len(set_id) == _SET_BYTES
            and not isinstance(number, bool)
            and not isinstance(of, bool)
            and 1 <= number <= of <= MAX_PARTS
            and part
        ):
            return _Piece(set_id, number, of, part)
        case _:
            return CodeRefusal.MALFORMED


def _join(set_id: bytes, parts: list[bytes]) -> bytes | CodeRefusal:
    """Put all parts together and inflate them, no further than an envelope goes (RFC 1950)."""
    packed = b"".join(parts)
    if _set_id(packed) != set_id:
        return CodeRefusal.WRONG_DIGEST
    inflate = zlib.decompressobj()
    try:
        envelope = inflate.decompress(packed, MAX_WHOLE_BYTES + 1)
    except zlib.error:
        return CodeRefusal.BAD_PACKING
    if len(envelope) > MAX_WHOLE_BYTES:
        return CodeRefusal.TOO_LONG
    ended = inflate.eof and not inflate.unused_data and not inflate.unconsumed_tail
    return envelope if ended and envelope else CodeRefusal.BAD_PACKING
