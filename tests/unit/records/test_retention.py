"""What the journal lets go of: when, in which order, told to the number, and gone from the disk for good."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from firmware.events import Instant, Record
from firmware.records import schema
from firmware.records.inline import InlineJournal
from firmware.records.limits import Limits
from firmware.records.lines import line_of, outlives
from firmware.records.retention import Keep
from tests.unit.records.chained import DAY_S, EVER, HOUR_S, Clock, access, opened, verified, write
from tests.unit.records.making import lines

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.records.store import Store

TIGHT = Keep(30 * DAY_S, 90 * DAY_S, 150_000, 50)


def tidied(store: Store, keep: Keep = EVER) -> int:
    """Let go of all that is due and say how much that was."""
    gone, more = 0, True
    while more:
        rows, more = store.prune(keep)
        gone += rows
    return gone


def left(path: Path, kind: str = "access") -> list[int]:
    """Name the records of a kind that still have a body."""
    return [seq for seq, each, _ in lines(path) if each == kind]


def gaps(path: Path) -> list[dict[str, object]]:
    """Read what was told."""
    return [json.loads(body) for _, kind, body in lines(path) if kind == "gap"]


RANKS = [
    ("access", {"decision": "allow"}, False),
    ("access", {"decision": "deny"}, True),
    ("access", {"decision": "verify"}, True),
    ("grant", {"result": "assumed"}, False),
    ("gate", {"what": "reader_lost"}, False),
    ("gate", {"what": "journal_replaced"}, True),
    ("contact", {"contact": "sealed"}, False),
    ("duress", {"duress": False}, False),
    ("duress", {"duress": True}, True),
    ("assistance-ended", {"outcome": "expired", "operator": None}, False),
    ("assistance-ended", {"outcome": "admitted", "answered_by": "button"}, True),
    *((kind, {}, True) for kind in ("alarm", "posture", "command", "commissioning", "gap", "checkpoint", "health")),
]


@pytest.mark.parametrize(("kind", "body", "priority"), RANKS)
def test_what_was_refused_alarmed_or_commanded_outlives_the_everyday(
    kind: str, body: dict[str, object], *, priority: bool
) -> None:
    """A kind that nobody has thought of yet is kept longer rather than shorter."""
    assert outlives(kind, body) is priority


@pytest.mark.parametrize(
    ("after_s", "source", "kept"),
    [
        (29 * DAY_S, "rtc", [*range(1, 11)]),
        (31 * DAY_S, "rtc", [5, 10]),
        (31 * DAY_S, "none", [*range(1, 11)]),
        (89 * DAY_S, "rtc", [5, 10]),
        (91 * DAY_S, "rtc", []),
    ],
    ids=["young", "a-month", "clock-untrusted", "nearly-a-season", "a-season"],
)
def test_everyday_rows_go_after_a_month_and_refusals_after_three(
    tmp_path: Path, after_s: int, source: str, kept: list[int]
) -> None:
    """Age is judged by a trusted clock only, and the chain is proven at every age."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    write(store, 1, clock, count=10)
    clock.pass_s(after_s)
    clock.at = Instant(clock.at.ms, clock.at.earliest, clock.at.latest, source)
    tidied(store)
    store.close()
    assert left(path) == kept
    assert verified(path)["ok"] is True


def test_a_journal_without_a_thread_lets_go_of_the_same_when_it_is_asked(tmp_path: Path) -> None:
    """Virtual time has no pauses in which to tidy: whoever drives it says when."""
    clock, path = Clock(), tmp_path / "journal.db"
    journal = InlineJournal(path, "gate-1", committed=lambda _: None, boot="boot-1", now=clock)
    for token in range(1, 11):
        journal.submit(access(token, clock.at, "allow" if token % 5 else "deny"))
    journal.mark_acked(journal.pending(0, 10))
    clock.pass_s(31 * DAY_S)
    assert journal.tidy(Limits()) == 8
    journal.close()
    assert left(path) == [5, 10]
    assert verified(path)["ok"] is True


