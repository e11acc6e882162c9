"""Whoever minds the broker on its machine: where the enrolment service leaves its mark, the broker is started anew.

As the shipped path unit does it. While the desk speaks with the broker it waits; what the lists say is not its concern.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from provisioning.enrolment.gatekeeping import UNTOLD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provisioning.broker.runner import Broker

_LOOK_S: Final = 0.1


class Minder:
    """A broker, and the folder in which its lists lie."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        """Take both; nothing runs yet."""
        self._broker = broker
        self._mark = folder / UNTOLD
        self._free = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="minder", daemon=True)
        self.restarts = 0

    def start(self) -> None:
        """Start the broker, and mind it from now on."""
        self._broker.start()
        self._thread.start()

    def stop(self) -> None:
        """End both."""
        self._end.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._broker.stop()

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Speak with the broker, which is not started anew meanwhile."""
        with self._free:
            yield

    def _run(self) -> None:
        """Take the mark away first, so that what is written from now on leaves one of its own."""
        while not self._end.wait(_LOOK_S):
            if not self._mark.exists():
                continue
            with self._free:
                self._mark.unlink()
                self._broker.stop()
                self._broker.start()
                self.restarts += 1
