"""What an area counts outlives the process: nothing is lost, counted twice, or told before it is on disk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from firmware.control.accounts import Accounts, Knowledge
from firmware.control.counting import PATIENCE_MS, Counting
from firmware.events import (
    Alarm,
    Decision,
    Direction,
    EndGrant,
    Instant,
    Leaf,
    LeafHeard,
    Outcome,
    RaiseAlarm,
    Reason,
    Record,
    Use,
)
from firmware.passes.outcome import Pass
from firmware.records.inline import InlineJournal
from firmware.rules.capacity import AreaCapacity
from firmware.rules.decide import Place, Rulebook
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.trust.keys import TrustSet
from tests.issuing import AT_NOON, NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.events.effects import Result

POLICY = Policy.model_validate(
    {
        "profile": "t",
        "classes": {"visitor": {}},
        "capacity": {"lobby": AreaCapacity(places=10, gates=("gate-1", "gate-2"))},
        "passback": {"mode": "hard"},
    }
)
PASS = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, 0, NOON + 9, NOON + 9)
IN, OUT = Decision(Outcome.ALLOW, Direction.IN), Decision(Outcome.ALLOW, Direction.OUT)
SHORT = Leaf("e2", 0, 1, 5, 0, 0, 2)


@dataclass
class Named:
    """Every pass has a subject today."""

    def subject(self, reference: str, now: Instant) -> str | None:  # noqa: ARG002  one day is all there is
        """Name a pass by its first letters."""
        return reference[:16]

    def told(self) -> dict[str, object]:
        """Say nothing of keys."""
        return {}


class Run:
    """One run of a gate over a real journal file, without a door."""

    def __init__(self, path: Path, run: str) -> None:
        """Open the journal, and take the count up."""
        self.told: list[Leaf] = []
        self.committed: list[int] = []
        self.journal = InlineJournal(path, "gate-1", committed=self.committed.append)
        presence = Presence.rebuilt(self.journal.uses())
        self.counting = Counting(
            presence, epoch=f"e-{run}", kept=lambda: self.journal.kept, tell=lambda leaf, _limit: self.told.append(leaf)
        )
        know = Knowledge(run, Place("gate-1", "lobby"), {}, TrustSet(), Rulebook.unlimited(POLICY), subjects=Named())
        self.accounts = Accounts(know, presence, self.counting)

    def enter(self, decision: Decision = IN, reading: Pass | None = PASS) -> str:
        """Let somebody go: their grant, which is on disk."""
        record = self.accounts.decided(decision, reading, "outside", AT_NOON)
        self.write(record)
        assert record.grant is not None
        return record.grant

    def end(self, grant: str, result: Result = "confirmed") -> None:
        """Record how a grant ended."""
        self.write(self.accounts.ended(EndGrant(grant, result), AT_NOON))

    def settle(self, now: Instant = AT_NOON) -> Record | None:
        """End a turn; what it records is on disk."""
        record = self.accounts.settled(now)
        if record is not None:
            self.write(record)
        return record

    def write(self, record: Record) -> None:
        """Commit a record, and say so."""
        self.journal.submit(record)
        self.counting.committed(record.token)

    def people(self) -> int:
        """How many are inside."""
        return self.counting.area.inside(0).people


@dataclass
class Gate:
    """A gate that is killed and started again."""

    path: Path
    runs: list[Run] = field(default_factory=list)

    def start(self) -> Run:
        """Start it; whatever the run before had in memory is gone."""
        if self.runs:
            self.runs[-1].journal.close()
        self.runs.append(Run(self.path, str(len(self.runs))))
        return self.runs[-1]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Lend a gate that has never run."""
    gate = Gate(tmp_path / "journal.db")
    yield gate
    gate.runs[-1].journal.close()


def test_counts_stays_moves_and_gifts_are_there_after_a_kill(gate: Gate) -> None:
    """Every number of the ledger, whoever is inside, and who may not come in again."""
    run = gate.start()
    for reading in (PASS, None, None):
        run.end(run.enter(reading=reading))
    run.end(run.enter(OUT, None))
    for seq in (1, 2):
        run.counting.hear(LeafHeard("gate-2", replace(SHORT, seq=seq)), AT_NOON)
    assert run.settle() is not None
    before = run.counting.area.own
    assert (before.entered, before.left, dict(before.given), len(before.stays)) == (3, 1, {"gate-2": 2}, 2)
    for _ in range(2):
        after = gate.start().counting.area
        own = after.own
        assert (own.epoch, own.entered, own.left, own.given) == (before.epoch, 3, 1, before.given)
        assert (set(own.stays), own.used) == (set(before.stays), before.used)
        assert own.seq > before.seq
        last = after.moves.last("seen by nobody", PASS.reference[:16])
        assert last is not None
        assert last.direction is Direction.IN
    assert PASS.reference not in str(gate.runs[-1].journal.kept)


