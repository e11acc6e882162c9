"""Fetching a blob piece by piece: which pieces to ask for now, which to ask for again, and when to give up.

Pure: time comes in (CLOCK_BOOTTIME, ms), and whoever calls follows topics and keeps bytes. Pieces that are not there
are asked for for ever, ever more rarely, for they may be on their way; pieces that are wrong are asked for a few times.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.control.manifest import Blob

WINDOW: Final = 8
"""Pieces on their way at once; more would only wait in the gate's memory."""

FIRST_PATIENCE_MS: Final = 10_000
MOST_PATIENCE_MS: Final = 300_000
PAUSE_MS: Final = 1_000
BAD_TRIES: Final = 5
PATIENT_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """When a piece was asked for last, and how often."""

    at_ms: int
    times: int

    @property
    def overdue_ms(self) -> int:
        """When it is to be asked for again."""
        return self.at_ms + min(FIRST_PATIENCE_MS << min(self.times - 1, 10), MOST_PATIENCE_MS)


@dataclass(slots=True)
class Fetching:
    """One blob on its way; `missing` are the pieces that are not kept yet."""

    blob: Blob
    missing: set[int]
    fetched: int = 0
    bad: Counter[int] = field(default_factory=Counter)
    _asked: dict[int, _Asked] = field(default_factory=dict)
    _times: dict[int, int] = field(default_factory=dict)
    _not_before_ms: dict[int, int] = field(default_factory=dict)

    @property
    def percent(self) -> int:
        """How much of it is here."""
        whole = len(self.blob.pieces)
        return (whole - len(self.missing)) * 100 // whole

    @property
    def asked(self) -> tuple[int, ...]:
        """The pieces that are on their way."""
        return tuple(self._asked)

    @property
    def hopeless(self) -> bool:
        """Whether some piece was wrong once too often."""
        return any(times >= BAD_TRIES for times in self.bad.values())

    @property
    def stuck(self) -> bool:
        """Whether some piece was asked for so often that it may not be at the broker at all."""
        return any(times >= PATIENT_TRIES for times in self._times.values())

    def overdue(self, now_ms: int) -> list[int]:
        """Give up waiting for what is overdue; it is asked for again after a moment, and more patiently."""
        late = [piece for piece, asked in self._asked.items() if asked.overdue_ms <= now_ms]
        for piece in late:
            self._times[piece] = self._asked.pop(piece).times
            self._not_before_ms[piece] = now_ms + PAUSE_MS
        return late

    def next(self, now_ms: int) -> list[int]:
        """Choose what to ask for now: as much as the window allows."""
        free = (piece for piece in self.missing if piece not in self._asked)
        ready = sorted(piece for piece in free if self._not_before_ms.get(piece, 0) <= now_ms)
        chosen = ready[: max(0, WINDOW - len(self._asked))]
        for piece in chosen:
            self._asked[piece] = _Asked(now_ms, self._times.get(piece, 0) + 1)
        return chosen

    def deadline_ms(self) -> int | None:
        """Say when `next` has something to say though nothing arrives."""
        moments = [asked.overdue_ms for asked in self._asked.values()]
        if len(self._asked) < WINDOW:
            moments += [self._not_before_ms.get(piece, 0) for piece in self.missing - self._asked.keys()]
        return min(moments, default=None)

    def arrived(self, piece: int, data: bytes, now_ms: int) -> bool:
        """Take a piece in; false for what nobody asked for and for what does not hash."""
        if piece not in self._asked:
            return False
        del self._asked[piece]
        if self.blob.fits(piece, data):
            self.missing.discard(piece)
            self.fetched += 1
            return True
        self.bad[piece] += 1
        self._not_before_ms[piece] = now_ms + PAUSE_MS * self.bad[piece]
        return False

    def renewed(self, now_ms: int) -> None:
        """Wait anew for what is on its way: on a new connection it is sent once more."""
        self._asked = {piece: _Asked(now_ms, 1) for piece in self._asked}
        self._not_before_ms.clear()
        self._times.clear()
