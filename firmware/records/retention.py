"""What the journal lets go of, when, and in which order. It knows neither thread nor queue, and commits nothing.

It decides which rows have outlived their use: everyday ones first, what was refused or alarmed later, the words by
which the journal is proven last. Whoever calls puts a step and the `gap` record that tells of it into one transaction.

A row goes in three stages. Erased: body and salt are gone for good, the header stays in the chain. Spanned, when room
is short: of erased headers next to each other only the hash after the last stays. Forgotten: the chain begins later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.events import NEVER, USES_KEPT_S
from firmware.records import chain, schema
from firmware.records.lines import HEADER

if TYPE_CHECKING:
    import sqlite3

    from firmware.events import Instant

_MORTAL = f"FROM records WHERE kind NOT IN {schema.LASTING} AND acked = ? AND priority = ?"
_AHEAD_S = 86_400
"""A row that is dated later than this was dated by a clock that was wrong: its place tells its age, not its date."""

_SPAN_FACTOR = 4
_ROUND_S = 21_600
"""Age is counted in quarters of a day, so that there is one step for many rows and not one for each."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long rows are kept (seconds), how large the file may be (bytes), and how many rows go in one step."""

    routine_s: int
    priority_s: int
    max_bytes: int
    step: int


@dataclass(frozen=True, slots=True)
class Outlived:
    """Rows to erase, rising; `lost` if the broker never took them."""

    numbers: list[int]
    lost: bool


def outlived(connection: sqlite3.Connection, keep: Keep, now: Instant, last_seq: int) -> Outlived | None:
    """Find the oldest rows whose time is over; None where there are none, or where nobody vouches for the time.

    A routine row that the broker has not taken yet is kept as long as a row of priority, and then lost.
    """
    if now.source == "none":
        return None
    for acked, priority, keep_s in (
        (True, False, keep.routine_s),
        (True, True, keep.priority_s),
        (False, False, max(keep.routine_s, keep.priority_s)),
        (False, True, keep.priority_s),
    ):
        upto = _old(connection, _MORTAL, (acked, priority), _cut(now, keep_s), now)
        query = f"SELECT seq {_MORTAL} AND seq <= ? AND seq < ? ORDER BY seq LIMIT ?"
        rows = connection.execute(query, (acked, priority, upto, last_seq, keep.step)).fetchall()
        if rows:
            return Outlived([row[0] for row in rows], not acked)
    return None


def crowded_out(connection: sqlite3.Connection, step: int, last_seq: int) -> Outlived | None:
    """Find the oldest rows to give up for room: what the broker has before what it has not, routine before priority.

    But whoever stands before a camera makes refusals by the thousand: beyond half of all rows it is their turn.
    """
    for acked in (True, False):
        counts = [
            int(connection.execute(f"SELECT count(*) {_MORTAL}", (acked, priority)).fetchone()[0])
            for priority in (False, True)
        ]
        for priority in (False, True) if counts[0] >= counts[1] else (True, False):
            query = f"SELECT seq {_MORTAL} AND seq < ? ORDER BY seq LIMIT ?"
            rows = connection.execute(query, (acked, priority, last_seq, step)).fetchall()
            if rows:
                return Outlived([row[0] for row in rows], not acked)
    return None


def erase(connection: sqlite3.Connection, gone: Outlived, gap: int) -> None:
    """Take body and salt from these rows for good; record number `gap` tells of it."""
    numbers = [(seq,) for seq in gone.numbers]
    connection.executemany(
        f"INSERT INTO erased SELECT {HEADER}, hash, {gap:d} FROM records WHERE seq = ?",  # noqa: S608 - a number
        numbers,
    )
    connection.executemany("DELETE FROM records WHERE seq = ?", numbers)


def told(gone: Outlived) -> dict[str, object]:
    """Word the `gap` record: how many rows are erased or lost, between which numbers, and exactly which (`digest`)."""
    numbers = gone.numbers
    what, count = ("retention", "lost") if gone.lost else ("erased", "records")
    named = chain.digest(chain.runs_of(numbers))
    return {"what": what, "first": numbers[0], "last": numbers[-1], count: len(numbers), "digest": named}


