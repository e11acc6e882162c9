"""An area's count at one gate: what is counted when, which leaves count, how forgotten check-outs end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.events import Direction, Leaf, Move
from firmware.rules.capacity import AreaCapacity
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import ASK_MS, Occupancy
from firmware.rules.siblings import MOST_SIBLINGS, LeafRefusal
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.one_area import ANN, EMPTY, LEAF, PAIR, ZONE, area, at, people

if TYPE_CHECKING:
    from firmware.events.effects import Result

RESULTS: list[tuple[Direction, Result, int]] = [
    (Direction.IN, "confirmed", 4),
    (Direction.IN, "inferred", 4),
    (Direction.IN, "assumed", 4),
    (Direction.IN, "outcome_unknown", 4),
    (Direction.IN, "annulled", 3),
    (Direction.OUT, "confirmed", 2),
    (Direction.OUT, "inferred", 2),
    (Direction.OUT, "assumed", 2),
    (Direction.OUT, "outcome_unknown", 3),
    (Direction.OUT, "annulled", 3),
]


@pytest.mark.parametrize(("direction", "result", "inside"), RESULTS)
def test_a_passage_counts_and_a_grant_does_not(direction: Direction, result: Result, inside: int) -> None:
    """Counted on passage, annulled when unused; of what nobody knows, somebody counts as inside."""
    one = area(own=replace(EMPTY, entered=5, left=2))
    (one.let_in if direction is Direction.IN else one.let_out)("g")
    one.ended("g", result, AT_NOON)
    one.ended("g", "confirmed", AT_NOON)
    assert people(one) == inside
    assert one.own.entered + one.own.left == 7 + (inside != 3)


def test_a_grant_takes_its_place_before_anybody_went() -> None:
    """Two people granted at once do not share the last place; an unused grant gives it back."""
    one = area(AreaCapacity(places=1, gates=("gate-1",)))
    one.let_in("g")
    assert one.full(one.rule)
    one.let_out("h")
    assert one.full(one.rule)
    one.ended("g", "annulled", AT_NOON)
    assert not one.full(one.rule)
    assert not one.full(None)


def test_an_area_that_is_over_full_as_a_whole_is_full_at_a_gate_that_holds_places() -> None:
    """An officer let in ten at the other gate: this one keeps its own five places back."""
    one = area()
    assert one.held(one.rule) == 5
    assert one.hear("gate-2", replace(LEAF, entered=10, reserved=0), 0) is None
    assert (one.held(one.rule), one.full(one.rule)) == (5, True)
    assert one.hear("gate-2", replace(LEAF, seq=2, entered=10, left=1, reserved=0), 0) is None
    assert not one.full(one.rule)


def test_a_gate_that_the_policy_does_not_name_makes_no_places() -> None:
    """Any gate of the fleet can say something of any area: it is given nothing, gives nothing and lets nobody out."""
    one = area()
    thief = Leaf("z", 0, 1, 0, 1_000, 0, 1_000, (("gate-1", 1_000),))
    one.hear("elsewhere", thief, 0)
    one.hear("elsewhere", replace(thief, seq=2), 0)
    one.settle(AT_NOON, ZONE)
    assert (one.own.given, one.held(one.rule), one.staying()) == ({}, 5, -1)
    one.relearn(None)
    assert one.staying() == -1_001


def test_a_gate_that_the_policy_does_not_name_lets_nobody_in() -> None:
    """Whoever leaves by it gives it a place, and so may a sibling that another policy moves; it fills none of them."""
    one = Occupancy("gate-9", Ledger("e9"), PAIR)
    one.hear("gate-2", replace(LEAF, given=(("gate-9", 3),)), 0)
    one.let_out("g")
    one.ended("g", "confirmed", AT_NOON)
    assert (one.full(PAIR), one.held(PAIR)) == (True, 4)


def test_shares_are_whole_and_sum_up_and_never_fall_when_the_limit_rises() -> None:
    """What the proof of the bound rests on."""
    gates = ("c", "a", "b")
    before = (0, 0, 0)
    for places in range(20):
        rule = AreaCapacity(places=places, gates=gates)
        shares = (rule.share("a"), rule.share("b"), rule.share("c"))
        assert sum(shares) == rule.limit == places
        assert all(old <= new for old, new in zip(before, shares, strict=True))
        before = shares
    assert AreaCapacity(places=9, gates=gates).share("stranger") == 0


def test_what_is_given_is_gone_here_and_there_there() -> None:
    """A sibling short of places is given some of what is not needed here, once for each of its leaves."""
    one, two = area(), Occupancy("gate-2", Ledger("e2"), PAIR)
    short = replace(LEAF, entered=5, reserved=0, wanted=1)
    one.hear("gate-2", replace(short, seq=0), 0)
    one.hear("gate-2", short, 0)
    one.settle(AT_NOON, ZONE)
    one.settle(AT_NOON, ZONE)
    assert (one.own.given, one.held(PAIR)) == ({"gate-2": 1}, 4)
    leaf = one.news()
    assert leaf is not None
    assert (leaf.given, leaf.reserved, leaf.seq, one.news()) == ((("gate-2", 1),), 4, 1, None)
    two.hear("gate-1", leaf, 0)
    assert two.held(PAIR) == 6
    one.hear("gate-2", replace(short, seq=2, wanted=8), 0)
    one.settle(AT_NOON, ZONE)
    assert (one.own.given, one.held(PAIR)) == ({"gate-2": 5}, 0)


@pytest.mark.parametrize(
    ("first", "leaf"),
    [
        (LEAF, replace(LEAF, seq=2, reserved=1)),
        (None, replace(LEAF, reserved=0)),
        (LEAF, replace(LEAF, seq=2, reserved=0, generation=1)),
    ],
)
def test_nothing_is_given_to_who_has_enough_or_may_be_gone_or_counts_by_another_reset(
    first: Leaf | None, leaf: Leaf
) -> None:
    """A place given away is gone for good where nobody takes it: the first leaf may have lain there for a year."""
    one = area()
    if first is not None:
        one.hear("gate-2", first, 0)
    one.hear("gate-2", leaf, 0)
    one.settle(AT_NOON, ZONE)
    assert one.own.given == {}


def test_whoever_was_turned_away_is_asked_for_as_long_as_they_may_wait() -> None:
    """The leaf asks for one place more, and no more when they have gone; and meanwhile keeps its own."""
    one = area()
    before = one.news()
    one.turned_away(0)
    asked = one.news()
    assert before is not None
    assert asked is not None
    assert (before.wanted, asked.wanted) == (1, 2)
    one.settle(replace(AT_NOON, ms=ASK_MS - 1), ZONE)
    assert one.news() is None
    one.settle(replace(AT_NOON, ms=ASK_MS), ZONE)
    after = one.news()
    assert after is not None
    assert after.wanted == 1


GOOD = replace(LEAF, seq=7, generation=2, entered=4, left=3, estimated=1, given=(("gate-1", 2),))
LEAVES = [
    (replace(GOOD, seq=8), None),
    (replace(GOOD, seq=8, entered=5, given=(("gate-1", 3), ("gate-3", 1))), None),
    (replace(GOOD, epoch="e3", seq=1, entered=0, left=0, estimated=0, given=()), None),
    (replace(GOOD, generation=3, seq=1, entered=0), None),
    (GOOD, LeafRefusal.OLD),
    (replace(GOOD, seq=6), LeafRefusal.OLD),
    (replace(GOOD, seq=8, generation=1), LeafRefusal.OLD),
    (replace(GOOD, seq=8, epoch="e0"), LeafRefusal.OLD),
    (replace(GOOD, seq=8, entered=3), LeafRefusal.IMPOSSIBLE),
    (replace(GOOD, seq=8, left=2), LeafRefusal.IMPOSSIBLE),
    (replace(GOOD, seq=8, estimated=0), LeafRefusal.IMPOSSIBLE),
    (replace(GOOD, seq=8, given=()), LeafRefusal.IMPOSSIBLE),
    (replace(GOOD, seq=8, given=(("gate-1", 1),)), LeafRefusal.IMPOSSIBLE),
]


@pytest.mark.parametrize(("leaf", "why"), LEAVES)
def test_a_leaf_that_is_older_or_cannot_be_is_refused_and_counted(leaf: Leaf, why: LeafRefusal | None) -> None:
    """By generation, ended epoch and number; counts that shrink; and what was known stays."""
    one = area(own=replace(EMPTY, generation=2))
    assert one.hear("gate-2", replace(GOOD, epoch="e0", seq=90), 1) is None
    assert one.hear("gate-2", GOOD, 1) is None
    assert one.hear("gate-2", leaf, 2) is why
    assert one.siblings["gate-2"].leaf == (leaf if why is None else GOOD)
    assert dict(one.refused) == ({} if why is None else {why: 1})


def test_a_leaf_from_before_this_gates_reset_is_refused_of_whomever_it_is() -> None:
    """Also of a gate that has never been heard."""
    one = area(own=replace(EMPTY, generation=2))
    assert one.hear("gate-9", replace(LEAF, generation=1), 0) is LeafRefusal.OLD
    assert one.siblings == {}


def test_only_so_many_gates_are_remembered() -> None:
    """Whoever has more certificates than an area has gates fills no memory; who is known goes on."""
    one = area()
    for number in range(MOST_SIBLINGS):
        assert one.hear(f"gate-{number + 2}", LEAF, 0) is None
    assert one.hear("gate-999", LEAF, 0) is LeafRefusal.TOO_MANY
    assert one.hear("gate-2", replace(LEAF, seq=2), 0) is None
    one.forget("gate-3")
    assert one.hear("gate-999", LEAF, 0) is None


def test_a_reset_counts_anew_and_waits_for_the_others() -> None:
    """Generation 1: nobody is inside, every share is whole, and a sibling counts again when it has reset too."""
    one = area(own=replace(EMPTY, entered=5, given={"gate-2": 3}))
    one.hear("gate-2", replace(LEAF, entered=4), 0)
    one.relearn(PAIR.model_copy(update={"generation": 1}))
    assert (people(one), one.held(one.rule), one.own.generation) == (0, 5, 1)
    assert one.hear("gate-2", replace(LEAF, generation=1, entered=2), 0) is None
    assert people(one) == 2
    one.relearn(PAIR)
    assert (people(one), one.own.generation) == (2, 1)


def test_a_gate_that_lost_its_memory_goes_on_from_its_own_last_leaf_once() -> None:
    """What it hears again, or of its own epoch, or from before a reset, adds nothing."""
    one = area(own=replace(EMPTY, entered=1, given={"gate-2": 1}))
    mine = replace(LEAF, epoch="e0", entered=3, left=1, estimated=1, strays=1, given=(("gate-2", 2), ("gate-3", 1)))
    for _ in range(2):
        assert one.hear("gate-1", mine, 0) is None
    assert one.hear("gate-1", replace(mine, epoch="e1", entered=9), 0) is None
    assert one.hear("gate-1", replace(mine, epoch="e5", generation=1), 0) is None
    own = one.own
    assert (own.entered, own.left, own.estimated, own.strays, own.past) == (4, 1, 1, 1, ("e0",))
    assert own.given == {"gate-2": 3, "gate-3": 1}


def test_how_old_a_number_is_stands_beside_it() -> None:
    """The oldest sibling's age, those who have said nothing, and how many of the exits are estimates."""
    one = area(AreaCapacity(places=10, gates=("gate-1", "gate-2", "gate-3")), replace(EMPTY, estimated=1))
    one.hear("gate-2", replace(LEAF, entered=4, left=2, estimated=2), 1_000)
    known = one.inside(6_000)
    assert (known.people, known.limit, known.estimated, known.missing, known.oldest_ms) == (2, 10, 3, 1, 5_000)
    assert area(None, replace(EMPTY, left=3)).inside(0).people == 0


