"""How much the journal holds and how patient it is: numbers only.

It decides nothing at run time; a gate uses the defaults, tests pass smaller ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from firmware.events import Instant


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the journal holds in memory and on disk, and how patient it is."""

    queue: int = 10_000
    batch: int = 500
    retry_ms: int = 1_000
    close_ms: int = 2_000
    tidy_ms: int = 600_000
    tidy_rows: int = 1_000
    tidy_step: int = 200
    keep_days: int = 30
    max_bytes: int = 64 * 1024 * 1024


DEFAULT_LIMITS = Limits()


def untimed() -> Instant:
    """Read CLOCK_BOOTTIME and vouch for nothing else; the shell passes its own clock instead."""
    return Instant(time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000)
