"""What a durable record costs on this disk, one by one and in a crowd, and how large it is; beside plain SQLite.

It measures and judges nothing. Every record is one the gate writes: an entry with its use, then how it ended.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.control.clock import SystemClock
from firmware.events import Record, Use
from firmware.records.journal import Journal
from tests.bench.latency import DISK
from tests.bench.report import SPREAD_HEAD, Budget, Section, Spread, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.events import Instant

ALONE: Final = 500
CROWD: Final = 4000
PASSAGES_A_DAY: Final = 2000
RECORDS_A_PASSAGE: Final = 2
DAYS: Final = 30
BUDGET_MB: Final = 64.0
FACTS: Final = {
    "digest": "b4ee751a9cc01769c5152043288fc313",
    "policy": "208af5e35196ee42",
    "trust": "4f69970a381f2fa1",
    "passback": "74ac4edb8a59f2fc",
    "room": [12, 340],
}
"""What an entry rested on, where the policy limits the area and watches who comes back."""


class Committed:
    """Waits for tokens that come from the journal's thread."""

    def __init__(self) -> None:
        """Nothing is on disk yet."""
        self._changed = threading.Condition()
        self._newest = 0

    def __call__(self, token: int) -> None:
        """Take a token; they come in order."""
        with self._changed:
            self._newest = token
            self._changed.notify_all()

    def wait(self, token: int) -> None:
        """Wait until this record is on disk."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._newest >= token, 30):
                message = f"record {token} was not committed within 30 s"
                raise TimeoutError(message)


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Write records one by one, then as many as there are at once, then look at the file."""
    section = Section("the journal on this disk: submit -> committed, ms", ("", *SPREAD_HEAD))
    with tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=DISK) as name:
        path, committed, clock = Path(name) / "journal.db", Committed(), SystemClock(2)
        journal = Journal(path, "bench", committed=committed, now=clock.now)
        progress("journal: one by one")
        section.spread("alone", "one record at a time", Spread.of(_alone(journal, committed, clock.now())))
        progress("journal: a crowd")
        began = time.perf_counter()
        for token in range(ALONE + 1, ALONE + CROWD + 1):
            journal.submit(record(token, clock.now()))
        committed.wait(ALONE + CROWD)
        a_second = CROWD / (time.perf_counter() - began)
        journal.close()
        size = path.stat().st_size / (ALONE + CROWD)
        progress("journal: plain SQLite")
        section.spread(
            "sqlite", "plain SQLite, one text a commit (beside it)", Spread.of(_plain(Path(name) / "plain.db"))
        )
    month_mb = size * PASSAGES_A_DAY * RECORDS_A_PASSAGE * DAYS / 1e6
    section.notes.append(f"{a_second:.0f} durable records/s where they wait for each other; {size:.0f} bytes a record")
    section.figures |= {"durable_per_s": a_second, "bytes_per_record": size}
    section.budgets.append(
        Budget(
            f"journal of {DAYS} days at {PASSAGES_A_DAY} passages, {number(size)} B a record", month_mb, BUDGET_MB, "MB"
        )
    )
    return section


def record(token: int, at: Instant) -> Record:
    """Make an entry's record or, every second time, the one that ends it."""
    grant = f"0a1b2c3d-{(token + 1) // 2}"
    if token % 2 == 0:
        return Record(token, "grant", at, {"grant": grant, "result": "assumed", "reason": None}, grant)
    body: dict[str, object] = {
        "reader": "outside",
        "format": "gp1",
        "decision": "allow",
        "direction": "in",
        "reason": None,
        "remark": None,
        "class": "visitor",
        "area": "lobby",
        "grant": grant,
        "policy_version": 1,
        "trust_version": 1,
        "facts": FACTS,
    }
    use = Use(f"{token:032x}", 1, at.latest + 3600)
    return Record(token, "access", at, body, grant, opens=True, use=use)


def _alone(journal: Journal, committed: Committed, at: Instant) -> list[float]:
    times_ms: list[float] = []
    for token in range(1, ALONE + 1):
        line = record(token, at)
        began = time.perf_counter()
        journal.submit(line)
        committed.wait(token)
        times_ms.append((time.perf_counter() - began) * 1000)
    return times_ms


def _plain(path: Path) -> list[float]:
    """Commit one row of text at a time under the same settings, with no thread between."""
    times_ms: list[float] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE lines (seq INTEGER PRIMARY KEY, body TEXT)")
        for _ in range(ALONE):
            began = time.perf_counter()
            connection.execute("INSERT INTO lines (body) VALUES (?)", ("x" * 300,))
            times_ms.append((time.perf_counter() - began) * 1000)
    return times_ms