def test_an_unused_grant_after_a_kill_leaves_the_move_before_it(gate: Gate) -> None:
    """Whoever is inside, is let in again and does not go, is inside after the next kill too."""
    run = gate.start()
    run.end(run.enter(reading=PASS))
    run = gate.start()
    run.end(run.enter(reading=PASS), "annulled")
    moves = gate.start().counting.area.moves
    assert moves.last("seen by nobody", PASS.reference[:16]) is not None


@pytest.mark.parametrize(("decision", "people"), [(IN, 1), (OUT, 0)])
def test_a_grant_that_a_kill_left_open_counts_once_and_as_somebody_inside(
    gate: Gate, decision: Decision, people: int
) -> None:
    """Nobody knows whether they went in, or got out: over two kills it is one person, on whichever side is safe."""
    run = gate.start()
    if decision is OUT:
        run.end(run.enter(reading=None))
        run.end(run.enter(OUT, None))
    run.enter(decision)
    for _ in range(3):
        run = gate.start()
        assert run.counting.area.under_way.keys() == {"0-1" if decision is IN else "0-3"}
    assert run.settle() is not None
    run = gate.start()
    assert run.settle() is None
    assert (run.people(), dict(run.counting.area.under_way)) == (people, {})


def test_an_annulled_grant_leaves_nothing(gate: Gate) -> None:
    """Its place is given back, and the pass may come again at once."""
    run = gate.start()
    run.end(run.enter(), "annulled")
    run = gate.start()
    assert (run.people(), run.counting.area.under_way, run.counting.area.moves.here) == (0, {}, {})


def test_nothing_is_told_before_it_is_on_disk(gate: Gate) -> None:
    """A leaf waits for the newest record that changes the count; then it is told once."""
    gate.start().end(gate.runs[-1].enter(reading=None))
    run = gate.start()
    run.settle()
    run.told.clear()
    record = run.accounts.decided(IN, PASS, "outside", AT_NOON)
    run.settle()
    assert run.told == []
    run.write(record)
    run.settle()
    run.settle()
    assert [leaf.reserved for leaf in run.told] == [3]
    assert record.grant is not None
    run.end(record.grant)
    run.settle()
    assert [(leaf.entered, leaf.used[0].subject) for leaf in run.told[1:]] == [(2, "a" * 16)]


def test_a_count_that_begins_anew_waits_for_its_own_last_leaf(gate: Gate) -> None:
    """Its first leaf would overwrite it: told after a minute at the latest, and at once when the old one was heard."""
    run = gate.start()
    run.settle()
    run.settle(replace(AT_NOON, ms=AT_NOON.ms + PATIENCE_MS - 1))
    assert run.told == []
    run.counting.hear(LeafHeard("gate-1", Leaf("old", 0, 9, 4, 1)), AT_NOON)
    assert run.settle() is not None
    run.settle()
    assert [(leaf.entered, leaf.left) for leaf in run.told] == [(4, 1)]
    again = gate.start()
    again.counting.hear(LeafHeard("gate-1", Leaf("old", 0, 9, 4, 1)), AT_NOON)
    assert (again.settle(), again.people()) == (None, 3)


def test_a_first_leaf_is_told_after_a_while(gate: Gate) -> None:
    """A gate that is new to its area has no last one."""
    run = gate.start()
    run.settle()
    run.settle(replace(AT_NOON, ms=AT_NOON.ms + PATIENCE_MS))
    assert [leaf.reserved for leaf in run.told] == [5]


def test_a_restricted_passage_is_counted_and_names_nobody(gate: Gate) -> None:
    """What only a few may read of somebody could else be read from whose turn it was in the leaf."""
    run = gate.start()
    run.end(run.enter(Decision(Outcome.ALLOW, Direction.IN, remark=Reason.HEALTH)))
    assert (run.people(), run.counting.area.own.used) == (1, ())


