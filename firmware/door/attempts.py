"""Bad codes that come again and again: their refusals are slowed and reported. No verified pass ever waits for that.

The first few are answered at once. Each further one within the window is followed by a growing pause in which bad
codes get no answer and are only counted. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from firmware.door.asked import Noticed
from firmware.events import Alarm

WINDOW_MS: Final = 60_000
FREELY: Final = 5
"""So many bad codes a window are a person with a wrong picture on the telephone."""

FIRST_PAUSE_MS: Final = 500
LONGEST_PAUSE_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Attempts:
    """When bad codes were answered within the window (ms), and until when none is."""

    answered_ms: tuple[int, ...] = ()
    pause_ms: int = 0

    def slowed(self, now_ms: int) -> bool:
        """Say whether a bad code gets no answer now."""
        return now_ms < self.pause_ms


def answered(attempts: Attempts, now_ms: int) -> tuple[Attempts, tuple[Noticed, ...]]:
    """Note the answer to a bad code, and how long the next one waits for its own."""
    recent = (*(at for at in attempts.answered_ms if now_ms - at < WINDOW_MS), now_ms)
    beyond = len(recent) - FREELY
    if beyond < 0:
        return replace(attempts, answered_ms=recent), ()
    pause_ms = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << min(beyond, 8))
    alarm = Noticed(Alarm.BAD_CODES, active=True, until_ms=now_ms + WINDOW_MS)
    return Attempts(recent, now_ms + pause_ms), (alarm,)
