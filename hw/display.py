"""The display: two lines of text, and a time after which they are gone whoever still wants them shown.

It helps a person and never decides anything: writing happens on a thread of its own, only the newest text waits for
it, and a display that fails is counted, tried again and otherwise left alone. What a character is, `text.py` decides.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from typing import Final

from hw.clock import boottime_ms
from hw.text import BLANK, fitted

RETRY_MS: Final = 5_000
"""How soon a display that failed is tried again: often enough to come back by itself, seldom enough to cost nothing."""

Writer = Callable[[tuple[str, str]], None]
"""Puts two lines on the glass, or raises HardwareError; `hw.lcd.write` with its address."""

log = logging.getLogger(__name__)


class LcdDisplay:
    """A `Display` behind a writer that may be slow, fail or come back; every method may be called from any thread."""

    def __init__(self, write: Writer, clock_ms: Callable[[], int] = boottime_ms) -> None:
        """Begin by blanking what a gate before this one may have left standing."""
        self._write = write
        self._clock_ms = clock_ms
        self._changed = threading.Condition()
        self._lines = BLANK
        self._until_ms: int | None = None
        self._shown: tuple[str, str] | None = None
        self._retry_ms = 0
        self._closed = False
        self.faults = 0
        """How often the display refused a text since the start."""
        self._thread = threading.Thread(target=self._run, name="display", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def show(self, lines: tuple[str, str], limit_ms: int) -> None:
        """Show a text for at most `limit_ms`, then nothing."""
        self._want(fitted(lines), self._clock_ms() + limit_ms)

    def close(self) -> None:
        """Blank the display and end the thread; a display that hangs is not waited for."""
        self._want(BLANK, None, closed=True)
        self._thread.join(timeout=1)
        atexit.unregister(self.close)

    def _want(self, lines: tuple[str, str], until_ms: int | None, *, closed: bool = False) -> None:
        with self._changed:
            if self._closed:
                return
            self._lines, self._until_ms, self._closed = lines, until_ms, closed
            self._changed.notify()

    def _run(self) -> None:
        while (lines := self._due()) is not None:
            try:
                self._write(lines)
            except Exception as error:  # noqa: BLE001 - whatever a display's driver raises, the door goes on
                self._failed(error)
            else:
                self._shown = lines

    def _due(self) -> tuple[str, str] | None:
        """Wait for a text that does not stand there yet; None once the display is closed, blanked if it could be."""
        with self._changed:
            while True:
                now_ms = self._clock_ms()
                if self._until_ms is not None and now_ms >= self._until_ms:
                    self._lines, self._until_ms = BLANK, None
                stale = self._lines != self._shown
                if stale and now_ms >= self._retry_ms:
                    return self._lines
                if self._closed:
                    return None
                ends = (self._until_ms, self._retry_ms if stale else None)
                left_ms = min((end - now_ms for end in ends if end is not None), default=None)
                self._changed.wait(None if left_ms is None else left_ms / 1000)

    def _failed(self, error: Exception) -> None:
        self._shown = None
        self._retry_ms = self._clock_ms() + RETRY_MS
        self.faults += 1
        if self.faults == 1:
            log.error("%s; the door works on without it", error)