def test_a_journal_that_opens_late_brings_the_count_and_takes_whoever_left(gate: Gate) -> None:
    """Until then nothing is kept or told: a count from nothing must not be written over the one on disk."""
    run = gate.start()
    for _ in range(3):
        run.end(run.enter(reading=None))
    late = gate.start()
    found: dict[str, str] | None = None
    presence = Presence()
    late.counting = Counting(presence, epoch="e9", kept=lambda: found, tell=lambda leaf, _limit: late.told.append(leaf))
    late.accounts = Accounts(run.accounts._knowledge, presence, late.counting)
    out = late.accounts.decided(OUT, None, "inside", AT_NOON)
    assert out.grant is not None
    ended = late.accounts.ended(EndGrant(out.grant, "confirmed"), AT_NOON)
    assert (out.kept, ended.kept, late.settle(), late.told) == ((), (), None, [])
    found = late.journal.kept
    late.counting.woken()
    late.counting.woken()
    assert late.settle() is not None
    assert (late.people(), gate.start().people()) == (2, 2)


def test_whoever_was_on_their_way_out_when_the_journal_opened_has_left(gate: Gate) -> None:
    """Their place is free, and no anti-passback takes them to be inside still."""
    run = gate.start()
    run.end(run.enter())
    late = gate.start()
    found: dict[str, str] | None = None
    presence = Presence(subject=Named().subject)
    late.counting = Counting(presence, epoch="e9", kept=lambda: found)
    late.accounts = Accounts(run.accounts._knowledge, presence, late.counting)
    later = replace(AT_NOON, ms=9_000, earliest=NOON + 9, latest=NOON + 9)
    out = late.accounts.decided(OUT, PASS, "inside", later)
    assert out.grant is not None
    found = late.journal.kept
    late.counting.woken()
    late.accounts.ended(EndGrant(out.grant, "confirmed"), later)
    last = presence.last(PASS, later)
    assert (late.people(), last and last.direction) == (0, Direction.OUT)


def test_a_journal_that_had_to_be_replaced_is_given_everything_again(gate: Gate, tmp_path: Path) -> None:
    """Also what had not changed since; the epoch stays, for this memory was never lost."""
    run = gate.start()
    run.end(run.enter())
    run.end(run.enter(reading=None))
    run.accounts.told([RaiseAlarm(Alarm.JOURNAL_REPLACED)], AT_NOON)
    record = run.accounts.settled(AT_NOON)
    assert record is not None
    fresh = InlineJournal(tmp_path / "fresh.db", "gate-1", committed=lambda _: None)
    fresh.submit(record)
    assert fresh.kept == run.journal.kept
    fresh.close()


def test_uses_and_counts_stand_in_one_record() -> None:
    """What is on disk of a pass and of the area cannot disagree."""
    presence = Presence()
    counting = Counting(presence, epoch="e")
    know = Knowledge("r", Place("gate-1", "lobby"), {}, TrustSet(), Rulebook.unlimited(POLICY), subjects=Named())
    once = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, 0, NOON + 9, NOON + 9, entries=1)
    record = Accounts(know, presence, counting).decided(IN, once, "outside", AT_NOON)
    assert record.use == Use(once.reference, 1, once.expires)
    assert [name for name, _ in record.kept] == ["area.way.r-1", f"area.move.{once.reference[:16]}"]


def test_damaged_texts_are_left_out(tmp_path: Path) -> None:
    """A bit flipped in one of them loses that one and keeps the gate from nothing."""
    junk = {"area": "[1]", "area.stay.1.x": "{", "area.stay.2.": "[1]", "area.way.g": "[]", "area.move.r": "7"}
    counting = Counting(Presence(), epoch="e", kept=lambda: junk)
    own = counting.area.own
    assert (own.epoch, own.entered, len(own.stays), counting.area.moves.here) == ("e", 0, 1, {})
    assert not list(tmp_path.iterdir())


def test_numbers_for_health() -> None:
    """Flat, whole, and with the limit where there is one."""
    counting = Counting(Presence(), epoch="e")
    counting.relearn(Place("gate-1", "lobby"), Rulebook.unlimited(POLICY))
    refused = Decision(Outcome.DENY, Direction.IN, Reason.FULL)
    counting.decided(refused, PASS, Record(1, "access", AT_NOON, {}))
    counting.hear(LeafHeard("gate-2", SHORT), AT_NOON)
    counting.hear(LeafHeard("gate-2", SHORT), AT_NOON)
    counting.settle(replace(AT_NOON, ms=AT_NOON.ms + 3_000))
    assert counting.numbers == {
        "area_estimated": 0,
        "area_full": 1,
        "area_heard": 1,
        "area_held": 5,
        "area_inside": 5,
        "area_limit": 10,
        "area_missing": 0,
        "area_oldest_s": 3,
        "area_passback": 0,
        "area_refused": 1,
    }
    counting.hear(LeafHeard("gate-2", None), AT_NOON)
    counting.settle(AT_NOON)
    assert counting.numbers["area_missing"] == 1
