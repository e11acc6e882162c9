"""What is sent next: the order, the window and the patience of the way from the journal to the broker.

Pure: rows and milliseconds come in, choices go out. It decides nothing about a record's content, and a row leaves
it only as delivered; whatever else happens, the row is offered again from the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from firmware.records.row import Row

Key = tuple[str, int]

_FLOOR_MS = 100
_DOUBLINGS = 16
_MOST_UNMARKED = 1_000
"""Delivered rows the journal could not mark yet; a disk that takes no marks must not make this grow."""


def backoff_ms(failures: int, first_ms: int, most_ms: int, jitter: Callable[[], float]) -> int:
    """Draw a wait with full jitter below a cap that doubles with every failure: a fleet must not march in step."""
    cap = min(most_ms, first_ms << min(max(failures - 1, 0), _DOUBLINGS))
    floor = min(_FLOOR_MS, cap)
    return floor + int((cap - floor) * jitter())


@dataclass(slots=True)
class _Lane:
    """A kind of record that the broker refused: one probe at a time from `due_ms` on."""

    failures: int
    due_ms: int


class Outbox:
    """The rows under way, at most `window` of them, and the kinds that have to wait.

    A refusal holds back its own kind only: what the broker does not let through on one topic must not dam up the
    others. A refused kind goes on with its oldest row, alone; when it gets through, the others are tried at once.
    """

    def __init__(self, window: int, jitter: Callable[[], float], first_ms: int = 1_000, most_ms: int = 60_000) -> None:
        """Allow `window` rows in flight; a refused kind waits between `first_ms` and `most_ms`."""
        self._window = window
        self._jitter = jitter
        self._first_ms = first_ms
        self._most_ms = most_ms
        self._in_flight: dict[Key, Row] = {}
        self._delivered: dict[Key, str] = {}
        self._lanes: dict[str, _Lane] = {}

    def limit(self, window: int | None = None) -> int:
        """Say how many rows to read from the journal now; 0 while the window is full."""
        free = self._width(window) - len(self._in_flight)
        return free + len(self._in_flight) + len(self._delivered) if free > 0 else 0

    def held(self, now_ms: int) -> frozenset[str]:
        """Name the kinds that are not to be read now: refused and not due, or with their probe under way."""
        under_way = {row.kind for row in self._in_flight.values()}
        return frozenset(kind for kind, lane in self._lanes.items() if now_ms < lane.due_ms or kind in under_way)

    def choose(self, rows: Sequence[Row], now_ms: int, window: int | None = None) -> list[Row]:
        """Choose from the journal's oldest `rows` what goes out now, in order, and count it as under way."""
        if self.limit(window) == 0:
            return []  # nothing was asked of the journal, so what it offers says nothing
        unread = self.held(now_ms)
        self._forget({row.key for row in rows}, unread)
        held = set(unread)
        chosen: list[Row] = []
        for row in rows:
            full = len(self._in_flight) >= self._width(window) or len(self._delivered) >= _MOST_UNMARKED
            if full or row.key in self._in_flight or row.key in self._delivered or row.kind in held:
                continue
            self._in_flight[row.key] = row
            chosen.append(row)
            if row.kind in self._lanes:
                held.add(row.kind)
        return chosen

    def _forget(self, offered: set[Key], unread: frozenset[str]) -> None:
        """Drop what the journal has marked itself: not offered any more, though within what was read of its kind."""
        newest = max(offered, default=("", 0))
        self._delivered = {
            key: kind
            for key, kind in self._delivered.items()
            if key in offered or kind in unread or (key[0] == newest[0] and key[1] > newest[1])
        }

    def delivered(self, row: Row) -> None:
        """The broker took it with a success code."""
        if self._in_flight.pop(row.key, None) is None:
            return
        self._delivered[row.key] = row.kind
        if self._lanes.pop(row.kind, None) is not None:
            for lane in self._lanes.values():
                lane.due_ms = 0

    def refused(self, row: Row, now_ms: int) -> None:
        """The broker answered with a failing code: the row stays, its kind waits."""
        if self._in_flight.pop(row.key, None) is None:
            return
        lane = self._lanes.setdefault(row.kind, _Lane(0, 0))
        if now_ms >= lane.due_ms:  # its companions in the same window do not count again
            lane.failures += 1
            lane.due_ms = now_ms + backoff_ms(lane.failures, self._first_ms, self._most_ms, self._jitter)

    def lost(self) -> None:
        """The connection ended: nothing is under way any more, and every kind may be tried on the next one."""
        self._in_flight.clear()
        self._lanes.clear()

    def wake_ms(self) -> int | None:
        """When a waiting kind is due next, or nothing."""
        under_way = {row.kind for row in self._in_flight.values()}
        return min((lane.due_ms for kind, lane in self._lanes.items() if kind not in under_way), default=None)

    def _width(self, window: int | None) -> int:
        return self._window if window is None else min(self._window, window)

    @property
    def under_way(self) -> int:
        """How many rows are between us and the broker."""
        return len(self._in_flight)
