"""A part that must not die takes the process with it: a thread that ends by an error stops the gate.

Without its journal a gate admits nobody, and without its scan thread nobody gets out by a code, for as long as the
controller goes on feeding the watchdog. So it stops in order, and the service manager starts it whole again.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


class ThreadDiedError(Exception):
    """A thread ended by an error, which is a bug; the gate was stopped because of it."""


class Threads:
    """While entered, the end of any thread by an error is logged and calls `stop`; leaving raises ThreadDiedError."""

    def __init__(self, stop: Callable[[], object]) -> None:
        """Take what asks the controller to end."""
        self._stop = stop
        self._before = threading.excepthook
        self._died: str | None = None

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._before = threading.excepthook
        threading.excepthook = self._ended
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Watch no longer; an error that is already on its way out goes first."""
        threading.excepthook = self._before
        if kind is None and self._died is not None:
            message = f"the thread {self._died} died; the gate was stopped to be started again whole"
            raise ThreadDiedError(message)

    def _ended(self, end: threading.ExceptHookArgs) -> None:
        """Hear of the end of a thread, in that thread."""
        self._died = "?" if end.thread is None else end.thread.name
        try:
            log.critical("the thread %s died", self._died, exc_info=end.exc_value)
        finally:  # a thread that died of want of memory may leave too little to say so
            self._stop()
