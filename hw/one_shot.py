"""The line that keeps a hardware one-shot alive: a relay's coil is fed only while this line goes on rising.

A retriggerable monostable in the coil's circuit takes each rise as "still alive" and opens by itself when none comes.
A process that hangs leaves the line high or low, and either way it rises no more. Only rises count in the circuit,
so that claiming the line, giving it up and `gapura release`, which all drive it low, feed nothing.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from typing import TYPE_CHECKING, Final

from hw.clock import boottime_ms
from hw.errors import HardwareError
from hw.pins import OutputLine, PinFactory

if TYPE_CHECKING:
    from collections.abc import Callable

TOGGLE_MS: Final = 250
"""How often the line is to be turned over while the relay shall be on: a rise every 500 ms, for a one-shot of 1 s."""

STALE_MS: Final = 2 * TOGGLE_MS
"""A high line older than this is lowered first, so that the first turn of a run is a rise and feeds at once."""


class GpioOneShot:
    """A `OneShot` on one GPIO line; every method may be called from any thread."""

    def __init__(
        self,
        pin: int,
        factory: PinFactory,
        *,
        clock_ms: Callable[[], int] = boottime_ms,
        test_board: bool = False,
    ) -> None:
        """Claim the line low."""
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._high = self._closed = False
        self._turned_ms = 0
        self._line = OutputLine(pin, factory, test_board=test_board, what="one-shot")
        atexit.register(self._last_resort)

    def toggle(self) -> None:
        """Turn the line over, beginning with a rise; raises HardwareError."""
        with self._lock:
            if self._closed:
                message = "the one-shot is closed"
                raise HardwareError(message)
            now_ms = self._clock_ms()
            if self._high and now_ms - self._turned_ms >= STALE_MS:
                self._line.write(active=False)
                self._high = False
            self._line.write(active=not self._high)
            self._high, self._turned_ms = not self._high, now_ms

    def close(self) -> None:
        """Leave the line low; the circuit opens in its own time."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            atexit.unregister(self._last_resort)
            self._line.close()

    def _last_resort(self) -> None:
        with contextlib.suppress(HardwareError):
            self.close()
