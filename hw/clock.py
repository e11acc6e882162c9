"""The clock of everything in `hw`: CLOCK_BOOTTIME in milliseconds, which both ends of the scan socket share.

It only reads the clock; who needs another one in a test hands in another function.
"""

from __future__ import annotations

import time


def boottime_ms() -> int:
    """Return the milliseconds since the machine started, suspended ones included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
