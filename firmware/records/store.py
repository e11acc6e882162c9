"""The statements of the journal: one transaction in, rows out. It knows no thread, no queue and no broker.

It decides what is written together, so that tables and chain never disagree; what has outlived its use is decided in
`retention.py`. One thread at a time uses a store.
"""

from __future__ import annotations

import base64
import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from firmware.records import chain, retention, schema
from firmware.records.lines import KEPT, Line, Tail, bounds, insert, newest, remark, select, select_range
from firmware.records.opening import Opening, lock, open_file
from firmware.records.scrub import Scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from firmware.events import Instant
    from firmware.records.retention import Keep, Outlived
    from firmware.records.row import Row


class Store:
    """An open journal file; `epoch` names it.

    Uses of passes issued before `uses_since` (Unix seconds) may have been lost with an earlier file.
    """

    def __init__(self, opening: Opening, *, condemned: bool = False, first: bool = True) -> None:
        """Open the file, put a damaged (or `condemned`) one aside and, `first` in a run, end the grants left open.

        Raises `sqlite3.Error` or `OSError` when the disk does not let us; nothing is lost then, try again later.
        """
        self._path = opening.path
        self._now = opening.now
        self._lock = None if opening.path is None else lock(opening.path)
        try:
            self._connection, self.epoch, self.replaced = open_file(opening, condemned=condemned)
        except BaseException:
            self._unlock()
            raise
        try:
            self._origin = opening.origin(self.epoch)
            self._anchor = Tail(*schema.anchor(self._connection, opening.gate, self.epoch))
            self._tail = newest(self._connection) or self._anchor
            self._scrub = Scrub(self._origin, self._anchor)
            self._pace = retention.pace(self._connection, self._now())
            self._unwiped = True
            self.uses_since = schema.uses_since(self._connection)
            if first:
                self._end_left_open()
        except BaseException:
            self.close()
            raise

    @property
    def last_seq(self) -> int:
        """The newest number of the file."""
        return self._tail.seq

    def append(self, lines: Sequence[Line], acked: Sequence[int] = ()) -> None:
        """Write all of it in one transaction, or nothing; what only marks rows need not wait for the disk.

        A mark lost with the power costs a repetition under the same id; a lost record would cost the truth.
        """
        marks = [(each,) for each in acked]
        mark = "UPDATE records SET acked = 1 WHERE seq = ?"
        self._commit(lines, lambda: self._connection.executemany(mark, marks))

    def pending(self, after_seq: int, limit: int, skip: Iterable[str] = ()) -> list[Row]:
        """Read the oldest unacknowledged rows through the writing connection (for a journal without threads)."""
        return select(self._connection, after_seq, limit, skip)

    def rows(self, first: int, last: int, limit: int) -> list[Row]:
        """Read rows by number through the writing connection, acknowledged or not."""
        return select_range(self._connection, first, last, limit)

    def bounds(self) -> tuple[int, int]:
        """Give the oldest number that can still be read, and the newest; both 0 in an empty journal."""
        return bounds(self._connection)

    def uses(self) -> dict[str, tuple[int, int]]:
        """Entries used and the Unix second of expiry, by reference."""
        rows = self._connection.execute("SELECT reference, entries, expires FROM uses WHERE entries > 0")
        return {reference: (entries, expires) for reference, entries, expires in rows}

    def obeyed(self) -> dict[str, int]:
        """Give the Unix second until which a command is remembered, by its id."""
        return dict(self._connection.execute("SELECT command, expires FROM obeyed").fetchall())

    def kept(self) -> dict[str, str]:
        """Texts that records let the file keep, by their name."""
        rows = self._connection.execute("SELECT name, value FROM meta WHERE name LIKE 'kept.%'")
        return {str(name).removeprefix(KEPT): str(text) for name, text in rows}

    def checkpoint(self, sign: Callable[[bytes], bytes | None]) -> None:
        """Write down where the chain stands, signed if the gate has a key; then whoever has it can prove the rest."""
        seq, hashed = self._tail.seq, self._tail.hash
        body: dict[str, object] = {"seq": seq, "hash": hashed.hex()}
        signed = sign(chain.checkpoint(self._origin.gate, self.epoch, seq, hashed))
        if signed is not None:
            body["signed"] = base64.b64encode(signed).decode()
        self.append([remark("checkpoint", self._now(), body)])

    def checkpointed(self) -> int:
        """Give the number of the newest checkpoint; 0 if there is none."""
        query = f"SELECT coalesce(max(seq), 0) FROM records WHERE kind IN {schema.LASTING} AND kind = 'checkpoint'"  # noqa: S608
        return int(self._connection.execute(query).fetchone()[0])

    def size_bytes(self) -> int:
        """How much of the file is in use."""
        pages, free, size = (self._number(name) for name in ("page_count", "freelist_count", "page_size"))
        return (pages - free) * size

    def prune(self, keep: Keep) -> tuple[int, bool]:
        """Do one step of letting go; return how many rows were erased and whether there may be more to do.

        What goes and the `gap` record that tells of it are one transaction; the newest row always stays. When nothing
        is left to do, what was erased before is wiped from the write-ahead log as well.
        """
        clock, run = self._now(), self._connection
        now = self._pace.keep_up(clock)
        if self._pace.turned(clock):
            retention.expire(run, clock, now)
        gone = retention.outlived(run, keep, now, self.last_seq)
        if gone is None and (begins := retention.beginning(run, keep, now, self.last_seq)) is not None:
            self._forget(*begins, clock)
            return 0, True
        if gone is None and self.size_bytes() > keep.max_bytes:
            if retention.headers(run):
                self._commit((), lambda: retention.span(run, keep.step))
                return 0, True
            gone = retention.crowded_out(run, keep.step, self.last_seq)
        if gone is None:
            self._wipe()
            return 0, False
        self._erase(gone, clock)
        return len(gone.numbers), True

    @property
    def scrubbed(self) -> bool:
        """Whether every row has been looked at since the file was opened, or one was found to be altered."""
        return self._scrub.finished

    def scrub(self, rows: int) -> int | None:
        """Look at the next rows, and name the first that a disk or a hand has altered; a `gap` record tells of it."""
        altered = None if self.scrubbed else self._scrub.step(self._connection, self._anchor, rows)
        if altered is not None:
            self.append([remark("gap", self._now(), {"what": "altered", "first": altered, "last": altered})])
        return altered

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

    def _erase(self, gone: Outlived, now: Instant) -> None:
        said = remark("gap", now, retention.told(gone))
        gap = self.last_seq + 1
        self._commit([said], lambda: retention.erase(self._connection, gone, gap))
        self._unwiped = True

    def _forget(self, seq: int, hashed: bytes, now: Instant) -> None:
        body = {"what": "headers", "first": self._anchor.seq + 1, "last": seq, "hash": hashed.hex()}
        self._commit([remark("gap", now, body)], lambda: retention.forget(self._connection, seq, hashed))
        self._anchor, self._unwiped = Tail(seq, hashed), True

    def _wipe(self) -> None:
        """Empty the write-ahead log, which may still hold what was erased; a reader at work puts that off."""
        if self._unwiped:
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._unwiped = bool(busy)

    def _commit(self, lines: Sequence[Line], change: Callable[[], object]) -> None:
        run = self._connection.execute
        run(f"PRAGMA synchronous = {'FULL' if lines else 'NORMAL'}")
        run("BEGIN IMMEDIATE")
        tail = self._tail
        try:
            for line in lines:
                tail = insert(self._connection, self._origin, tail, line)
            change()
            run("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            raise
        self._tail = tail

    def _number(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
