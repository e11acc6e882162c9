"""The timetable's changes: what the policy wants of the door, told to it once a change. It takes the time as given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.events import PostureScheduled
from firmware.rules.timetable import posture_of

if TYPE_CHECKING:
    from firmware.events import Instant, Posture
    from firmware.rules.decide import Rulebook


class Timetable:
    """Looks once a second at most; it belongs to the controller thread."""

    def __init__(self, rules: Rulebook) -> None:
        """Begin with a timetable that wants nothing."""
        self._rules = rules
        self._looked_at: tuple[int, int] | None = None
        self._wanted: Posture | None = None

    def relearn(self, rules: Rulebook) -> None:
        """Go by another timetable from now on; what the old one wanted is known, so that only news is told."""
        self._rules = rules
        self._looked_at = None

    def change(self, now: Instant) -> PostureScheduled | None:
        """Return what the timetable wants from now on, if that is news."""
        if self._looked_at == (now.earliest, now.latest):
            return None
        self._looked_at = (now.earliest, now.latest)
        wanted = posture_of(self._rules, now)
        if wanted == self._wanted:
            return None
        self._wanted = wanted
        return PostureScheduled(wanted)
