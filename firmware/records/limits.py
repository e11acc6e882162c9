"""How much the journal holds and how patient it is: numbers only.

It decides nothing at run time; a gate uses the defaults, tests pass smaller ones.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from firmware.events import Instant

_DAY_S = 86_400


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
    keep_priority_days: int = 90
    max_bytes: int = 64 * 1024 * 1024
    checkpoint_rows: int = 500
    checkpoint_ms: int = 3_600_000

    @property
    def keep_s(self) -> int:
        """For how long everyday records are kept."""
        return self.keep_days * _DAY_S

    @property
    def keep_priority_s(self) -> int:
        """For how long what was refused, alarmed or commanded is kept."""
        return self.keep_priority_days * _DAY_S


DEFAULT_LIMITS = Limits()


def untimed() -> Instant:
    """Read CLOCK_BOOTTIME and vouch for nothing else; the shell passes its own clock instead."""
    return Instant(time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000)
