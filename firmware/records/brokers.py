"""Which broker is tried next, when, and when to go back to the first one.

Pure: milliseconds and what became of a connection come in, settings and times go out. It decides nothing about a
message. A fleet must not march in step: every wait is drawn below a cap that doubles.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.records.outbox import backoff_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.records.settings import LinkSettings

_MOST_DOUBLINGS: Final = 4
"""A first broker that comes and goes is tried again after 15 minutes at first and after four hours at last."""


class Brokers:
    """The brokers of one gate in their order, and which of them it is at."""

    def __init__(self, settings: LinkSettings, jitter: Callable[[], float]) -> None:
        """Begin at the first."""
        self._settings = settings
        self._jitter = jitter
        self._all = ((settings.host, settings.port), *settings.fallback)
        self._place = 0
        self._failures = 0
        self._returns = 0
        self._back_ms: int | None = None
        self._admitted = False

    @property
    def current(self) -> LinkSettings:
        """Where to connect now."""
        host, port = self._all[self._place]
        return replace(self._settings, host=host, port=port)

    @property
    def first(self) -> LinkSettings:
        """The broker that is preferred to all others."""
        return self._settings

    def admitted(self, now_ms: int) -> None:
        """The broker has taken us in: at one that is not the first, the time to go back is drawn."""
        self._admitted = True
        if self._place == 0:
            self._back_ms = None
            return
        self._draw(now_ms)

    def answered(self) -> None:
        """The broker has taken our own word too: earlier failures count no more."""
        self._failures = 0

    def failed(self) -> None:
        """A connection failed or ended: one that was there is tried once more, otherwise it is the next one's turn."""
        self._failures += 1
        if not self._admitted:
            self._place = (self._place + 1) % len(self._all)
        self._admitted = False
        self._back_ms = None

    def wait_ms(self, contests: int = 0) -> int:
        """Draw how long to wait before the next attempt, longer after so many `contests` for our name in a row."""
        return backoff_ms(
            max(self._failures, contests), self._settings.backoff_first_ms, self._settings.backoff_most_ms, self._jitter
        )

    @property
    def back_ms(self) -> int | None:
        """When to look whether the first broker is there again; None at the first, and without a connection."""
        return self._back_ms

    def looked(self, now_ms: int, *, there: bool) -> None:
        """The first broker was looked for; `there` says that the connection to this one is given up for it."""
        self._returns = min(self._returns + 1, _MOST_DOUBLINGS)
        if there:
            self._place = 0
            self._admitted = False
            self._back_ms = None
        else:
            self._draw(now_ms)

    def _draw(self, now_ms: int) -> None:
        """Draw a time between one and two of the wait, which doubles with every look at the first broker."""
        wait_ms = int(self._settings.return_s * 1000) << self._returns
        self._back_ms = now_ms + wait_ms + int(wait_ms * self._jitter())
