"""The journal as its followers see it: a read-only connection beside the writer's.

It decides nothing and writes nothing. Whoever reads here never makes a record wait.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from firmware.records import schema
from firmware.records.lines import bounds, select, select_range

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from firmware.records.row import Row


class Followed(ABC):
    """One read-only connection, opened when first needed and again whenever the writer began a new file."""

    def __init__(self, path: Path, gate: str) -> None:
        """Remember where and whose; the file need not exist yet."""
        self.gate = gate
        self._read_from = path
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._epoch = ""
        self._watchers: tuple[Callable[[], None], ...] = ()

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each commit, from the writing thread; it may only wake somebody."""
        with self._reading:
            self._watchers += (changed,)

    def pending(self, after_seq: int, limit: int, skip: Iterable[str] = ()) -> list[Row]:
        """Read the oldest unacknowledged rows on a connection of their own; nothing while the disk fails."""
        with self._reading:
            try:
                return select(self._connected(), after_seq, limit, skip)
            except schema.READ_ERRORS as error:
                self._disconnect()
                damaged = schema.is_damage(error)
        if damaged:
            self._suspected()
        return []

    def rows(self, epoch: str, first: int, last: int, limit: int) -> list[Row] | None:
        """Read at most `limit` rows by number, acknowledged or not; what is gone or of another epoch is absent.

        None while the disk fails, which says nothing of what is there.
        """
        with self._reading:
            try:
                found = select_range(self._connected(), first, last, limit)
            except schema.READ_ERRORS:
                self._disconnect()
                return None
        return [row for row in found if row.epoch == epoch]

    def head(self) -> tuple[str, int, int]:
        """Give the epoch, the oldest number that can still be read, and the newest; nothing while the disk fails."""
        with self._reading:
            try:
                return (self._epoch, *bounds(self._connected()))
            except schema.READ_ERRORS:
                self._disconnect()
                return ("", 0, 0)

    @abstractmethod
    def _suspected(self) -> None:
        """Take in that the file looks damaged."""

    def _wake(self) -> None:
        """Tell those who watch that there is something new."""
        for changed in self._watchers:
            changed()

    def _standing(self) -> dict[str, int]:
        """Say of which epoch (as a number) which rows can be read, and how many the broker lacks, from which one on.

        All 0 while the disk fails: there is no epoch of that number. What is written meanwhile is beyond `last`.
        """
        with self._reading:
            try:
                file = self._connected()
                first, last = bounds(file)
                waiting, unsent = file.execute("SELECT count(*), min(seq) FROM records WHERE acked = 0").fetchone()
            except schema.READ_ERRORS:
                self._disconnect()
                return dict.fromkeys(("backlog", "epoch", "first", "last", "unsent"), 0)
            epoch = int(self._epoch or "0", 16)
        return {"backlog": waiting, "epoch": epoch, "first": first, "last": last, "unsent": unsent or 0}

    def _renew(self, epoch: str) -> None:
        """Read the file that the writer opened last from now on."""
        with self._reading:
            self._disconnect()
            self._epoch = epoch

    def _leave(self) -> None:
        """Give the connection up."""
        with self._reading:
            self._disconnect()

    def _connected(self) -> sqlite3.Connection:
        if self._reader is None:
            self._reader = schema.connect(str(self._read_from), read_only=True)
        return self._reader

    def _disconnect(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
