"""What the gate tells beside its records: what holds now, and answers that are worth nothing later.

A kept notice is what a topic says until it is said otherwise: it goes out again on every connection. A told one goes
out once, while there is a connection, or is forgotten. Any thread may put one in; the link alone takes them out.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_TOLD: Final = 64
"""Answers that may wait for the link; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: an empty payload clears a kept topic. `expiry_s` is how long the broker may hold it back."""

    topic: str
    payload: bytes
    kept: bool
    expiry_s: int | None = None


class Notices:
    """What is kept by topic, and what waits to be told."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self._lock = threading.Lock()
        self._kept: dict[str, bytes] = {}
        self._changed: dict[str, bytes] = {}
        self._new: set[str] = set()
        self._told: deque[Notice] = deque(maxlen=MOST_TOLD)
        self._watchers: list[Callable[[], None]] = []

    def keep(self, topic: str, payload: bytes) -> None:
        """Let a topic say this from now on; an empty payload takes it back.

        What was taken back before anybody took it was never said, so that nothing piles up without a broker.
        """
        with self._lock:
            if self._kept.get(topic, b"") == payload:
                return
            if payload:
                self._new |= set() if topic in self._kept or topic in self._changed else {topic}
                self._kept[topic] = payload
            else:
                self._kept.pop(topic, None)
            if not payload and topic in self._new:
                self._new.discard(topic)
                del self._changed[topic]
                return
            self._changed[topic] = payload
        self._wake()

    def tell(self, topic: str, payload: bytes, expiry_s: int) -> None:
        """Say this once."""
        with self._lock:
            self._told.append(Notice(topic, payload, kept=False, expiry_s=expiry_s))
        self._wake()

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever there is something to say; it may only wake somebody."""
        self._watchers.append(changed)

    def kept(self) -> dict[str, bytes]:
        """Name everything that holds, for a connection that begins."""
        with self._lock:
            return dict(self._kept)

    def take(self) -> list[Notice]:
        """Hand out what changed and what is to be told since the last call."""
        with self._lock:
            notices = [Notice(topic, payload, kept=True) for topic, payload in self._changed.items()]
            notices += self._told
            self._changed.clear()
            self._new.clear()
            self._told.clear()
        return notices

    def _wake(self) -> None:
        for changed in tuple(self._watchers):
            changed()
