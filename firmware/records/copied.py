"""A copy of a journal as whoever proves it reads it: what it says of itself, and its entries by number.

It decides what reads as an entry at all, and believes nothing. The file may be anybody's.
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from firmware.events import Instant
from firmware.records import schema
from firmware.records.chain import HASH_BYTES, SALT_BYTES, Entry, Erased, Header, Kept, Malformed, Span
from firmware.records.lines import HEADER
from firmware.records.proof import Claim
from firmware.records.schema import Damage
from firmware.records.wire import valid_id

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


def claimed(connection: sqlite3.Connection) -> Claim | Damage:
    """Read whose journal it says it is and where it begins, or what it is instead; raises what SQLite raises."""
    if not schema.is_ours(connection):
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        return Damage.VERSION if mark == schema.APPLICATION_ID else Damage.FOREIGN
    meta = dict(connection.execute("SELECT name, value FROM meta LIMIT 16").fetchall())
    gate, epoch = meta.get("gate"), meta.get("epoch")
    if not isinstance(gate, str) or not valid_id(gate) or not isinstance(epoch, str) or not schema.is_epoch(epoch):
        return Damage.CHECK
    try:
        return Claim(gate, epoch, *schema.anchor(connection, gate, epoch))
    except ValueError:
        return Damage.CHECK


def entries(connection: sqlite3.Connection) -> Iterator[Entry]:
    """Give what the three tables hold, by number; raises what SQLite raises where it cannot read on."""
    for _, entry in merge(_kept(connection), _erased(connection), _spans(connection), key=lambda each: each[0]):
        yield entry


def _kept(connection: sqlite3.Connection) -> Iterator[tuple[int, Entry]]:
    for seq, *fields in connection.execute(f"SELECT {HEADER}, hash, salt, body FROM records ORDER BY seq"):  # noqa: S608
        header = _header(seq, fields[:8])
        match fields[8:]:
            case [bytes(hashed), bytes(salt), str(body)] if header is not None and len(salt) == SALT_BYTES:
                yield seq, Kept(header, hashed, salt, body)
            case _:
                yield seq, Malformed(seq)


def _erased(connection: sqlite3.Connection) -> Iterator[tuple[int, Entry]]:
    for seq, *fields in connection.execute(f"SELECT {HEADER}, hash, gap FROM erased ORDER BY seq"):  # noqa: S608
        header = _header(seq, fields[:8])
        match fields[8:]:
            case [bytes(hashed), int(gap)] if header is not None:
                yield seq, Erased(header, hashed, gap)
            case _:
                yield seq, Malformed(seq)


def _spans(connection: sqlite3.Connection) -> Iterator[tuple[int, Entry]]:
    for last, *fields in connection.execute("SELECT last, first, hash, gap FROM spans ORDER BY last"):
        match fields:
            case [int(first), bytes(hashed), int(gap)] if first <= last and len(hashed) == HASH_BYTES:
                yield first, Span(first, last, hashed, gap)
            case _:
                yield last, Malformed(last)


def _header(seq: int, fields: list[object]) -> Header | None:
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
        ]:
            return Header(seq, kind, boot, Instant(ms, earliest, latest, source), grant, commitment)
        case _:
            return None
