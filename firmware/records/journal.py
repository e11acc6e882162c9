"""The journal: what happened, on disk before it counts, in order and without a gap.

It decides when a record counts as kept (`committed` is called after the commit and never before). It never blocks its
caller, never raises because of a disk, and touches neither door nor network.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from firmware.records import schema
from firmware.records.limits import DEFAULT_LIMITS, Limits, untimed
from firmware.records.lines import Line, boot_id, line_of
from firmware.records.opening import Opening
from firmware.records.reader import Followed
from firmware.records.store import Store
from firmware.records.upkeep import Upkeep
from firmware.records.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from firmware.events import Instant, Record
    from firmware.records.row import Row

_CLOSING_RETRY_S = 0.1


class Journal(Followed):
    """A store with one writing thread: records that wait share a commit, and a failing disk is tried again.

    From that thread come: `committed(token)`, in the order of the journal. `reopened(uses, since, obeyed)`, before
    anything is committed, when the disk let the file be opened only after the start: then, and only then, it brings
    what `uses()`, `uses_since` and `obeyed()` say otherwise. `checked(what, works)`, when the disk stops or begins to
    take records (`journal`), when a damaged file had to be replaced (`journal_replaced`) and when a record is not as
    it was written (`journal_altered`). `sign`, for a checkpoint: None from it where the gate has no key yet; without
    it there are no checkpoints at all.
    """

    def __init__(
        self,
        path: Path,
        gate: str,
        *,
        committed: Callable[[int], None],
        epoch_bytes: Callable[[int], bytes] = os.urandom,
        salt_bytes: Callable[[int], bytes] = os.urandom,
        boot: str | None = None,
        now: Callable[[], Instant] = untimed,
        reopened: Callable[[dict[str, tuple[int, int]], int, dict[str, int]], None] | None = None,
        checked: Callable[[str, bool], None] = lambda _what, _works: None,
        sign: Callable[[bytes], bytes | None] | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Open the journal, or start without it and keep trying; ends grants that the previous run left open."""
        super().__init__(path, gate)
        self._opening = Opening(path, gate, boot_id() if boot is None else boot, now, epoch_bytes, salt_bytes)
        self._committed = committed
        self._reopened = reopened
        self._checked = checked
        self._limits = limits
        self._log, self._counts = logging.getLogger("gapura.journal"), Counter[str]()
        self._changed, self._stop = threading.Condition(), threading.Event()
        self._stop_by_s = 0.0
        self._waiting = Waiting(limits.queue)
        self._marks: list[tuple[str, int]] = []
        self._suspect = self._condemned = self._troubled = self._begun = False
        self._attempt: tuple[str, int] | None = None
        self._upkeep = Upkeep(limits, sign, checked)
        self._uses: dict[str, tuple[int, int]] = {}
        self._obeyed: dict[str, int] = {}
        self.kept: dict[str, str] = {}  # what records let the file keep, as the first opening found it
        self.uses_since = 0
        self._store: Store | None = None
        try:
            self._open()
        except (*schema.READ_ERRORS, OSError) as error:
            self._fail(error)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def submit(self, record: Record) -> None:
        """Have the record written; returns at once. Raises only for a body that is no plain JSON: our bug."""
        line = line_of(record)
        with self._changed:
            self._waiting.put(line)
            self._changed.notify_all()

    def mark_acked(self, rows: Iterable[Row]) -> None:
        """Note that the broker has these rows."""
        with self._changed:
            self._marks.extend(row.key for row in rows)
            self._changed.notify_all()

    def uses(self) -> dict[str, tuple[int, int]]:
        """Entries used and expiry (Unix seconds) by reference, as they stood at the start; none without a disk."""
        return dict(self._uses)

    def obeyed(self) -> dict[str, int]:
        """Ids of commands that were obeyed and when each expires (Unix seconds), as they stood at the start."""
        return dict(self._obeyed)

    @property
    def available(self) -> bool:
        """Whether the file is open; while it is not, nothing can be committed."""
        return self._store is not None

    def counters(self) -> dict[str, int]:
        """Flat numbers for health."""
        with self._changed:
            numbers = {name: self._counts[name] for name in ("committed", "failures", "replaced", "pruned")}
            numbers |= {
                "waiting": len(self._waiting),
                "dropped": self._waiting.dropped,
                "altered": self._upkeep.altered,
            }
        numbers |= self._standing()
        return {f"journal_{name}": number for name, number in numbers.items()}

    def close(self) -> None:
        """Write what waits if the disk lets us within a moment, and close the file."""
        with self._changed:
            self._stop_by_s = time.monotonic() + self._limits.close_ms / 1000
            self._stop.set()
            self._changed.notify_all()
        self._thread.join()
        self._leave()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, self._pause_s())
                lines = self._waiting.take(self._limits.batch)
                marks, self._marks = self._marks, []
            if self._stop.is_set() and not lines and not marks:
                break
            if self._settle(lines, marks):
                self._announce(lines)
                self._tidy(len(lines))
        if self._store is not None:
            self._upkeep.end(self._store)

    def _suspected(self) -> None:
        with self._changed:
            self._suspect = True
            self._changed.notify_all()

    def _has_work(self) -> bool:
        return bool(self._stop.is_set() or self._suspect or self._marks or len(self._waiting))

    def _pause_s(self) -> float:
        return self._limits.retry_ms / 1000 if self._store is None else self._upkeep.pause_s(self._store)

    def _settle(self, lines: Sequence[Line], marks: Sequence[tuple[str, int]]) -> bool:
        """Write the batch however often that has to be tried: the order of the records is never given up."""
        while not self._write(lines, marks):
            if not self._stop.wait(self._limits.retry_ms / 1000):
                continue
            if time.monotonic() > self._stop_by_s:
                self._log.error("journal: %d records could not be written before the end", len(lines))
                return False
            time.sleep(_CLOSING_RETRY_S)
        return True

    def _write(self, lines: Sequence[Line], marks: Sequence[tuple[str, int]]) -> bool:
        try:
            store = self._sound_store()
            if self._attempt != (store.epoch, store.last_seq):  # else the commit that seemed to fail is on disk
                self._attempt = (store.epoch, store.last_seq + len(lines)) if lines else None
                store.append(lines, [seq for epoch, seq in marks if epoch == store.epoch])
            self._attempt = None
        except schema.BUGS:
            raise
        except (*schema.READ_ERRORS, OSError) as error:
            self._fail(error)
            return False
        if self._troubled:
            self._troubled = False
            self._checked("journal", True)  # noqa: FBT003  the signature of the inbox
            self._log.warning("journal: the disk takes records again")
        return True

    def _announce(self, lines: Sequence[Line]) -> None:
        with self._changed:
            self._counts["committed"] += len(lines)
        for line in lines:
            if line.token is not None:
                self._committed(line.token)
        if lines:
            self._wake()

    def _sound_store(self) -> Store:
        if self._store is not None and self._suspect and not self._store.sound():
            self._store.close()
            self._store, self._condemned = None, True
        self._suspect = False
        return self._store or self._open()

    def _open(self) -> Store:
        first = not self._begun
        store = Store(self._opening, condemned=self._condemned, first=first)
        self._store, self._condemned = store, False
        self._counts["replaced"] += store.replaced is not None
        if store.replaced is not None:
            self._log.error("journal: %s; a new epoch %s begins", store.replaced, store.epoch)
            self._checked("journal_replaced", False)  # noqa: FBT003  the signature of the inbox
        self.kept = store.kept() if first else self.kept
        if first and self._troubled and self._reopened is not None:
            self._reopened(store.uses(), store.uses_since, store.obeyed())  # and never both ways: it would count twice
        elif first:
            self._uses, self.uses_since, self._obeyed = store.uses(), store.uses_since, store.obeyed()
        self._upkeep.opened(store)
        self._begun = True
        self._renew(store.epoch)
        return store

    def _fail(self, error: Exception) -> None:
        """Count it, say it once, and leave the next try a fresh connection unless the disk is merely full."""
        self._counts["failures"] += 1
        damaged = schema.is_damage(error)
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if not self._troubled:
            self._log.error("journal: cannot write %s (%s); records wait in memory", self._opening.path, error)
            self._checked("journal", False)  # noqa: FBT003  the signature of the inbox
        self._troubled = True
        if self._store is not None and not full:
            self._condemned = damaged
            self._store.close()
            self._store = None

    def _tidy(self, written: int) -> None:
        """Let the journal look after itself, and wake whoever follows it if that wrote anything."""
        if (store := self._store) is None:
            return
        before = store.last_seq
        try:
            pruned = self._upkeep.turn(store, written)
        except schema.READ_ERRORS as error:
            self._fail(error)
            return
        self._counts["pruned"] += pruned
        if store.last_seq != before:
            self._wake()
