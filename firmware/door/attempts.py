"""Bad codes that come again and again: their refusals are slowed and reported. No verified pass ever waits for that.

The first few are answered at once. Each further one within the window waits for its answer, longer and longer; of far
too many nothing is written any more, they are only counted. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.door.asked import Noticed
from firmware.events import Alarm

WINDOW_MS: Final = 60_000
FREELY: Final = 5
"""So many bad codes a window are a person with a wrong picture on the telephone."""

WRITTEN: Final = 120
"""So many a window are written down one by one."""

FIRST_PAUSE_MS: Final = 500
LONGEST_PAUSE_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Attempts:
    """When bad codes came within the window (ms); no more are kept than are written down."""

    came_ms: tuple[int, ...] = ()

    def too_many(self, now_ms: int) -> bool:
        """Say whether a bad code that comes now is only counted."""
        return len(self.came_ms) >= WRITTEN and now_ms - self.came_ms[0] < WINDOW_MS


def refused(attempts: Attempts, now_ms: int) -> tuple[Attempts, int, tuple[Noticed, ...]]:
    """Note a bad code that is refused, and say how long (ms) it waits for its answer."""
    recent = (*(at for at in attempts.came_ms if now_ms - at < WINDOW_MS), now_ms)[-WRITTEN:]
    beyond = len(recent) - FREELY
    if beyond <= 0:
        return Attempts(recent), 0, ()
    pause_ms = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << (beyond - 1))
    return Attempts(recent), pause_ms, (Noticed(Alarm.BAD_CODES, active=True, until_ms=now_ms + WINDOW_MS),)