def test_an_exit_is_told_to_siblings_and_each_unknown_one_is_a_stray() -> None:
    """The subject with its way, and as many strays as there were."""
    one = area()
    for grant, subject in (("1", ANN), ("2", None), ("3", None)):
        one.let_out(grant, subject)
        one.ended(grant, "confirmed", AT_NOON)
    leaf = one.news()
    assert leaf is not None
    assert (leaf.used, leaf.strays, leaf.left) == ((Move(ANN, Direction.OUT, NOON),), 3, 3)


def test_whoever_is_on_the_way_in_holds_a_place_and_is_counted_inside() -> None:
    """Before the record of the passage is there, here and in the sum."""
    one = area()
    one.let_in("g")
    assert (one.held(PAIR), people(one)) == (4, 1)
    assert not one.full(PAIR)
    one.hear("gate-2", replace(LEAF, entered=9, reserved=0), 0)
    assert one.full(PAIR)


def test_what_a_gate_likes_to_have_at_hand_goes_only_to_who_has_somebody_waiting() -> None:
    """Five held here and one of them kept for whoever comes next, unless a person stands at the other gate."""
    one = area()
    for seq, wanted in ((1, 9), (2, 9)):
        one.hear("gate-2", replace(LEAF, seq=seq, entered=5, reserved=0, wanted=wanted), 0)
    one.turned_away(0)
    one.settle(replace(AT_NOON, ms=0), ZONE)
    assert one.held(PAIR) == 2
    assert one.own.given == {"gate-2": 3}


def test_every_refused_leaf_is_counted() -> None:
    """Twice is two."""
    one = area()
    for _ in range(3):
        one.hear("gate-2", LEAF, 0)
    assert one.refused[LeafRefusal.OLD] == 2


def test_an_area_closes_by_the_clock_on_its_wall() -> None:
    """At six in the evening there, which is eleven in the morning by UTC."""
    one = area(PAIR.model_copy(update={"closes": "18:00"}))
    one.let_in("g")
    one.ended("g", "confirmed", at(NOON + 60))
    one.settle(at(NOON + 8 * 3600 - 1), ZONE)
    assert people(one) == 1
    one.settle(at(NOON + 8 * 3600), ZONE)
    assert people(one) == 0