def test_what_the_broker_has_not_taken_is_kept_as_long_as_a_refusal_and_then_told_as_lost(tmp_path: Path) -> None:
    """No event goes unread in silence: the record that tells of it names how many and between which numbers."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    store.append([line_of(access(token, clock.at)) for token in range(1, 6)])
    clock.pass_s(60 * DAY_S)
    assert tidied(store) == 0
    clock.pass_s(31 * DAY_S)
    assert tidied(store) == 5
    assert {row.kind for row in store.pending(0, 10)} == {"gap"}
    store.close()
    told = [(gap["first"], gap["last"], gap["lost"]) for gap in gaps(path) if gap["what"] == "retention"]
    assert told == [(1, 4, 4), (5, 5, 1)]


def test_nothing_of_what_was_erased_is_left_on_the_disk(tmp_path: Path) -> None:
    """A search through database, write-ahead log and shared memory finds the body and the salt of no erased row."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    write(store, 1, clock, count=300)
    salts = [row[0] for row in store._connection.execute("SELECT salt FROM records WHERE body LIKE '%allow%'")]
    clock.pass_s(31 * DAY_S)
    write(store, 301, clock, count=20)
    before = disk(path)
    assert tidied(store) == 240
    after = disk(path)
    store.close()
    erased = [f"body-{token:06d}-allow".encode() for token in range(1, 301) if token % 5]
    assert all(body in before for body in erased)
    assert [each for each in (*erased, *salts) if each in after] == []
    assert all(f"body-{token:06d}-deny".encode() in after for token in range(5, 301, 5))
    assert all(f"body-{token:06d}-deny".encode() in disk(path) for token in range(5, 301, 5))


def disk(path: Path) -> bytes:
    """Read whatever lies beside the journal, the journal included."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob("journal.db*")))


def test_what_a_kill_left_in_the_log_is_wiped_by_the_next_run(tmp_path: Path) -> None:
    """Rows erased just before the end are gone from the log as soon as the next run has looked after itself once."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    write(store, 1, clock, count=20)
    clock.pass_s(31 * DAY_S)
    store.prune(EVER)
    killed = tmp_path / "killed"
    killed.mkdir()
    for suffix in ("", "-wal"):
        (killed / f"journal.db{suffix}").write_bytes((tmp_path / f"journal.db{suffix}").read_bytes())
    store.close()
    assert b"body-000001-allow" in disk(killed / "journal.db")
    again = opened(killed / "journal.db", clock)
    tidied(again)
    assert b"body-000001-allow" not in disk(killed / "journal.db")
    again.close()


def test_after_a_season_the_chain_begins_later_and_says_where(tmp_path: Path) -> None:
    """Headers do not stay for ever, and the journal is proven from its anchor on, day by day for half a year."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    for day in range(180):
        write(store, 1 + day * 8, clock, count=8, every_s=3 * HOUR_S)
        tidied(store)
    headers = store._connection.execute("SELECT count(*) FROM erased").fetchone()[0]
    store.close()
    found = verified(path)
    assert found["ok"] is True, found
    assert [gap for gap in gaps(path) if gap["what"] == "headers"][-1]["last"] == int(str(found["first"])) - 1
    assert headers <= 90 * 8
    assert 90 * 8 <= int(str(found["last"])) - int(str(found["first"])) <= 92 * 12


@pytest.mark.parametrize("acked", [True, False])
def test_a_file_that_is_too_large_loses_the_everyday_first_and_is_proven_all_the_same(
    tmp_path: Path, *, acked: bool
) -> None:
    """Refusals are kept while they are the smaller part; what went is told as erased, or lost if nobody had read it."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    for token in range(1, 1_001):
        store.append([line_of(access(token, clock.at, "allow" if token % 10 else "deny"))])
    store.append((), acked=range(1, 1_001) if acked else ())
    assert tidied(store, TIGHT) > 200
    assert store.size_bytes() <= TIGHT.max_bytes
    told = {str(gap["what"]) for gap in (json.loads(text) for (text,) in _bodies(store, "gap"))}
    store.close()
    kept = left(path)
    assert [seq for seq in range(10, 1_001, 10) if seq not in kept] == []
    assert told == {"erased" if acked else "retention"}
    assert verified(path)["ok"] is True


def _bodies(store: Store, kind: str) -> list[tuple[str]]:
    return store._connection.execute("SELECT body FROM records WHERE kind = ?", (kind,)).fetchall()


