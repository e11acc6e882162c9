"""Records and journals for the tests of this room; nothing here asserts anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

from firmware.events import Instant, Record, Use
from firmware.records.inline import InlineJournal
from firmware.records.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GATE = "gate-1"
AT = Instant(1_000, 1_767_578_400, 1_767_578_402, "rtc")


def record(token: int, kind: str = "access", **rest: object) -> Record:
    """Make a record whose body names its token."""
    grant = rest.get("grant")
    use = rest.get("use")
    return Record(
        token=token,
        kind=kind,
        at=AT,
        body={"token": token},
        grant=grant if isinstance(grant, str) else None,
        opens=bool(rest.get("opens", False)),
        use=use if isinstance(use, Use) else None,
    )


def row(seq: int, kind: str = "access", epoch: str = "00000001") -> Row:
    """Make a row as the journal would give it."""
    return Row(epoch, seq, kind, "boot-1", AT, {"token": seq})


def epochs(first: int = 1) -> Callable[[int], bytes]:
    """Give 1, 2, 3 ... as epochs."""
    numbers = count(first)
    return lambda size: next(numbers).to_bytes(size, "big")


def inline(path: Path | None, committed: Callable[[int], None] | None = None) -> InlineJournal:
    """Open a journal without a thread under known epochs and a known clock."""
    said = committed or (lambda _token: None)
    return InlineJournal(path, GATE, committed=said, epoch_bytes=epochs(), boot="boot-1", now=lambda: AT)


def lines(path: Path) -> list[tuple[int, str, str]]:
    """Read every row of a journal's file, acknowledged or not: number, kind, body, however damaged the text is."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        return connection.execute("SELECT seq, kind, body FROM records ORDER BY seq").fetchall()
