"""Putting together what one pass spreads over several codes: what a reader was shown of it so far. Pure.

One set at a time and only for a while, because what lies here is somebody's certificate. Sets of different people are
told apart by how many codes they have and by what each code says; where that is not enough, the signature over the
whole does not hold and the set is forgotten, so that nobody's code ever completes somebody else's pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.passes import shc_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHIN_MS: Final = 20_000
"""So long after the last new code the next one still belongs to it."""


@dataclass(frozen=True, slots=True)
class Held:
    """The codes of a set that is not whole yet, by their numbers (from 1), and until when (ms) they count."""

    count: int = 0
    parts: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    until_ms: int = 0


NOTHING: Final = Held()


def collect(held: Held, codes: Sequence[bytes], now_ms: int) -> tuple[Held, tuple[bytes, ...]]:
    """Take the codes of one frame; answer what is held now, and the codes that are to be read.

    Codes that stand for themselves come first and as they were. A chunk brings those that were shown before it, in
    order. A set that is whole is held no longer, whatever becomes of it.
    """
    held = held if now_ms < held.until_ms else NOTHING
    alone, came = [], False
    for code in codes:
        one = shc_codes.chunk(code)
        if one is None:
            alone.append(code)
        else:
            held, came = _with(held, one, code, now_ms), True
    if not came:
        return held, tuple(alone)
    together = tuple(code for _, code in held.parts)
    whole = len(held.parts) == held.count
    return (NOTHING if whole else held), (*alone, *together)


def _with(held: Held, one: shc_codes.Chunk, code: bytes, now_ms: int) -> Held:
    """Add a chunk; one that cannot belong to those before it begins a new set."""
    known = dict(held.parts) if held.count == one.count else {}
    if known.get(one.number, code) != code:
        known = {}
    if one.number in known:
        return held
    known[one.number] = code
    return Held(one.count, tuple(sorted(known.items())), now_ms + WITHIN_MS)
