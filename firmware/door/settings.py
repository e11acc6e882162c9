"""What kind of door this is, and for how long it does what: every time in milliseconds, fixed when the gate starts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.events import Posture


class Kind(StrEnum):
    """What hangs on the relay."""

    STRIKE = "strike"
    MAGLOCK = "maglock"
    TURNSTILE = "turnstile"
    MOTOR = "motor"


class Relock(StrEnum):
    """When the lock closes again behind a person: as soon as the leaf has opened, or when it is shut again."""

    ON_OPEN = "open"
    ON_CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Settings:
    """One door. A grant frees the way for `unlock_ms`, for `long_unlock_ms` where a pass asks for more time.

    The relay of a strike or a maglock is on for just that time, and never longer than `max_unlock_ms` with all
    extensions; a turnstile and a gate motor get an impulse of `pulse_ms` instead. `held_ms` after it was opened an open
    leaf is an alarm, and `prealarm_ms` before that the person is asked to close it. `continuous` says that the lock may
    be held released for hours. `free_handle` says that a handle inside opens the leaf without the gate's knowledge.
    `observing` says that the gate refuses nobody yet, which the lamps tell at rest and an alarm as long as it holds.
    """

    unlock_ms: int
    max_unlock_ms: int
    kind: Kind = Kind.STRIKE
    long_unlock_ms: int = 15_000
    pulse_ms: int = 500
    held_ms: int = 30_000
    prealarm_ms: int = 10_000
    relock: Relock = Relock.ON_CLOSE
    continuous: bool = False
    free_handle: bool = False
    standing: Posture = Posture.SECURE
    observing: bool = False

    @property
    def impulse(self) -> bool:
        """Whether the lock takes an impulse and does the rest by itself."""
        return self.kind in {Kind.TURNSTILE, Kind.MOTOR}

    def free_ms(self, *, long: bool) -> int:
        """Say how long one grant leaves the way free: never longer than the relay may be on."""
        return min(max(self.unlock_ms, self.long_unlock_ms) if long else self.unlock_ms, self.max_unlock_ms)