def test_whoever_makes_refusals_by_the_thousand_does_not_wash_the_grants_away(tmp_path: Path) -> None:
    """Beyond half of all rows it is the refusals' turn, oldest first."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    store.append([line_of(access(token, clock.at)) for token in range(1, 31)])
    store.append([line_of(access(token, clock.at, "deny")) for token in range(31, 1_001)])
    tidied(store, TIGHT)
    store.close()
    kept = left(path)
    assert kept[:30] == [*range(1, 31)]
    assert kept[30] > 300
    assert kept[-1] == 1_000


def test_what_the_broker_has_goes_before_what_it_has_not(tmp_path: Path) -> None:
    """While anything else is left, nothing unread is lost for room."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    store.append([line_of(access(token, clock.at)) for token in range(1, 101)])
    store.append([line_of(access(token, clock.at)) for token in range(101, 1_001)], acked=range(1, 101))
    store.append((), acked=range(101, 951))
    tidied(store, TIGHT)
    unread = [row.seq for row in store.pending(0, 1_000) if row.kind == "access"]
    store.close()
    assert unread == [*range(951, 1_001)]


def test_a_clock_that_went_back_a_year_or_ahead_erases_nothing_young(tmp_path: Path) -> None:
    """Rows stand in the order in which they happened: one with a wrong date makes no other one old."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    good = clock.at
    for offset_s in (0, -365 * DAY_S, 365 * DAY_S, 0):
        clock.at = good
        clock.pass_s(offset_s)
        write(store, store.last_seq + 1, clock, count=4, denied_every=1_000)
    clock.at = good
    clock.pass_s(DAY_S)
    assert tidied(store) == 0
    clock.pass_s(31 * DAY_S)
    assert tidied(store) == 16
    store.close()
    assert verified(path)["ok"] is True


def test_a_clock_that_leaps_twenty_years_does_not_erase_the_past_before_it_is_put_right(tmp_path: Path) -> None:
    """Age grows at most thirty times as fast as the gate runs, over a restart too; true absence is caught up with."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    write(store, 1, clock, count=40, every_s=DAY_S // 2, denied_every=1_000)
    assert tidied(store) == 0
    good = clock.at
    clock.at = Instant(good.ms + 3_600_000, good.earliest + 7_300 * DAY_S, good.latest + 7_300 * DAY_S, "rtc")
    assert tidied(store) == 0
    store.close()
    store = opened(path, clock)
    assert tidied(store) == 0
    clock.pass_s(8 * HOUR_S)
    assert tidied(store) < 10
    clock.pass_s(3 * DAY_S)
    assert tidied(store) > 0
    store.close()
    assert left(path) == []
    assert verified(path)["ok"] is True


def test_rows_without_a_date_are_as_old_as_what_stands_behind_them(tmp_path: Path) -> None:
    """A gate that began without a clock keeps those rows while it may be that they are young."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    store.append([line_of(Record(n, "access", Instant(n), {"decision": "allow"})) for n in range(1, 4)], acked=())
    write(store, 4, clock, count=2, denied_every=1_000)
    store.append((), acked=range(1, 6))
    clock.pass_s(29 * DAY_S)
    assert tidied(store) == 0
    clock.pass_s(2 * DAY_S)
    assert tidied(store) == 5
    store.close()


def test_what_proves_the_journal_never_goes_singly(tmp_path: Path) -> None:
    """Gap records and checkpoints outlast every shortage of room: without them erasure could not be told from theft."""
    clock, path = Clock(), tmp_path / "journal.db"
    store = opened(path, clock)
    for token in range(1, 401):
        store.append([line_of(access(token, clock.at))], acked=[token])
        if token % 50 == 0:
            store.checkpoint(lambda _: None)
    tidied(store, Keep(DAY_S, DAY_S, 1, 50))
    store.close()
    assert len(left(path, "checkpoint")) == 8
    assert left(path) == []
    assert verified(path)["ok"] is True


def test_finding_what_to_let_go_of_reads_no_row_that_stays(tmp_path: Path) -> None:
    """An index leads to it: no record waits for a search through a full file."""
    store = opened(tmp_path / "journal.db", Clock())
    store.close()
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        query = f"EXPLAIN QUERY PLAN SELECT seq FROM records WHERE kind NOT IN {schema.LASTING} AND acked = 1 AND priority = 0 ORDER BY seq LIMIT 9"  # noqa: E501, S608
        plan = [str(step[3]) for step in connection.execute(query)]
    assert len(plan) == 1
    assert "INDEX mortal" in plan[0]
