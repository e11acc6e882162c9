"""One look at all clocks of the machine: read close together, or with the pause between them as part of the error.

It asks the clocks and believes nothing; `trusted_time.py` does that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.control.trusted_time import Reading, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.ports import Clocks, KernelTime

GAP_MS: Final = 100
"""Two clocks that were read further apart than this are read again."""

_TRIES: Final = 5
_ROUND_MS: Final = 2
"""Each clock is read in whole milliseconds."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the clocks said: as a reading to be weighed, and as it came."""

    reading: Reading
    kernel: KernelTime
    battery_s: int | None


def look(clocks: Clocks, now_ms: Callable[[], int], error_ms: int) -> Look:
    """Read every clock; `error_ms` is how far the kernel's may be off by the owner's word."""
    kernel, battery_s, gap_ms, ms = _read(clocks, now_ms)
    for _ in range(_TRIES):
        if gap_ms <= GAP_MS:
            break
        kernel, battery_s, gap_ms, ms = _read(clocks, now_ms)
    off_ms = _ROUND_MS + (max(error_ms, kernel.error_ms) if kernel.synchronised else error_ms)
    told = Span(kernel.unix_ms - off_ms, kernel.unix_ms + off_ms + gap_ms)
    together = battery_s if gap_ms <= GAP_MS else None
    return Look(Reading(ms, told, kernel.synchronised, together), kernel, battery_s)


def _read(clocks: Clocks, now_ms: Callable[[], int]) -> tuple[KernelTime, int | None, int, int]:
    """Read all clocks once: what they say, how long that took, and when it was done (CLOCK_BOOTTIME, ms)."""
    begun_ms = now_ms()
    kernel, battery_s = clocks.kernel(), clocks.battery()
    ms = now_ms()
    return kernel, battery_s, ms - begun_ms, ms
