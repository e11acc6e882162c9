"""What changes by the time alone: which policy counts, and what it wants of the door, told once a change.

It takes the time as given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.events import PostureScheduled
from firmware.rules.timetable import NOBODY, posture_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.events import Instant, Posture
    from firmware.rules.decide import Rulebook


class Timetable:
    """Looks once a second at most; it belongs to the controller thread."""

    def __init__(self, rules: Rulebook, now: Instant, came_in: Mapping[str, int] = NOBODY) -> None:
        """Begin with a timetable that wants nothing; `came_in` is looked at anew each time."""
        self._every = rules
        self.rules = rules.at(now)
        self._came_in = came_in
        self._came = dict(came_in)
        self._looked_at: tuple[int, int] | None = None
        self._wanted: Posture | None = None

    def relearn(self, rules: Rulebook, now: Instant) -> None:
        """Go by other rules from now on; what the old ones wanted is known, so that only news is told."""
        self._every = rules
        self.rules = rules.at(now)
        self._looked_at = None

    def turned(self, now: Instant) -> bool:
        """Say whether another policy counts than the last time, because its time has come or is over."""
        before, self.rules = self.rules, self._every.at(now)
        if self.rules is before:
            return False
        self._looked_at = None
        return True

    def change(self, now: Instant) -> PostureScheduled | None:
        """Return what the timetable wants from now on, if that is news."""
        if self._looked_at == (now.earliest, now.latest) and self._came == self._came_in:
            return None
        self._looked_at, self._came = (now.earliest, now.latest), dict(self._came_in)
        wanted = posture_of(self.rules, now, self._came)
        if wanted == self._wanted:
            return None
        self._wanted = wanted
        return PostureScheduled(wanted)
