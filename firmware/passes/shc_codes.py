"""How a SMART Health Card is spread over QR codes: digits in pairs, in one code or in several chunks.

It decides whether codes are well formed and make a whole, and nothing of what they hold. Source: SMART Health Cards
Framework 1.4.0, "Health Cards as QR Codes" (spec.smarthealth.cards).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.events import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX: Final = b"shc:/"

MAX_LETTERS: Final = 1195
"""Of a token in one code; a longer one has to be spread over chunks."""

MAX_CHUNK_LETTERS: Final = 1191
MAX_CHUNKS: Final = 32
"""Of one card; a card of 10 chunks is larger than any in use."""

_FIRST: Final = ord("-")
"""The letter whose pair of digits is 00; the others follow in the order of ASCII."""

_LETTER: Final = {f"{ord(letter) - _FIRST:02d}": letter for letter in map(chr, range(_FIRST, ord("z") + 1))}
_SINGLE: Final = re.compile(rb"shc:/([0-9]+)\Z")
_CHUNK: Final = re.compile(rb"shc:/([1-9][0-9]?)/([1-9][0-9]?)/([0-9]+)\Z")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One of the codes of a card: the `number`th, from 1, of `count`, which are 2 to 32."""

    number: int
    count: int
    digits: bytes = field(repr=False)


def chunk(code: bytes) -> Chunk | None:
    """Read a code as one of several, or answer None: one that stands for all of its card, or is made wrongly."""
    found = _CHUNK.match(code)
    if found is None:
        return None
    number, count = int(found[1]), int(found[2])
    return Chunk(number, count, found[3]) if number <= count and 1 < count <= MAX_CHUNKS else None


def token_of(code: bytes) -> str | Reason:
    """Read the token that a single code holds.

    `INCOMPLETE`: a sound chunk, which alone says nothing. `BAD_ENCODING`: anything else than pairs of digits for the
    letters from `-` to `z`. `TOO_LONG`: longer than a single code may be.
    """
    one = chunk(code)
    if one is not None:
        letters = _letters(one.digits)
        if letters is None:
            return Reason.BAD_ENCODING
        return Reason.INCOMPLETE if len(letters) <= MAX_CHUNK_LETTERS else Reason.TOO_LONG
    found = _SINGLE.match(code)
    letters = None if found is None else _letters(found[1])
    if letters is None:
        return Reason.BAD_ENCODING
    return letters if len(letters) <= MAX_LETTERS else Reason.TOO_LONG


def token_of_chunks(chunks: Sequence[Chunk]) -> str | Reason:
    """Read the token that chunks hold together, in any order, the same one repeated or not.

    `INCOMPLETE`: some are missing. `BAD_ENCODING`: they are not of one set, two with one number differ, or one holds
    no pairs of digits. `TOO_LONG`: a chunk is longer than a chunk may be.
    """
    found = {(one.count, one.number): one for one in chunks}
    whole = [found[key] for key in sorted(found)]
    if len({one.count for one in whole}) != 1 or any(found[one.count, one.number] != one for one in chunks):
        return Reason.BAD_ENCODING
    letters = [_letters(one.digits) for one in whole]
    if any(part is None for part in letters):
        return Reason.BAD_ENCODING
    if any(part is not None and len(part) > MAX_CHUNK_LETTERS for part in letters):
        return Reason.TOO_LONG
    if len(whole) < whole[0].count:
        return Reason.INCOMPLETE
    return "".join(part for part in letters if part is not None)


def _letters(digits: bytes) -> str | None:
    """Turn pairs of digits into letters; None for an odd count or a pair beyond the last letter."""
    text = digits.decode("ascii")
    try:
        return "".join([_LETTER[tens + ones] for tens, ones in zip(text[::2], text[1::2], strict=True)])
    except (KeyError, ValueError):
        return None


def digits_of(token: str) -> bytes:
    """Write the letters of a token as pairs of digits."""
    return "".join(f"{ord(letter) - _FIRST:02d}" for letter in token).encode("ascii")


def codes_of(token: str, count: int = 1) -> list[bytes]:
    """Write a token as one code, or spread it over `count` chunks of about the same size."""
    if count == 1:
        return [PREFIX + digits_of(token)]
    each = -(-len(token) // count)
    parts = (token[at * each : (at + 1) * each] for at in range(count))
    return [b"%b%d/%d/%b" % (PREFIX, number, count, digits_of(part)) for number, part in enumerate(parts, 1)]
