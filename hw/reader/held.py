"""Which codes of a frame are new: one held still is one scan until it has been away.

Away means unseen for a while and in several looks, so that a reader that is starved of time, or misses a blurred frame
or two, does not take the same paper for a second one. Pure; time comes in as an argument. It may not look into a code.
"""

from __future__ import annotations

from dataclasses import dataclass

AWAY_MS = 2_000
AWAY_LOOKS = 6
"""Looks in which a code was not found before it counts as away; a still scene is looked at 15 times after it moved."""

SURELY_AWAY_MS = 10_000
"""Unseen for so long a code is away, however seldom the reader could look."""


@dataclass(slots=True)
class _Sight:
    """When a code was seen last, and in how many looks since it was not."""

    seen_ms: int
    missed: int = 0

    def is_away(self, now_ms: int) -> bool:
        """Tell whether the code has been away."""
        unseen_ms = now_ms - self.seen_ms
        return unseen_ms >= SURELY_AWAY_MS or (unseen_ms >= AWAY_MS and self.missed >= AWAY_LOOKS)


class Held:
    """The codes in view."""

    def __init__(self) -> None:
        """Begin with nothing in view."""
        self._sights: dict[bytes, _Sight] = {}

    def fresh(self, codes: tuple[bytes, ...], now_ms: int) -> tuple[bytes, ...]:
        """Take in what one look found, if anything; return the codes that were not in view, each once, in order."""
        for code, sight in list(self._sights.items()):
            sight.missed += code not in codes
            if sight.is_away(now_ms):
                del self._sights[code]
        new = tuple(dict.fromkeys(code for code in codes if code not in self._sights))
        self._sights.update({code: _Sight(now_ms) for code in codes})
        return new

    def forget(self, codes: tuple[bytes, ...]) -> None:
        """Count these as new when they are seen next: nobody took them."""
        for code in codes:
            self._sights.pop(code, None)
