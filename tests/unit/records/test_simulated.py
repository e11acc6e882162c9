"""The journal and the link without threads: the same words, the same order, the same bytes every time.

What the simulator and virtual time rely on.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from firmware.events import Use
from firmware.records import wire
from firmware.records.simulated import SimulatedLink
from tests.unit.records.making import inline, record

if TYPE_CHECKING:
    from pathlib import Path


def test_a_simulated_link_sends_in_order_and_only_once() -> None:
    """What was sent is acknowledged in the journal; pumping again sends nothing."""
    out: list[dict[str, object]] = []
    journal = inline(None)
    link = SimulatedLink(journal, out.append)
    for token in range(50):
        journal.submit(record(token))
    assert link.pump() == 50
    assert link.pump() == 0
    journal.close()
    assert [event["id"] for event in out] == [f"gate-1:00000001:{seq}" for seq in range(1, 51)]


def test_what_happens_while_the_link_is_lost_comes_in_order_when_it_is_restored() -> None:
    """Nothing is sent while it is lost, and nothing is missing or doubled afterwards."""
    out: list[dict[str, object]] = []
    journal = inline(None)
    link = SimulatedLink(journal, out.append)
    journal.submit(record(1))
    link.pump()
    link.lose()
    for token in range(2, 100):
        journal.submit(record(token))
    assert (link.up, link.pump(), len(out)) == (False, 0, 1)
    link.restore()
    assert link.up
    journal.close()
    assert [str(event["sequence"]) for event in out] == [f"{seq:012d}" for seq in range(1, 100)]


def test_the_same_records_under_the_same_epoch_give_the_same_bytes(tmp_path: Path) -> None:
    """Neither the place of the file nor the time of the day leaves a trace."""

    def run(path: Path | None) -> list[bytes]:
        out: list[bytes] = []
        journal = inline(path)
        link = SimulatedLink(journal, lambda event: out.append(wire.dump(event)))
        for token in range(10):
            journal.submit(record(token, grant=f"g-{token}", opens=True, use=Use("p", 1, 2_000_000_000)))
            link.pump()
        journal.close()
        return out

    assert run(None) == run(tmp_path / "journal.db")


def test_an_inline_journal_confirms_before_submit_returns() -> None:
    """The thread-free journal calls back at once, then wakes its watchers, and counts what is used."""
    said: list[object] = []
    journal = inline(None, said.append)
    journal.watch(lambda: said.append("woken"))
    journal.submit(record(7, use=Use("p", 1, 50)))
    assert said == [7, "woken"]
    assert journal.uses() == {"p": (1, 50)}
    assert journal.available
    assert journal.counters() == {"journal_failures": 0, "journal_waiting": 0}
    journal.close()


def test_an_inline_journal_that_could_not_write_catches_up_in_order(tmp_path: Path) -> None:
    """While another process holds the file, records wait; the next one that can be written takes them along."""
    said: list[int] = []
    path = tmp_path / "journal.db"
    journal = inline(path, said.append)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        journal.submit(record(1))
        assert not journal.available
        assert said == []
        other.execute("ROLLBACK")
    journal.submit(record(2))
    assert said == [1, 2]
    assert journal.counters() == {"journal_failures": 1, "journal_waiting": 0}
    journal.close()
