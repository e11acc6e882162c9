"""The clocks: the only place of the gate process that asks what time it is.

Order comes from CLOCK_BOOTTIME, which runs on through suspend and never jumps. Unix time comes with an error bound
and a source; a clock that stands before this release was made, or in another century, is not believed, and then no
entry is granted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Protocol

from firmware.events import CEILING, Instant
from hw.ports import KernelTime

FLOOR: Final = 1_767_225_600
"""2026-01-01T00:00:00Z in Unix seconds: this release did not exist earlier, so no true clock says less."""

NANOSECONDS_PER_MS: Final = 1_000_000


class Clock(Protocol):
    """Where the controller reads the time, once a turn."""

    def now(self) -> Instant:
        """Read all clocks once."""


def boottime_ms() -> int:
    """Read CLOCK_BOOTTIME in whole milliseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // NANOSECONDS_PER_MS


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clocks of this machine; `error_s` is how far its Unix time may be off."""

    error_s: int

    def now(self) -> Instant:
        """Read both clocks; an unbelievable Unix time gives the unbounded interval."""
        ms = boottime_ms()
        unix = int(time.time())
        if not FLOOR <= unix - self.error_s < CEILING:
            return Instant(ms)
        return Instant(ms, unix - self.error_s, unix + self.error_s, "system")


class KernelAlone:
    """The kernel's clock where nobody asks the kernel what it thinks of it, and no battery clock."""

    def kernel(self) -> KernelTime:
        """Read the clock."""
        return KernelTime(time.time_ns() // NANOSECONDS_PER_MS, synchronised=False, error_ms=0)

    def battery(self) -> int | None:
        """Say that there is none."""
        return None


@dataclass(slots=True)
class VirtualClock:
    """A clock that moves only when told, for `simulate --virtual-time` and for tests."""

    unix: int
    ms: int = 0

    def now(self) -> Instant:
        """Read the virtual time; it is exact."""
        moment = self.unix + self.ms // 1000
        return Instant(self.ms, moment, moment, "virtual")


@dataclass(frozen=True, slots=True)
class OffsetClock:
    """Another date that passes like the real time: Unix seconds counted on from a given one."""

    unix: int
    began_ms: int

    def now(self) -> Instant:
        """Read CLOCK_BOOTTIME since the start and add it to the given date."""
        ms = boottime_ms() - self.began_ms
        moment = self.unix + ms // 1000
        return Instant(ms, moment, moment, "given")
