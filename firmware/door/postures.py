"""Which posture holds: the fire input's over a command's, a command's over the timetable's, and last the standing one.

A command may end by itself; what it covered is then in force again. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from firmware.events import Authority, Posture

LENIENT: Final = frozenset({Posture.FIRE, Posture.EVACUATION, Posture.FREE_ACCESS})
"""Under these an open leaf is as it should be, and the lock is held released where it can be."""


FLICKERS: Final = 3
FLICKER_MS: Final = 60_000
CALM_MS: Final = 30_000
"""A fire input that called three times within a minute is believed to be silent only after so long."""


@dataclass(frozen=True, slots=True)
class Postures:
    """What each authority says; None where it says nothing. `until_ms` ends the command, `calm_ms` the fire.

    `called_ms` is when the fire input last called.
    """

    standing: Posture = Posture.SECURE
    scheduled: Posture | None = None
    commanded: Posture | None = None
    until_ms: int | None = None
    fire: bool = False
    called_ms: tuple[int, ...] = ()
    calm_ms: int | None = None

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
        """End a command whose time is up, and a fire whose input has been silent for long enough."""
        settled = self
        if self.until_ms is not None and now_ms >= self.until_ms:
            settled = replace(settled, commanded=None, until_ms=None)
        if self.calm_ms is not None and now_ms >= self.calm_ms:
            settled = replace(settled, fire=False, calm_ms=None)
        return settled

    def heard(self, now_ms: int, *, calls: bool) -> Postures:
        """Hear the fire input: it begins at once, and ends at once unless it flickers."""
        if calls:
            called_ms = (*self.called_ms, now_ms)[-FLICKERS:]
            return replace(self, fire=True, called_ms=called_ms, calm_ms=None)
        flickers = len(self.called_ms) == FLICKERS and now_ms - self.called_ms[0] < FLICKER_MS
        return replace(self, calm_ms=now_ms + CALM_MS if flickers else now_ms).settled(now_ms)

    @property
    def due_ms(self) -> int | None:
        """When (ms) something ends by itself."""
        return min((at for at in (self.until_ms, self.calm_ms) if at is not None), default=None)
