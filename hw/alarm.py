"""Being woken at a time: the only way an output learns that its time is up.

A ring is a hint and never a command: whoever is rung reads the clock and decides again, so that a ring which comes
late, early or twice cannot cut a newer pulse or lengthen an older one. No line is touched here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from hw.clock import boottime_ms

RETRY_MS: Final = 100
"""How soon a ring is repeated when the one that was rung failed."""

_FULL_DISTRUST_MS: Final = 60_000
"""The longest single wait: a clock that jumps (suspend) is noticed after this at the latest."""


class Alarm(Protocol):
    """Something that rings once its time has come."""

    def set(self, at_ms: int | None) -> None:
        """Ring at `at_ms` instead of whenever it was set to before; None means never."""

    def close(self) -> None:
        """Never ring again."""


AlarmMaker = Callable[[Callable[[], object]], Alarm]
"""Given what to ring, makes an alarm; the seam through which tests hold the bell in their own hand."""


class ThreadAlarm:
    """An alarm on one daemon thread that lives as long as the alarm and never ends because of what it rings."""

    def __init__(self, ring: Callable[[], object], name: str, clock_ms: Callable[[], int] = boottime_ms) -> None:
        """Start the thread; it rings nobody until it is set."""
        self._ring = ring
        self._clock_ms = clock_ms
        self._changed = threading.Condition()
        self._at_ms: int | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def set(self, at_ms: int | None) -> None:
        """Ring at `at_ms` instead; never blocks for longer than another thread needs to do the same."""
        with self._changed:
            self._at_ms = at_ms
            self._changed.notify()

    def close(self) -> None:
        """End the thread; safe from within a ring and any number of times."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=1)

    def _due(self) -> bool:
        """Wait for the next ring; false when the alarm was closed."""
        with self._changed:
            while not self._closed:
                left_ms = None if self._at_ms is None else self._at_ms - self._clock_ms()
                if left_ms is not None and left_ms <= 0:
                    self._at_ms = None
                    return True
                self._changed.wait(None if left_ms is None else min(left_ms, _FULL_DISTRUST_MS) / 1000)
            return False

    def _run(self) -> None:
        while self._due():
            try:
                self._ring()
            except Exception:  # noqa: BLE001 - a failed line must be tried again; who owns it keeps the cause
                self._again()

    def _again(self) -> None:
        with self._changed:
            retry_ms = self._clock_ms() + RETRY_MS
            self._at_ms = retry_ms if self._at_ms is None else min(self._at_ms, retry_ms)
