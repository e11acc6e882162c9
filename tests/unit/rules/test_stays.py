"""Who is still inside: stays that end by whoever leaves, by a sibling's word, or by an estimate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.events import NEVER, Direction, Instant, Move
from firmware.rules.ledger import MOST_TOLD
from firmware.rules.stays import LONGEST_S, Stay, dated, in_order, last_closing, next_closing, over
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.one_area import ANN, BEN, LEAF, PAIR, ZONE, area, at, people

TIMES: list[tuple[dict[str, object], int]] = [
    ({}, LONGEST_S),
    ({"usual_stay_minutes": 90}, 5_400),
    ({"closes": "18:00"}, 8 * 3600),
    ({"closes": "24:00"}, 14 * 3600),
    ({"closes": "10:00"}, LONGEST_S),
    ({"usual_stay_minutes": 600, "closes": "18:00"}, 8 * 3600),
    ({"usual_stay_minutes": 60, "closes": "18:00"}, 3600),
]


@pytest.mark.parametrize(("fields", "after_s"), TIMES)
def test_a_forgotten_check_out_ends_at_the_first_of_three(fields: dict[str, object], after_s: int) -> None:
    """Usual stay, closing time (local) and 24 hours, at both ends of the clock; NOON is ten in the morning there."""
    rule = PAIR.model_copy(update=fields)
    stay = Stay(NOON)
    assert not over(stay, rule, at(NOON + after_s - 1), ZONE)
    assert over(stay, rule, at(NOON + after_s), ZONE)
    assert not over(stay, rule, Instant(0, NOON + after_s - 1, NEVER), ZONE)


def test_closings_lie_on_both_sides_of_a_moment() -> None:
    """The last one up to it, itself included, and the first one after it."""
    assert (last_closing(NOON, "10:00", ZONE), next_closing(NOON, "10:00", ZONE)) == (NOON, NOON + 86_400)
    assert last_closing(NOON - 1, "10:00", ZONE) == NOON - 86_400
    assert last_closing(NOON, "00:00", ZONE) == NOON - 36_000
    assert last_closing(NOON, "10:01", ZONE) == NOON + 60 - 86_400


def test_an_estimate_is_marked_and_makes_room() -> None:
    """Somebody who never showed out: gone after the usual stay, as `estimated`."""
    one = area(PAIR.model_copy(update={"usual_stay_minutes": 60}))
    one.let_in("g")
    one.ended("g", "confirmed", at(NOON))
    one.settle(at(NOON + 3_599), ZONE)
    assert people(one) == 1
    one.settle(at(NOON + 3_600), ZONE)
    one.settle(at(NOON + 3_600), ZONE)
    leaf = one.news()
    assert leaf is not None
    assert (leaf.entered, leaf.left, leaf.estimated, one.held(one.rule)) == (1, 1, 1, 5)


def test_a_clock_that_was_a_year_ahead_holds_no_places_for_a_year() -> None:
    """Stays of then hide nobody who is over by now, and begin anew when the clock was put right."""
    one = area()
    for grant, moment in (("g", NOON + 365 * LONGEST_S), ("h", NOON), ("i", NOON + 60), ("j", NOON + 30)):
        one.let_in(grant)
        one.ended(grant, "confirmed", at(moment))
        one.settle(at(min(moment, NOON + 60)), ZONE)
    assert [stay.at - NOON for stay in one.own.stays] == [0, 30, 60, 60]
    one.settle(at(NOON + LONGEST_S), ZONE)
    assert people(one) == 3
    one.settle(at(NOON + 60 + LONGEST_S), ZONE)
    assert (people(one), one.own.stays) == (0, ())


def test_stays_stand_by_when_they_began_and_none_of_them_more_than_a_day_ahead() -> None:
    """One that begins a second more than a day ahead begins now; of two that began at once the newer stands last."""
    tomorrow, wrong = Stay(NOON + LONGEST_S), Stay(NOON + LONGEST_S + 1, ANN)
    assert dated((Stay(NOON + 5), tomorrow, wrong), AT_NOON) == (Stay(NOON, ANN), Stay(NOON + 5), tomorrow)
    assert dated((), AT_NOON) == ()
    assert in_order((Stay(NOON), Stay(NOON + 9), Stay(NOON, BEN))) == (Stay(NOON), Stay(NOON, BEN), Stay(NOON + 9))
    as_it_was = replace(area().own, stays=(Stay(NOON), tomorrow))
    assert as_it_was.redated(AT_NOON) is as_it_was


LEAVING: list[tuple[str | None, tuple[Move, ...], int, tuple[str | None, ...]]] = [
    (ANN, (), 0, (None, BEN)),
    (None, (), 0, (ANN, BEN)),
    ("c" * 16, (Move("c" * 16, Direction.IN, NOON),), 0, (ANN, None, BEN)),
    ("c" * 16, (), 0, (ANN, BEN)),
]


@pytest.mark.parametrize(("subject", "told", "strays", "left"), LEAVING)
def test_whoever_leaves_ends_a_stay(
    subject: str | None, told: tuple[Move, ...], strays: int, left: tuple[str | None, ...]
) -> None:
    """Their own, a sibling's, or that of somebody as unknown; a sibling's is not touched here."""
    one = area()
    for grant, who in (("1", ANN), ("2", None), ("3", BEN)):
        one.let_in(grant, who)
        one.ended(grant, "confirmed", AT_NOON)
    one.hear("gate-2", replace(LEAF, used=told), 0)
    one.let_out("out", subject)
    one.ended("out", "confirmed", AT_NOON)
    assert tuple(stay.subject for stay in one.own.stays) == left
    assert (one.own.left, one.own.strays) == (1, strays)


def test_an_exit_that_a_sibling_saw_ends_the_stay_here_and_is_counted_once() -> None:
    """In by this gate, out by that one; an older move of the same day ends no newer stay."""
    one = area()
    one.let_in("g", ANN)
    one.ended("g", "confirmed", at(NOON))
    one.hear("gate-2", replace(LEAF, left=1, used=(Move(ANN, Direction.OUT, NOON - 1),)), 0)
    assert len(one.own.stays) == 1
    one.hear("gate-2", replace(LEAF, seq=2, left=1, used=(Move(ANN, Direction.IN, NOON + 9),)), 0)
    assert len(one.own.stays) == 1
    one.hear("gate-2", replace(LEAF, seq=3, left=1, used=(Move(ANN, Direction.OUT, NOON + 9),)), 0)
    assert (len(one.own.stays), people(one)) == (0, 0)
    one.settle(at(NOON + 2 * LONGEST_S), ZONE)
    assert (one.own.left, one.own.estimated) == (0, 0)


def test_a_stray_exit_elsewhere_stands_for_the_stay_that_is_forgotten_here() -> None:
    """Unknown to everybody, in here and out there: the estimate does not count them out again."""
    one = area()
    one.let_in("g")
    one.ended("g", "assumed", at(NOON))
    one.hear("gate-2", replace(LEAF, left=1, strays=1), 0)
    one.settle(at(NOON + LONGEST_S), ZONE)
    assert (one.own.left, one.own.estimated, one.own.strays, people(one)) == (0, 0, -1, 0)


def test_a_leaf_carries_the_newest_moves_and_only_of_known_subjects() -> None:
    """Bounded, oldest first; whoever has no subject is counted and not told."""
    one = area(None)
    for number in range(MOST_TOLD + 3):
        one.let_in(str(number), f"{number:016x}")
        one.ended(str(number), "confirmed", at(NOON + number))
    one.let_in("x")
    one.ended("x", "confirmed", at(NOON))
    leaf = one.news()
    assert leaf is not None
    assert len(leaf.used) == MOST_TOLD
    assert leaf.used[0] == Move(f"{3:016x}", Direction.IN, NOON + 3)
    assert leaf.entered == MOST_TOLD + 4
