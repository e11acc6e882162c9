"""The lines of the journal: how a record becomes a row and a row is read back.

It decides what a record changes besides its row (grants begun and ended, entries used, commands obeyed), which records
outlive others, and where each stands in the chain. It opens nothing, commits nothing and knows no thread.
"""

from __future__ import annotations

import json
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.events import Instant, Obeyed, Use
from firmware.records import chain
from firmware.records.row import Row
from firmware.records.schema import LAST_SEQ
from firmware.records.wire import RESTRICTED, valid_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from firmware.events import Record

HEADER = "seq, kind, boot, boottime_ms, earliest, latest, source, grant_id, commitment"
KEPT = "kept."
"""Before the name of a text that a record lets the file keep: the file's own names are others."""

_COLUMNS = f"{HEADER}, salt, body"


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose lines these are and under which epoch, in which run, and where each one's salt comes from."""

    gate: str
    epoch: str
    boot: str
    salt_bytes: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of the chain: the newest number and the hash after it."""

    seq: int
    hash: bytes


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
    obeyed: Obeyed | None = None
    kept: tuple[tuple[str, str | None], ...] = ()
    priority: bool = True

    @property
    def routine(self) -> bool:
        """Whether nothing but knowledge is lost without it, and of a kind that anybody before a camera can make."""
        hangs = any(each is not None for each in (self.grant, self.use, self.obeyed))
        by_anybody = self.kind == "access" or self.kind in RESTRICTED - {"command-reason"}
        return not hangs and not self.kept and (not self.priority or by_anybody)


def outlives(kind: str, body: dict[str, object]) -> bool:
    """Whether a record is kept longer than the everyday ones and goes last when room is short.

    Everyday are: an access that was allowed, its contact reference, how a grant ended, what an area counts, readers
    that come and go, the companion record by which a pass says that nobody threatens its holder, and a request that
    no officer answered.
    """
    match kind:
        case "access":
            return body.get("decision") != "allow"
        case "grant" | "contact" | "area":
            return False
        case "gate":
            return body.get("what") == "journal_replaced"
        case "duress":
            return body.get("duress") is not False
        case "assistance-ended":
            return body.get("answered_by") is not None
        case _:
            return True


def line_of(record: Record) -> Line:
    """Prepare a record; a body that is no plain JSON is our bug and raises here, at the caller."""
    body = json.dumps(record.body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    priority = outlives(record.kind, record.body)
    what = (record.token, record.kind, record.at, body, record.grant)
    return Line(*what, record.opens, record.use, record.obeyed, record.kept, priority)


def remark(kind: str, at: Instant, body: dict[str, object], grant: str | None = None) -> Line:
    """Word a line of the journal's own."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return Line(None, kind, at, text, grant, priority=outlives(kind, body))


def select(connection: sqlite3.Connection, after_seq: int, limit: int, skip: Iterable[str]) -> list[Row]:
    """Read the oldest unacknowledged rows after `after_seq` in one consistent view, without the kinds to `skip`."""
    skipped = tuple(skip)
    marks = ",".join("?" * len(skipped))
    return _rows(connection, f"acked = 0 AND seq > ? AND kind NOT IN ({marks})", (after_seq, *skipped), limit)


def select_range(connection: sqlite3.Connection, first: int, last: int, limit: int) -> list[Row]:
    """Read the oldest rows of a range of numbers, acknowledged or not, in one consistent view; any numbers will do."""
    among = (min(max(first, 0), LAST_SEQ), min(max(last, 0), LAST_SEQ))
    return _rows(connection, "seq BETWEEN ? AND ?", among, limit)


def newest(connection: sqlite3.Connection) -> Tail | None:
    """Find the end of the chain, which is always a row; None in an empty journal."""
    found = connection.execute("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1").fetchone()
    return None if found is None else Tail(*found)


def bounds(connection: sqlite3.Connection) -> tuple[int, int]:
    """Give the oldest and the newest number of which there is more than a header; both 0 without any."""
    first, last = connection.execute("SELECT (SELECT min(seq) FROM records), (SELECT max(seq) FROM records)").fetchone()
    return (first or 0, last or 0)


def _rows(connection: sqlite3.Connection, which: str, values: tuple[object, ...], limit: int) -> list[Row]:
    epoch = "(SELECT value FROM meta WHERE name = 'epoch')"
    query = f"SELECT {epoch}, {_COLUMNS} FROM records WHERE {which} ORDER BY seq LIMIT ?"  # noqa: S608 - ours alone
    return [_row(str(name), seq, fields) for name, seq, *fields in connection.execute(query, (*values, limit))]


def _row(epoch: str, seq: int, fields: list[object]) -> Row:
    """Read a stored row back; one that was altered on disk says so instead of stopping those that follow."""
    match fields:
        case [
            str(kind),
            str(boot),
            int(ms),
            int(earliest),
            int(latest),
            str(source),
            None | str() as grant,
            bytes(commitment),
            bytes(salt),
            str(text),
        ]:
            body = _body(text) if chain.commitment(salt, text) == commitment else None
            if body is not None and valid_id(kind):
                return Row(epoch, seq, kind, boot, Instant(ms, earliest, latest, source), body, grant)
    return Row(epoch, seq, "gap", "unknown", Instant(0), {"what": "unreadable_row", "first": seq, "last": seq})


def _body(text: str) -> dict[str, object] | None:
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def insert(connection: sqlite3.Connection, origin: Origin, tail: Tail, line: Line) -> Tail:
    """Write one line and what it changes besides, inside the caller's transaction, and return the chain's new end."""
    run = connection.execute
    at, seq = line.at, tail.seq + 1
    salt = origin.salt_bytes(chain.SALT_BYTES)
    committed = chain.commitment(salt, line.body)
    header = chain.Header(seq, line.kind, origin.boot, at, line.grant, committed)
    hashed = chain.follow(tail.hash, origin.gate, origin.epoch, header)
    when = (at.ms, at.earliest, at.latest, at.source)
    values = (seq, line.kind, origin.boot, *when, line.grant, committed, salt, line.body, hashed, line.priority)
    marks = ",".join("?" * len(values))
    run(f"INSERT INTO records ({_COLUMNS}, hash, priority) VALUES ({marks})", values)  # noqa: S608 - marks only
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
    if line.obeyed is not None:
        run("INSERT OR REPLACE INTO obeyed VALUES (?, ?)", (line.obeyed.command, line.obeyed.expires))
    for name, text in line.kept:
        if text is None:
            run("DELETE FROM meta WHERE name = ?", (KEPT + name,))
        else:
            run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KEPT + name, text))
    return Tail(seq, hashed)


def boot_id() -> str:
    """Name this run of the kernel, which is what CLOCK_BOOTTIME counts from."""
    with suppress(OSError), closing(Path("/proc/sys/kernel/random/boot_id").open(encoding="ascii")) as file:
        return file.read().strip()
    return "unknown"
