"""A full disk, and a journal that the disk has altered: who cannot be written down does not enter, everybody leaves.

The disk is a real one of one megabyte, the damage is done to the bytes of the file.
"""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.events import Instant, Reason, Record
from firmware.records.inline import InlineJournal
from provisioning.rig.gate import RELAY, Plan, Rig
from tests.torture.disk import can_mount, fill, small_disk
from tests.torture.papers import Office, Paper
from tests.torture.stand import Stand

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OUTSIDE, INSIDE = "outside", "inside"
PLAN = Plan(readers={OUTSIDE: None, INSIDE: None}, unlock_ms=500, max_unlock_ms=1000, health_s=1)


def test_full_disk_admits_nobody_until_there_is_room(tmp_path: Path) -> None:
    """With a full disk an entry is refused, an exit opens, and with room again everything is written and reported."""
    if not can_mount(tmp_path / "probe"):
        pytest.skip("a full disk needs root and a kernel that lets it mount a tmpfs")
    state = tmp_path / "rig" / "state"
    state.mkdir(parents=True)
    with small_disk(state), Stand(tmp_path / "rig", PLAN) as stand:
        assert stand.present(stand.office.good(), OUTSIDE) == []
        ballast = fill(state / "ballast")
        shut = stand.office.good()
        mark = stand.pins.mark()
        # Whatever room is left inside the files is used up first: those entries are written and may open.
        stand.lanes[OUTSIDE].show(shut.code)
        assert stand.says("journal: cannot write")
        assert stand.health("journal_failures", 1)
        assert stand.pins.rests(RELAY)
        assert stand.pins.rises(RELAY, mark) == 0
        assert stand.leave(INSIDE) == []
        ballast.unlink()
        assert stand.says("journal: the disk takes records again")
        assert stand.present(stand.office.good(), OUTSIDE) == []
        assert stand.caught_up()
        ledger = stand.ledger()
        assert (ledger.faults(), stand.arrivals.judge(ledger)) == ([], [])
        assert [entry.body["reason"] for entry in ledger.entries if entry.kind == "grant"].count(Reason.STORAGE) == 1
        assert "Traceback" not in stand.log()


def garbage(journal: Path) -> None:
    """Make it no database at all."""
    journal.write_bytes(os.urandom(8192))


def cut_short(journal: Path) -> None:
    """Lose the second half of it."""
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])


def altered(journal: Path) -> None:
    """Overwrite the page on which it stands who has used what."""
    with closing(sqlite3.connect(journal)) as opened:
        ((size,),) = opened.execute("PRAGMA page_size")
        ((page,),) = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = 'uses'")
    data = bytearray(journal.read_bytes())
    data[(page - 1) * size : page * size] = os.urandom(size)
    journal.write_bytes(data)


def emptied(journal: Path) -> None:
    """Leave nothing in it."""
    journal.write_bytes(b"")


@pytest.mark.parametrize("damage", [garbage, cut_short, altered, emptied])
def test_damaged_journal_is_put_aside_and_the_gate_works_on(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """A gate that finds its journal damaged keeps it, says so once, begins a new epoch, and opens for a good pass.

    A one-entry pass from before, of which nobody knows any more whether it was used, stays out.
    """
    papers: list[Paper] = []

    def adapt(rig: Rig) -> None:
        papers.append(replace(Office(rig.desk, random.Random(0)).once(), reason=Reason.USED))  # noqa: S311
        _leave_behind(rig, damage)

    with Stand(tmp_path, PLAN, adapt=adapt) as stand:
        assert stand.present(stand.office.good(), OUTSIDE) == []
        assert stand.present(papers[0], OUTSIDE) == []
        assert stand.leave(INSIDE) == []
        ledger = stand.settled()
        assert (ledger.faults(), ledger.entries[0].body["what"]) == ([], "journal_replaced")
        assert (tmp_path / "state" / "journal.corrupt-1").exists()
        assert [line.startswith("ERROR") for line in stand.log().splitlines()].count(True) == 1
        assert "Traceback" not in stand.log()


def _leave_behind(rig: Rig, damage: Callable[[Path], None]) -> None:
    """Leave the journal of an earlier run, and let the disk have its way with it."""
    path = rig.folder / "state" / "journal.db"
    journal = InlineJournal(path, rig.plan.gate, committed=lambda _: None)
    for token in range(200):
        journal.submit(Record(token, "access", Instant(token), {"decision": "deny", "filler": "x" * 100}))
    journal.close()
    damage(path)