def span(connection: sqlite3.Connection, step: int) -> None:
    """Join the oldest erased headers to spans; what is gone was told when it was erased."""
    query = "SELECT seq, gap, hash FROM erased ORDER BY seq LIMIT ?"
    headers = connection.execute(query, (step * _SPAN_FACTOR,)).fetchall()
    for seq, gap, hashed in headers:
        before = connection.execute("SELECT first FROM spans WHERE last = ? AND gap = ?", (seq - 1, gap)).fetchone()
        if before is None:
            connection.execute("INSERT INTO spans VALUES (?, ?, ?, ?)", (seq, seq, hashed, gap))
        else:
            connection.execute("UPDATE spans SET last = ?, hash = ? WHERE last = ?", (seq, hashed, seq - 1))
    if headers:
        connection.execute("DELETE FROM erased WHERE seq <= ?", (headers[-1][0],))


def beginning(connection: sqlite3.Connection, keep: Keep, now: Instant, last_seq: int) -> tuple[int, bytes] | None:
    """Find up to where the chain holds nothing but headers and proofs whose time is over: number and hash.

    What one `gap` record told of goes as a whole, so that whatever is still told can be compared with what is there.
    """
    if now.source == "none":
        return None
    cut = _cut(now, max(keep.routine_s, keep.priority_s))
    proofs = f"FROM records WHERE kind IN {schema.LASTING}"
    bounds = [max(_old(connection, rows, (), cut, now) for rows in ("FROM erased WHERE 1", proofs)), last_seq - 1]
    for acked in (True, False):
        for priority in (True, False):
            oldest = connection.execute(f"SELECT min(seq) {_MORTAL}", (acked, priority)).fetchone()[0]
            bounds += [] if oldest is None else [oldest - 1]
    upto = min(bounds)
    ends = "SELECT seq AS last, seq AS first, hash, gap FROM erased UNION ALL SELECT last, first, hash, gap FROM spans"
    if connection.execute(f"SELECT 1 FROM ({ends}) WHERE last <= ? LIMIT 1", (upto,)).fetchone() is None:  # noqa: S608
        return None
    told = f"SELECT min(first), max(last) FROM ({ends}) GROUP BY gap ORDER BY 1 DESC"  # noqa: S608
    for first, last in connection.execute(told).fetchall():
        upto = first - 1 if first <= upto < last else upto
    query = f"SELECT last, hash FROM ({ends}) WHERE last <= ? ORDER BY last DESC LIMIT 1"  # noqa: S608
    found = connection.execute(query, (upto,)).fetchone()
    return None if found is None else (int(found[0]), bytes(found[1]))


def forget(connection: sqlite3.Connection, seq: int, hashed: bytes) -> None:
    """Let the chain begin after this number, whose hash is its anchor from now on."""
    for statement in (
        "DELETE FROM records WHERE seq <= ?",
        "DELETE FROM erased WHERE seq <= ?",
        "DELETE FROM spans WHERE last <= ?",
    ):
        connection.execute(statement, (seq,))
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('anchor', ?)", (f"{seq}:{hashed.hex()}",))


def expire(connection: sqlite3.Connection, now: Instant) -> None:
    """Forget uses and commands that no trusted clock can call valid any more."""
    if now.source != "none":
        connection.execute("DELETE FROM uses WHERE expires < ?", (now.earliest - USES_KEPT_S,))
        connection.execute("DELETE FROM obeyed WHERE expires < ?", (now.earliest,))


def _cut(now: Instant, keep_s: int) -> int:
    """Name the Unix second before which a row is too old."""
    return (now.earliest - keep_s) // _ROUND_S * _ROUND_S


def _old(connection: sqlite3.Connection, rows: str, values: tuple[object, ...], cut: int, now: Instant) -> int:
    """Name the newest row that is older than `cut` beyond doubt; 0 if none is.

    Rows stand in the order in which they happened, so whatever stands before an old row is old, dated or not. What
    stands behind the first row that is young is not looked at: a clock that went back must not erase the present.
    """
    young = f"SELECT min(seq) FROM (SELECT seq {rows} AND latest BETWEEN ? AND ? ORDER BY seq LIMIT 1)"  # noqa: S608 - ours alone
    first = connection.execute(young, (*values, cut, min(now.latest + _AHEAD_S, NEVER - 1))).fetchone()[0]
    old = f"SELECT max(seq) FROM (SELECT seq {rows} AND seq < ? AND latest < ? ORDER BY seq DESC LIMIT 1)"  # noqa: S608 - ours alone
    found = connection.execute(old, (*values, NEVER if first is None else first, cut)).fetchone()[0]
    return 0 if found is None else int(found)
