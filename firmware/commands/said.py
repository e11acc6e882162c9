"""What `gapura` says on stderr, and that saying it never holds a gate up.

A log that nobody reads blocks whoever writes to it, and the controller must not wait for anything. So a running gate
writes its lines from a thread of its own; when too many wait, lines are dropped and counted, never the door.
"""

from __future__ import annotations

import atexit
import logging
import queue
import sys
import threading
from contextlib import suppress
from logging.handlers import QueueHandler
from typing import Final

MAX_WAITING: Final = 1_000
LAST_WORDS_S: Final = 1.0
FORMAT: Final = "%(levelname)s %(name)s: %(message)s"


class Unhurried(QueueHandler):
    """A handler that hands lines to another one in a thread of its own; `close` waits a moment for the last of them."""

    def __init__(self, slow: logging.Handler) -> None:
        """Begin with nothing waiting."""
        self._waiting: queue.Queue[logging.LogRecord | None] = queue.Queue(MAX_WAITING)
        super().__init__(self._waiting)
        self.setFormatter(logging.Formatter("%(message)s"))  # the slow one words the line
        self._slow = slow
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def enqueue(self, record: logging.LogRecord) -> None:
        """Let a line wait for its turn, or drop it; logging lets one thread at a time in here."""
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits, if somebody reads it within a moment."""
        with suppress(queue.Full):
            self._waiting.put(None, timeout=LAST_WORDS_S)
            self._thread.join(LAST_WORDS_S)
        super().close()

    def _write(self) -> None:
        told = 0
        while (record := self._waiting.get()) is not None:
            self._slow.handle(record)
            if (dropped := self._dropped) != told:
                line = f"{dropped - told} lines were dropped: nobody read the log"
                told = dropped
                self._slow.handle(logging.LogRecord("gapura.log", logging.WARNING, __file__, 0, line, None, None))


def begin(*, running: bool) -> None:
    """Log to stderr: a running gate all it does, any other command only what is wrong."""
    slow = logging.StreamHandler(sys.stderr)
    slow.setFormatter(logging.Formatter(FORMAT))
    handler = Unhurried(slow) if running else slow
    if running:
        atexit.register(handler.close)
    logging.basicConfig(handlers=[handler], level=logging.INFO if running else logging.WARNING)
