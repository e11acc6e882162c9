"""Which codes of a frame are new: one held still is one scan until it has been away.

Pure; time comes in as an argument. It forgets what it need not know, and may not look into a code.
"""

from __future__ import annotations

AWAY_MS = 2_000


class Held:
    """The codes in view, and when each was seen last."""

    def __init__(self, away_ms: int = AWAY_MS) -> None:
        """Begin with nothing in view; a code unseen for `away_ms` has been away."""
        self._away_ms = away_ms
        self._seen_ms: dict[bytes, int] = {}

    def fresh(self, codes: tuple[bytes, ...], now_ms: int) -> tuple[bytes, ...]:
        """Return the codes of this frame that were not in view, each once, in order."""
        for code in [code for code, seen_ms in self._seen_ms.items() if now_ms - seen_ms >= self._away_ms]:
            del self._seen_ms[code]
        new = tuple(dict.fromkeys(code for code in codes if code not in self._seen_ms))
        self._seen_ms.update(dict.fromkeys(codes, now_ms))
        return new

    def forget(self, codes: tuple[bytes, ...]) -> None:
        """Count these as new when they are seen next: nobody took them."""
        for code in codes:
            self._seen_ms.pop(code, None)
