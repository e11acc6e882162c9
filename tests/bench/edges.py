"""The moments at which the relay's line rose and fell, whoever watches it: a mock pin or a pin keeper.

It keeps the last edge and wakes who waits for it. Every time is CLOCK_BOOTTIME in nanoseconds, the clock that the
reader stamps its frames with.
"""

from __future__ import annotations

import threading
import time
from typing import Final

LATEST_S: Final = 5.0


def now_ns() -> int:
    """Read CLOCK_BOOTTIME."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Edges:
    """One line, for whoever waits for its next edge."""

    def __init__(self) -> None:
        """Begin low."""
        self._changed = threading.Condition()
        self._level = False
        self._at_ns = 0

    def note(self, *, level: bool) -> None:
        """Take the moment first, then tell."""
        at_ns = now_ns()
        with self._changed:
            self._level, self._at_ns = level, at_ns
            self._changed.notify_all()

    def wait(self, *, level: bool) -> int:
        """Wait until the line has this level and return since when (ns); TimeoutError if it does not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._level is level, LATEST_S):
                message = f"the relay did not go {'on' if level else 'off'} within {LATEST_S} s"
                raise TimeoutError(message)
            return self._at_ns
