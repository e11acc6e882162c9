"""The journal without a thread: the same store, committed inside `submit`, for simulation and virtual time.

It decides nothing that the threaded one does not. The same records under the same epoch give the same rows
and, under the same salts, the same chain; it makes no checkpoints.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from firmware.records.limits import Limits, untimed
from firmware.records.lines import Line, boot_id, line_of
from firmware.records.opening import Opening
from firmware.records.retention import Keep
from firmware.records.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from firmware.events import Instant, Record
    from firmware.records.row import Row


class InlineJournal:
    """A journal whose `committed` comes before `submit` returns, or at a later `submit` if the disk failed."""

    def __init__(
        self,
        path: Path | None,
        gate: str,
        *,
        committed: Callable[[int], None],
        epoch_bytes: Callable[[int], bytes] = os.urandom,
        salt_bytes: Callable[[int], bytes] = os.urandom,
        boot: str | None = None,
        now: Callable[[], Instant] = untimed,
    ) -> None:
        """Open the journal at `path`, or in memory without one; raises what the disk raises."""
        self.gate = gate
        self._committed = committed
        boot = boot_id() if boot is None else boot
        self._store = Store(Opening(path, gate, boot, now, epoch_bytes, salt_bytes))
        self._waiting: list[Line] = []
        self._watchers: list[Callable[[], None]] = []
        self._failures = 0

    def submit(self, record: Record) -> None:
        """Write the record and whatever an earlier failure left waiting, then say so."""
        self._waiting.append(line_of(record))
        try:
            self._store.append(self._waiting)
        except sqlite3.OperationalError:
            self._failures += 1
            return
        written, self._waiting = self._waiting, []
        for line in written:
            if line.token is not None:
                self._committed(line.token)
        for changed in self._watchers:
            changed()

    def mark_acked(self, rows: Iterable[Row]) -> None:
        """Note that the broker has these rows."""
        with suppress(sqlite3.OperationalError):
            self._store.append((), [row.seq for row in rows if row.epoch == self._store.epoch])

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` after each commit."""
        self._watchers.append(changed)

    def pending(self, after_seq: int, limit: int, skip: Iterable[str] = ()) -> list[Row]:
        """Read the oldest unacknowledged rows."""
        return self._store.pending(after_seq, limit, skip)

    def rows(self, epoch: str, first: int, last: int, limit: int) -> list[Row]:
        """Read rows by number, acknowledged or not."""
        return self._store.rows(first, last, limit) if epoch == self._store.epoch else []

    def head(self) -> tuple[str, int, int]:
        """Give the epoch, the oldest number that can still be read, and the newest."""
        return (self._store.epoch, *self._store.bounds())

    def obeyed(self) -> dict[str, int]:
        """Give the Unix second until which an obeyed command is remembered, by its id."""
        return self._store.obeyed()

    @property
    def kept(self) -> dict[str, str]:
        """Texts that records let the file keep, by their name."""
        return self._store.kept()

    def tidy(self, limits: Limits) -> int:
        """Let all go that has outlived its use and return how many rows were erased; a thread does it in steps."""
        keep, erased, more = Keep(limits.keep_s, limits.keep_priority_s, limits.max_bytes, limits.tidy_step), 0, True
        while more:
            rows, more = self._store.prune(keep)
            erased += rows
        return erased

    def uses(self) -> dict[str, tuple[int, int]]:
        """Entries used and expiry (Unix seconds) by reference."""
        return self._store.uses()

    @property
    def available(self) -> bool:
        """Whether the last record could be written."""
        return not self._waiting

    def counters(self) -> dict[str, int]:
        """Flat numbers for health."""
        return {"journal_failures": self._failures, "journal_waiting": len(self._waiting)}

    def close(self) -> None:
        """Close the file."""
        self._store.close()
