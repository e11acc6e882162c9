"""How long a way is free: the arithmetic of a relay's time, for grants that follow and overlap each other.

Extending never shortens, and a relay that is on has fallen `max_unlock_ms` after it rose, whatever was granted
meanwhile. Nothing here knows why somebody may pass or where the leaf is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.door.asked import Granted
    from firmware.door.settings import Settings
    from firmware.events import Direction

GRACE_MS: Final = 500
"""Between a hand that opens a leaf and the word of its sensor lie the bolt, the swing and the debouncing."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A grant that has not ended: when it was given, and until when (ms) its time would last.

    `opened` says that the leaf was open at some time of it, `doubted` that for some time nobody could tell.
    """

    granted: Granted
    given_ms: int
    wants_ms: int
    opened: bool = False
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A free way: when the line rose, until when (ms) it is on, until when somebody may go, and which way."""

    rose_ms: int
    line_ms: int
    until_ms: int
    direction: Direction
    on: bool = True

    def fallen(self) -> Way:
        """Let the line fall; the time to go runs on."""
        return replace(self, on=False)


def hold_of(granted: Granted, settings: Settings, now_ms: int) -> Holder:
    """Begin a grant's time."""
    return Holder(granted, now_ms, now_ms + settings.free_ms(long=granted.long))


def left(way: Way, holders: tuple[Holder, ...]) -> Way:
    """Shorten a way to what those who stay were granted, and let it lead where they go."""
    wants_ms, grace_ms = max(one.wants_ms for one in holders), way.until_ms - way.line_ms
    line_ms = min(way.line_ms, wants_ms)
    return replace(way, line_ms=line_ms, until_ms=line_ms + grace_ms, direction=holders[-1].granted.direction)


def free(way: Way | None, holders: tuple[Holder, ...], settings: Settings, now_ms: int, *, watched: bool) -> Way:
    """Free the way for these, or extend it, as far as the relay's maximum lets it.

    Where a sensor watches the leaf, opening it counts for GRACE_MS longer than the lock is released. An impulse that is
    under way is never prolonged: many grants in a row would make of it a line that stays on.
    """
    wants_ms, direction = max(one.wants_ms for one in holders), holders[-1].granted.direction
    runs = way if way is not None and way.on and way.line_ms > now_ms else None
    if settings.impulse:
        until_ms = wants_ms if way is None else max(way.until_ms, wants_ms)
        if runs is not None:
            return replace(runs, until_ms=until_ms, direction=direction)
        return Way(now_ms, now_ms + settings.pulse_ms, until_ms, direction)
    rose_ms = now_ms if runs is None else runs.rose_ms
    line_ms = wants_ms if runs is None else max(wants_ms, runs.line_ms)
    line_ms = min(line_ms, rose_ms + settings.max_unlock_ms)
    return Way(rose_ms, line_ms, line_ms + GRACE_MS if watched else line_ms, direction)
