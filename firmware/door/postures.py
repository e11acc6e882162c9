"""Which posture holds: the fire input's over a command's, a command's over the timetable's, and last the standing one.

A command may end by itself; what it covered is then in force again. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from firmware.events import Authority, Posture

LENIENT: Final = frozenset({Posture.FIRE, Posture.EVACUATION, Posture.FREE_ACCESS})
"""Under these an open leaf is as it should be, and the lock is held released where it can be."""


@dataclass(frozen=True, slots=True)
class Postures:
    """What each authority says; None where it says nothing. `until_ms` ends the command."""

    standing: Posture = Posture.SECURE
    scheduled: Posture | None = None
    commanded: Posture | None = None
    until_ms: int | None = None
    fire: bool = False

    @property
    def effective(self) -> tuple[Posture, Authority]:
        """The posture that holds, and on whose authority."""
        if self.fire:
            return Posture.FIRE, Authority.FIRE_INPUT
        if self.commanded is not None:
            return self.commanded, Authority.COMMAND
        if self.scheduled is not None:
            return self.scheduled, Authority.SCHEDULE
        return self.standing, Authority.STANDING

    def settled(self, now_ms: int) -> Postures:
        """End a command whose time is up."""
        if self.until_ms is None or now_ms < self.until_ms:
            return self
        return replace(self, commanded=None, until_ms=None)
