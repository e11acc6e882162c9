"""The statements of the journal: one transaction in, rows out. It knows no thread, no queue and no broker.

It decides what is written together, so that the tables never disagree, and what has outlived its use. One thread at a
time uses a store. A hash over the rows belongs here, beside the numbering.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from firmware.events import USES_KEPT_S
from firmware.records import schema
from firmware.records.lines import Line, insert, remark, select
from firmware.records.opening import Opening, lock, open_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from firmware.records.row import Row


class Store:
    """An open journal file: `epoch` names it, `last_seq` is the newest number it holds.

    Uses of passes issued before `uses_since` (Unix seconds) may have been lost with an earlier file.
    """

    def __init__(self, opening: Opening, *, condemned: bool = False, first: bool = True) -> None:
        """Open the file, put a damaged (or `condemned`) one aside and, `first` in a run, end the grants left open.

        Raises `sqlite3.Error` or `OSError` when the disk does not let us; nothing is lost then, try again later.
        """
        self._path = opening.path
        self._boot = opening.boot
        self._now = opening.now
        self._lock = None if opening.path is None else lock(opening.path)
        try:
            self._connection, self.epoch, self.replaced = open_file(opening, condemned=condemned)
        except BaseException:
            self._unlock()
            raise
        try:
            self.last_seq = self._newest()
            self.uses_since = schema.uses_since(self._connection)
            if first:
                self._end_left_open()
        except BaseException:
            self.close()
            raise

    def append(self, lines: Sequence[Line], acked: Sequence[int] = (), dropped: Sequence[int] = ()) -> None:
        """Write all of it in one transaction, or nothing; what only marks rows need not wait for the disk.

        A mark lost with the power costs a repetition under the same id; a lost record would cost the truth.
        """
        run = self._connection.execute
        run(f"PRAGMA synchronous = {'FULL' if lines else 'NORMAL'}")
        run("BEGIN IMMEDIATE")
        try:
            for seq, line in enumerate(lines, self.last_seq + 1):
                insert(self._connection, self._boot, seq, line)
            self._connection.executemany("UPDATE records SET acked = 1 WHERE seq = ?", [(each,) for each in acked])
            self._connection.executemany("DELETE FROM records WHERE seq = ?", [(each,) for each in dropped])
            run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            raise
        self.last_seq += len(lines)

    def pending(self, after_seq: int, limit: int, skip: Iterable[str] = ()) -> list[Row]:
        """Read the oldest unacknowledged rows through the writing connection (for a journal without threads)."""
        return select(self._connection, after_seq, limit, skip)

    def uses(self) -> dict[str, tuple[int, int]]:
        """Entries used and the Unix second of expiry, by reference."""
        rows = self._connection.execute("SELECT reference, entries, expires FROM uses WHERE entries > 0")
        return {reference: (entries, expires) for reference, entries, expires in rows}

    def size_bytes(self) -> int:
        """How much of the file is in use."""
        pages, free, size = (self._number(name) for name in ("page_count", "freelist_count", "page_size"))
        return (pages - free) * size

    def prune(self, keep_s: int, max_bytes: int, step: int) -> int:
        """Delete at most `step` rows that have outlived their use and return how many; the newest row always stays.

        Old acknowledged rows go first, by age only while the clock is trusted. When the file is too large the oldest
        acknowledged rows go, then routine ones, then any: a `gap` record names what went before the broker had it.
        """
        now = self._now()
        run = self._connection.execute
        bounds = (self.last_seq, step)
        condition = "seq IN (SELECT seq FROM records WHERE acked = 1 AND seq < ?{} ORDER BY seq LIMIT ?)"
        deleted = 0
        if now.source != "none":
            run("DELETE FROM uses WHERE expires < ?", (now.earliest - USES_KEPT_S,))
            aged = condition.format(" AND latest < ?")
            deleted = run(f"DELETE FROM records WHERE {aged}", (self.last_seq, now.earliest - keep_s, step)).rowcount  # noqa: S608
        if deleted == 0 and self.size_bytes() > max_bytes:
            deleted = run(f"DELETE FROM records WHERE {condition.format('')}", bounds).rowcount  # noqa: S608
            deleted = deleted or self._prune_unsent(schema.ROUTINE, step) or self._prune_unsent("acked = 0", step)
        return deleted

    def sound(self) -> bool:
        """Whether the file on the disk, not what is cached of it, still passes SQLite's own check."""
        if self._path is None:
            return True
        try:
            with closing(schema.connect(str(self._path), read_only=True)) as fresh:
                return bool(fresh.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except schema.READ_ERRORS as error:
            return not schema.is_damage(error)

    def close(self) -> None:
        """Close the file; SQLite folds the write-ahead log in if it can."""
        with suppress(sqlite3.Error):
            self._connection.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _end_left_open(self) -> None:
        left = [row[0] for row in self._connection.execute("SELECT grant_id FROM open_grants ORDER BY seq")]
        if left:
            now = self._now()
            bodies = ({"grant": each, "result": "outcome_unknown"} for each in left)
            self.append([remark("grant", now, body, str(body["grant"])) for body in bodies])

    def _prune_unsent(self, which: str, step: int) -> int:
        query = f"SELECT seq FROM records WHERE {which} AND seq < ? ORDER BY seq LIMIT ?"  # noqa: S608
        oldest = [row[0] for row in self._connection.execute(query, (self.last_seq, step))]
        if not oldest:
            return 0
        body = {"what": "retention", "first": oldest[0], "last": oldest[-1], "lost": len(oldest)}
        said = remark("gap", self._now(), body)
        self.append([said], dropped=oldest)
        return len(oldest)

    def _newest(self) -> int:
        return int(self._connection.execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0])

    def _number(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
