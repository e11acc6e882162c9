"""The lines of the journal: how a record becomes a row and a row is read back.

It decides what a record changes besides its row: grants begun and ended, entries used. It opens nothing, commits
nothing and knows no thread.
"""

from __future__ import annotations

import json
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.events import Instant, Use
from firmware.records.row import Row
from firmware.records.wire import valid_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from firmware.events import Record

_COLUMNS = "seq, kind, boot, boottime_ms, earliest, latest, source, body, grant_id"


@dataclass(frozen=True, slots=True)
class Line:
    """A record ready to be written: its body is text already, so that nothing can change or fail later.

    A line without a token is the journal's own remark; nobody waits for it.
    """

    token: int | None
    kind: str
    at: Instant
    body: str
    grant: str | None = None
    opens: bool = False
    use: Use | None = None

    @property
    def routine(self) -> bool:
        """Whether nothing but knowledge is lost without it: no grant and no entry hangs on it."""
        return self.grant is None and self.use is None


def line_of(record: Record) -> Line:
    """Prepare a record; a body that is no plain JSON is our bug and raises here, at the caller."""
    body = json.dumps(record.body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return Line(record.token, record.kind, record.at, body, record.grant, record.opens, record.use)


def remark(kind: str, at: Instant, body: dict[str, object], grant: str | None = None) -> Line:
    """Word a line of the journal's own."""
    return Line(None, kind, at, json.dumps(body, sort_keys=True, separators=(",", ":")), grant)


def select(connection: sqlite3.Connection, after_seq: int, limit: int, skip: Iterable[str]) -> list[Row]:
    """Read the oldest unacknowledged rows after `after_seq` in one consistent view, without the kinds to `skip`."""
    skipped = tuple(skip)
    marks = ",".join("?" * len(skipped))
    query = (
        f"SELECT (SELECT value FROM meta WHERE name = 'epoch'), {_COLUMNS} FROM records "  # noqa: S608 - marks only
        f"WHERE acked = 0 AND seq > ? AND kind NOT IN ({marks}) ORDER BY seq LIMIT ?"
    )
    found = connection.execute(query, (after_seq, *skipped, limit)).fetchall()
    return [_row(epoch, seq, fields) for epoch, seq, *fields in found]


def _row(epoch: str, seq: int, fields: list[object]) -> Row:
    """Read a stored row back; one that was altered on disk says so instead of stopping those that follow."""
    match fields:
        case [str(kind), str(boot), int(ms), int(earliest), int(latest), str(source), str(text), None | str() as grant]:
            body = _body(text)
            if body is not None and valid_id(kind):
                return Row(epoch, seq, kind, boot, Instant(ms, earliest, latest, source), body, grant)
    return Row(epoch, seq, "gap", "unknown", Instant(0), {"what": "unreadable_row", "first": seq, "last": seq})


def _body(text: str) -> dict[str, object] | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def insert(connection: sqlite3.Connection, boot: str, seq: int, line: Line) -> None:
    """Write one line and what it changes besides, inside the caller's transaction."""
    run = connection.execute
    at = line.at
    values = (seq, line.kind, boot, at.ms, at.earliest, at.latest, at.source, line.body, line.grant)
    run(f"INSERT INTO records ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608
    if line.grant is not None and line.opens:
        run("INSERT OR REPLACE INTO open_grants VALUES (?, ?)", (line.grant, seq))
    elif line.grant is not None:
        run("DELETE FROM open_grants WHERE grant_id = ?", (line.grant,))
    if line.use is not None:
        run(
            "INSERT INTO uses VALUES (?, ?, ?) ON CONFLICT (reference) "
            "DO UPDATE SET entries = entries + excluded.entries, expires = max(expires, excluded.expires)",
            (line.use.reference, line.use.delta, line.use.expires),
        )


def boot_id() -> str:
    """Name this run of the kernel, which is what CLOCK_BOOTTIME counts from."""
    with suppress(OSError), closing(Path("/proc/sys/kernel/random/boot_id").open(encoding="ascii")) as file:
        return file.read().strip()
    return "unknown"
