"""History asked for again: which rows of the journal are sent a second time, how fast, and how it ended.

Pure: rows and milliseconds come in, choices go out. It decides nothing about what a row says, and no row of a replay
counts for the journal. Live records go first: a replay has a few places of the window and a pace of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from firmware.records.row import Row

MOST_WAITING: Final = 4
"""Replays that may wait for each other; one more is turned down."""

WINDOW: Final = 5
"""Rows of a replay that may be under way at once."""

ROWS_PER_S: Final = 200
"""The pace: a month of a busy door takes five minutes, and its live records notice nothing."""


POSTPONED_MS: Final = 1_000
"""How long a journal that cannot be read is let be."""

TOLD_EVERY: Final = 500
"""Rows between two words of how far it is."""


class Outcome(StrEnum):
    """How a replay stands."""

    GOING_ON = "going_on"
    COMPLETE = "complete"
    NOTHING_THERE = "nothing_there"
    REFUSED = "refused"
    TURNED_DOWN = "turned_down"


@dataclass(slots=True, eq=False)
class Replay:
    """The rows `first` to `last` of an epoch, asked for by the command `name`.

    `told` hears of it from the link's thread: the rows that the broker has taken so far, and how it stands. `ahead` are
    rows that it took before older ones.
    """

    name: str
    epoch: str
    first: int
    last: int
    told: Callable[[int, Outcome], None]
    taken: int = 0
    exhausted: bool = False
    under_way: list[int] = field(default_factory=list)
    ahead: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A row under way for a replay."""

    replay: Replay
    row: Row


class Replays:
    """The replays that wait, one after the other, and the rows of the first that are under way."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: list[Replay] = []
        self._free_ms = 0

    def add(self, replay: Replay) -> bool:
        """Take one in unless too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(replay)
        return True

    def wanted(self, now_ms: int, room: int) -> tuple[Replay, int] | None:
        """Say whose rows are to be read now and how many; None if nothing is."""
        if not self._waiting or now_ms < self._free_ms:
            return None
        replay = self._waiting[0]
        limit = min(room, WINDOW - len(replay.under_way))
        return None if replay.exhausted or limit <= 0 else (replay, limit)

    def choose(self, replay: Replay, rows: Sequence[Row], now_ms: int) -> list[Replayed]:
        """Take the rows that were read for it, count them as under way, and set the pace."""
        for row in rows:
            replay.under_way.append(row.seq)
            replay.first = row.seq + 1
        replay.exhausted = not rows or replay.first > replay.last
        self._free_ms = now_ms + len(rows) * 1000 // ROWS_PER_S
        self._settle(replay)
        return [Replayed(replay, row) for row in rows]

    def postpone(self, now_ms: int) -> None:
        """The journal could not be read: that says nothing of what is in it."""
        self._free_ms = now_ms + POSTPONED_MS

    def answered(self, item: Replayed, *, taken: bool) -> None:
        """The broker took a row; one that it refuses ends the replay, whose sender may ask again."""
        replay = item.replay
        if replay not in self._waiting or item.row.seq not in replay.under_way:
            return
        replay.under_way.remove(item.row.seq)
        if not taken:
            self._waiting.remove(replay)
            replay.told(replay.taken, Outcome.REFUSED)
            return
        replay.taken += 1
        replay.ahead.add(item.row.seq)
        replay.ahead = {seq for seq in replay.ahead if seq > min(replay.under_way, default=seq)}
        if replay.taken % TOLD_EVERY == 0:
            replay.told(replay.taken, Outcome.GOING_ON)
        self._settle(replay)

    def lost(self) -> None:
        """The connection ended: what was under way is sent again on the next one."""
        for replay in self._waiting:
            if replay.under_way:
                replay.first = min(replay.under_way)
                replay.taken -= len(replay.ahead)
                replay.ahead.clear()
                replay.under_way.clear()
                replay.exhausted = False

    def wake_ms(self) -> int | None:
        """When the next rows are due, or nothing."""
        if not self._waiting or self._waiting[0].exhausted or len(self._waiting[0].under_way) >= WINDOW:
            return None
        return self._free_ms

    def _settle(self, replay: Replay) -> None:
        """End it when its last row was taken, and tell that."""
        if not replay.exhausted or replay.under_way:
            return
        self._waiting.remove(replay)
        replay.told(replay.taken, Outcome.COMPLETE if replay.taken else Outcome.NOTHING_THERE)
