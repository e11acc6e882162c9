"""The lines that wait for the disk: bounded, in order, and honest about what had to be dropped.

It decides what is given up when the disk fails for so long that memory would run out. It holds no lock and no thread.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from firmware.records.lines import Line, remark

if TYPE_CHECKING:
    from firmware.events import Instant

_SHED = 10
"""One tenth of the queue goes at once, so that a full queue is not searched again for every new line."""


class Waiting:
    """At most `limit` lines; the oldest routine ones make room, and the next ones taken begin with a `gap`."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self._limit = limit
        self._lines: deque[Line] = deque()
        self._cut: set[str] = set()
        self._gap = 0
        self._gap_at: Instant | None = None
        self.dropped = 0

    def __len__(self) -> int:
        """How many lines wait."""
        return len(self._lines)

    def put(self, line: Line) -> None:
        """Take a line in, whatever has to go for it; the end of a grant whose beginning had to go follows it."""
        if len(self._lines) >= self._limit and line.grant not in self._cut:
            self._shed()
        if line.grant in self._cut:
            self._cut.remove(line.grant)
            self._count([line])
        else:
            self._lines.append(line)

    def take(self, limit: int) -> list[Line]:
        """Hand out the oldest lines, after a `gap` that counts what was dropped since the last time."""
        taken: list[Line] = []
        if self._gap_at is not None:
            taken.append(remark("gap", self._gap_at, {"what": "overflow", "lost": self._gap}))
            self._gap, self._gap_at = 0, None
        while self._lines and len(taken) < limit:
            taken.append(self._lines.popleft())
        return taken

    def _shed(self) -> None:
        share = max(1, self._limit // _SHED)
        routine = set(islice((index for index, line in enumerate(self._lines) if line.routine), share))
        given_up = routine or self._oldest_grant()
        dropped = [line for index, line in enumerate(self._lines) if index in given_up]
        self._lines = deque(line for index, line in enumerate(self._lines) if index not in given_up)
        self._count(dropped)

    def _oldest_grant(self) -> set[int]:
        """Find all of the oldest grant: an entry given back that was never noted as used would be one too many."""
        grant = self._lines[0].grant
        if grant is None:
            return {0}
        found = {index for index, line in enumerate(self._lines) if line.grant == grant}
        if all(self._lines[index].opens for index in found):
            self._cut.add(grant)
        return found

    def _count(self, dropped: list[Line]) -> None:
        self.dropped += len(dropped)
        self._gap += len(dropped)
        self._gap_at = dropped[-1].at
