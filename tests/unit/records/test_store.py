"""What stands in the journal's file after each kind of record, and what is pruned from it.

The journal without a thread is enough here; the file is a real one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from firmware.events import Instant, Use
from firmware.records.lines import line_of, remark
from firmware.records.opening import Opening
from firmware.records.retention import Keep
from firmware.records.store import Store
from tests.unit.records.making import AT, GATE, epochs, inline, lines, record

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 86_400


def store(path: Path, now: Instant = AT) -> Store:
    """Open the statements alone, at a moment of the test's choosing."""
    return Store(Opening(path, GATE, "boot-1", lambda: now, epochs()))


def test_a_grant_left_open_ends_as_outcome_unknown_at_the_next_start(tmp_path: Path) -> None:
    """A run that died with the door open leaves no grant without an end; it is ended once."""
    path = tmp_path / "journal.db"
    journal = inline(path)
    journal.submit(record(1, grant="g-1", opens=True))
    journal.submit(record(2, grant="g-2", opens=True))
    journal.submit(record(3, "grant", grant="g-1"))
    journal.close()
    for _ in range(2):
        journal = inline(path)
        last = journal.pending(3, 10)
        journal.close()
        assert [(row.kind, row.grant, row.body) for row in last] == [
            ("grant", "g-2", {"grant": "g-2", "result": "outcome_unknown"})
        ]


def test_uses_are_summed_and_given_back(tmp_path: Path) -> None:
    """An annulled entry is given back, a longer validity is kept, and what is not used is not listed."""
    journal = inline(tmp_path / "journal.db")
    for token, use in enumerate([Use("a", 1, 50), Use("a", 1, 70), Use("b", 1, 60), Use("b", -1, 60)]):
        journal.submit(record(token, use=use))
    assert journal.uses() == {"a": (2, 70)}
    journal.close()


def test_two_processes_cannot_write_one_journal(tmp_path: Path) -> None:
    """The second one is refused while the first lives, and admitted when it is gone."""
    path = tmp_path / "journal.db"
    first = store(path)
    with pytest.raises(BlockingIOError):
        store(path)
    first.close()
    store(path).close()


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": object()}, {"x": b"bytes"}, {"x": {1, 2}}])
def test_a_body_that_is_no_plain_json_is_a_bug_of_the_caller(tmp_path: Path, body: dict[str, object]) -> None:
    """It raises at once, where the bug is, and writes nothing."""
    journal = inline(tmp_path / "journal.db")
    bad = record(1)
    bad.body.clear()
    bad.body.update(body)
    with pytest.raises((TypeError, ValueError)):
        journal.submit(bad)
    journal.close()
    assert lines(tmp_path / "journal.db") == []


def filled(path: Path, rows: int, acked: int, now: Instant) -> Store:
    """Make a store with `rows` rows of which the first `acked` are acknowledged."""
    made = store(path, now)
    made.append([line_of(record(token)) for token in range(rows)])
    made.append((), list(range(1, acked + 1)))
    return made


def test_the_newest_row_always_stays_so_that_numbers_never_come_back(tmp_path: Path) -> None:
    """Even a journal pruned as far as it goes counts on from where it was, and what tells of it is all that is left."""
    made = filled(tmp_path / "journal.db", 3, 3, Instant(1))
    while made.prune(Keep(DAY_S, DAY_S, 1, 10)):
        pass
    last = made.last_seq
    made.close()
    again = store(tmp_path / "journal.db")
    assert again.last_seq == last
    again.append([remark("gate", AT, {"what": "next"})])
    again.close()
    kinds = [(seq, kind) for seq, kind, _ in lines(tmp_path / "journal.db")]
    assert kinds == [*((seq, "gap") for seq in range(4, last + 1)), (last + 1, "gate")]


def test_uses_are_forgotten_a_month_after_their_pass_expired(tmp_path: Path) -> None:
    """A clock that was ahead for a while costs no memory of who has used what."""
    now = Instant(1, 1_000 + 30 * DAY_S, 1_002 + 30 * DAY_S, "rtc")
    made = store(tmp_path / "journal.db", now)
    made.append([line_of(record(1, use=Use("old", 1, 999))), line_of(record(2, use=Use("new", 1, 1_000)))])
    made.prune(Keep(DAY_S, DAY_S, 1 << 30, 10))
    assert made.uses() == {"new": (1, 1_000)}
    made.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("body", "{"),
        ("body", "[]"),
        ("body", b"\xff\xfe"),
        ("kind", "a/b"),
        ("boottime_ms", "soon"),
        ("source", b"\xff"),
    ],
)
def test_a_row_altered_on_disk_is_reported_and_does_not_stop_the_next_one(
    tmp_path: Path, column: str, value: object
) -> None:
    """Followers get a gap that names the row, and then the rows after it."""
    path = tmp_path / "journal.db"
    journal = inline(path)
    for token in range(1, 4):
        journal.submit(record(token))
    journal.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE records SET {column} = CAST(? AS TEXT) WHERE seq = 2", (value,))  # noqa: S608
        connection.commit()
    journal = inline(path)
    rows = journal.pending(0, 10)
    journal.close()
    assert [row.seq for row in rows] == [1, 2, 3]
    assert column == "source" or rows[1].body == {"what": "unreadable_row", "first": 2, "last": 2}
    assert rows[2].body == {"token": 3}
