"""The edges of an area's count: what stands at a limit, comes twice, comes too late or was never there."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from firmware.events import MOST_COUNTED, NEVER, Direction, Instant, Leaf, Move
from firmware.rules.ledger import MOST_GIVEN, Ledger
from firmware.rules.occupancy import ASK_MS
from firmware.rules.passback import DAY_S, MOST_KEPT, Last, Moves
from firmware.rules.stays import MOST, Stay, last_closing, next_closing, second
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.one_area import ANN, BEN, EMPTY, LEAF, PAIR, ZONE, area, at, people

NEW_YORK = ZoneInfo("America/New_York")
FALL_BACK = 1_762_063_200
"""2 November 2025, 02:00 there by summer time, when clocks showed 01:00 again."""


def test_a_passage_is_at_the_latest_second_it_may_be_or_the_earliest_of_a_clock_nobody_vouches_for() -> None:
    """A stay that began late ends late; one that began at no time at all would never end."""
    assert second(Instant(0, NOON, NOON + 9)) == NOON + 9
    assert second(Instant(0, NOON, NEVER - 1)) == NEVER - 1
    assert second(Instant(0, NOON, NEVER)) == NOON


def test_closings_are_found_whatever_the_minute_and_whatever_clocks_do() -> None:
    """Midnight is the next one; of an hour that comes twice the first is meant; the day after is tomorrow's closing."""
    assert next_closing(NOON + 1_859, "24:00", ZONE) == NOON + 14 * 3600
    assert next_closing(FALL_BACK - 1_800, "01:45", NEW_YORK) == FALL_BACK - 900
    assert next_closing(FALL_BACK + 1_800, "01:45", NEW_YORK) == FALL_BACK - 900 + DAY_S + 3600
    assert last_closing(FALL_BACK + 1_800, "01:45", NEW_YORK) == FALL_BACK - 900
    assert last_closing(NOON + 3600, "10:30", ZONE) == NOON + 1_800


def test_a_ledger_is_bounded_and_whom_it_lets_go_is_estimated() -> None:
    """One stay too many: the oldest is over, as an estimate; at the bound itself nobody is."""
    full = Ledger("e", entered=MOST - 1, stays=tuple(Stay(NOON + number) for number in range(MOST - 1)))
    bound = full.entry(ANN, at(NOON + MOST))
    assert (len(bound.stays), bound.left, bound.estimated) == (MOST, 0, 0)
    over = bound.entry(BEN, at(NOON + MOST))
    assert (len(over.stays), over.left, over.estimated) == (MOST, 1, 1)
    assert over.stays[0] == Stay(NOON + 1)


def test_an_estimate_ends_as_many_stays_as_it_names() -> None:
    """Of two alike one stays where one was named; nobody else's stay ends with it."""
    alike = replace(EMPTY, entered=3, stays=(Stay(NOON), Stay(NOON), Stay(NOON, ANN)), strays=1)
    assert alike.estimate((Stay(NOON),)).stays == (Stay(NOON), Stay(NOON, ANN))
    assert alike.estimate((Stay(NOON),)).left == 1
    assert alike.estimate((Stay(NOON),)).strays == 1


def test_whoever_leaves_came_by_this_gate_unless_somebody_says_otherwise() -> None:
    """Without a word of a sibling they end the stay of somebody as unknown, or are a stray."""
    one = replace(EMPTY, entered=1, stays=(Stay(NOON),))
    assert one.exit(ANN, AT_NOON).stays == ()
    assert EMPTY.exit(ANN, AT_NOON).strays == 1


def test_a_count_that_begins_anew_keeps_its_name_and_goes_on_with_its_numbers() -> None:
    """A sibling takes a leaf that is not newer for one that it knows."""
    assert replace(EMPTY, seq=7, entered=3, strays=1).begun_anew(2) == Ledger("e1", 2, 7)
    assert EMPTY.leaf(-3, 2) == Leaf("e1", 0, 0, 0, 0, 0, 2)
    assert EMPTY.leaf(0, 2).reserved == 0


def test_a_gate_without_a_rule_holds_nothing_and_wants_nothing() -> None:
    """It counts and tells all the same."""
    one = area(None)
    assert (one.held(None), one.inside(5).oldest_ms, one.inside(5).missing) == (0, 0, 0)
    assert one.news() == Leaf("e1", 0, 1, 0, 0, 0, 0)


def test_a_rule_that_is_told_again_changes_no_count() -> None:
    """Only a generation that is higher begins anew; of siblings those are missing that have said nothing."""
    one = area(own=replace(EMPTY, entered=3))
    one.relearn(PAIR)
    assert (people(one), one.inside(0).missing) == (3, 1)
    one.hear("gate-2", replace(LEAF, entered=1, left=0), 5)
    assert (one.inside(9).missing, one.inside(9).oldest_ms) == (0, 4)
    one.relearn(PAIR.model_copy(update={"generation": 1}))
    assert people(one) == 0


def test_one_second_is_enough_to_be_told_of_a_leaving_and_two_gates_are_two_entries() -> None:
    """Out elsewhere in the very second of the entry here ends the stay; two entries of one second are two."""
    one = area()
    one.let_in("g", ANN)
    one.ended("g", "confirmed", at(NOON))
    one.hear("gate-2", replace(LEAF, used=(Move(ANN, Direction.OUT, NOON), Move(BEN, Direction.IN, NOON))), 0)
    assert one.own.stays == ()
    one.hear("gate-3", replace(LEAF, used=(Move(BEN, Direction.IN, NOON),)), 0)
    assert one.moves.taken(BEN) == 2


def test_a_gate_that_nobody_heard_of_can_leave() -> None:
    """What is taken back twice, or was never said, changes nothing."""
    one = area()
    one.forget("gate-9")
    assert one.siblings == {}


def test_places_go_to_whoever_is_short_past_one_that_is_silent() -> None:
    """A sibling that is not live gets none and keeps the next from none."""
    trio = PAIR.model_copy(update={"gates": ("gate-1", "gate-2", "gate-3"), "places": 30})
    one = area(trio)
    one.hear("gate-3", replace(LEAF, reserved=0, wanted=3), 0)
    one.hear("gate-3", replace(LEAF, seq=2, reserved=0, wanted=3), 0)
    one.hear("gate-2", replace(LEAF, reserved=0, wanted=9), 0)
    one.settle(AT_NOON, ZONE)
    assert one.own.given == {"gate-3": 3}


def test_all_of_it_is_given_only_where_somebody_stands_and_waits() -> None:
    """One that likes to hold what every gate does gets what is over; one that asks for more gets the rest too."""
    for wanted, given in ((PAIR.standby, 5 - PAIR.standby), (5 + PAIR.standby, 5)):
        one = area(PAIR)
        for seq in (1, 2):
            one.hear("gate-2", replace(LEAF, seq=seq, reserved=wanted - 5, wanted=wanted), 0)
        one.settle(AT_NOON, ZONE)
        assert one.own.given.get("gate-2", 0) == max(0, given), wanted


def test_a_move_that_is_taken_back_leaves_what_was_known_before() -> None:
    """Inside, let out, and not gone: inside. Forgotten meanwhile: nobody is known, and nothing breaks."""
    moves = Moves()
    moves.note("r", Direction.IN, AT_NOON)
    moves.begin("g", "r", Direction.OUT, AT_NOON)
    moves.end("g", used=False)
    assert moves.last("r", None) == Last(Direction.IN, NOON)
    moves.begin("h", "s", Direction.IN, AT_NOON)
    moves.forget(NOON + 2 * DAY_S)
    moves.end("h", used=False)
    assert moves.here == {}


def test_whoever_only_left_is_crowded_out_like_anybody() -> None:
    """The oldest of too many may be somebody whose entry nobody saw."""
    moves = Moves()
    moves.hear("gate-2", [Move(ANN, Direction.OUT, NOON)])
    moves.hear("gate-2", [Move(f"{number:016x}", Direction.OUT, NOON) for number in range(MOST_KEPT)])
    assert (ANN in moves.elsewhere, moves.entries) == (False, {})


def test_a_place_is_asked_for_until_nobody_can_be_standing_there_any_more() -> None:
    """Up to the last millisecond and not a millisecond longer."""
    one = area()
    one.turned_away(0)
    one.settle(replace(AT_NOON, ms=ASK_MS - 1), ZONE)
    first = one.news()
    one.settle(replace(AT_NOON, ms=ASK_MS), ZONE)
    last = one.news()
    assert first is not None
    assert last is not None
    assert (first.wanted, last.wanted) == (PAIR.standby + 1, PAIR.standby)
    later = area()
    later.turned_away(9 * ASK_MS)
    later.settle(replace(AT_NOON, ms=9 * ASK_MS), ZONE)
    first = later.news()
    assert first is not None
    assert first.wanted == PAIR.standby + 1


def test_nobody_is_estimated_before_the_bound() -> None:
    """However near it is."""
    half = replace(EMPTY, entered=MOST - 9, stays=(Stay(NOON),) * (MOST - 9)).entry(ANN, AT_NOON)
    assert (len(half.stays), half.estimated) == (MOST - 8, 0)


def test_what_counts_as_full_is_told_beside_it() -> None:
    """Places beyond the gate's own share, and people."""
    one = area(own=replace(EMPTY, entered=2))
    one.hear("gate-2", replace(LEAF, entered=3, given=(("gate-1", 4),)), 0)
    assert one.counted(PAIR) == (4 - 2, 2 + 3)


@pytest.mark.parametrize("which", range(5))
def test_a_leaf_that_makes_more_of_a_count_than_can_be_told_is_not_this_gates(which: int) -> None:
    """Up to the most that a leaf can name it is taken over, and beyond nothing of it is; strays go below zero too."""
    entered, left, estimated, strays, fewer = (int(which == number) for number in range(5))
    sign, most = strays - fewer, MOST_COUNTED - 2
    one = Ledger("e1", 0, 0, 2 * entered, 2 * left, 2 * estimated, 2 * sign)
    leaf = Leaf("e0", 0, 1, most * entered, most * left, estimated=most * estimated, strays=most * sign)
    full = most + 2
    assert one.take_over(leaf) == Ledger(
        "e1", 0, 0, full * entered, full * left, full * estimated, full * sign, past=("e0",)
    )
    more = Ledger("e1", 0, 0, 3 * entered, 3 * left, 3 * estimated, 3 * sign)
    assert more.take_over(leaf) is more


def test_what_was_given_is_taken_over_up_to_what_a_leaf_can_tell() -> None:
    """So many places, and so many gates by their number."""
    one = Ledger("e1", given={"gate-2": 2})
    leaf = Leaf("e0", 0, 1, 0, 0, given=(("gate-2", MOST_COUNTED - 2),))
    assert one.take_over(leaf).given == {"gate-2": MOST_COUNTED}
    assert one.take_over(replace(leaf, given=(("gate-2", MOST_COUNTED - 1),))) is one
    names = tuple((f"gate-{number}", 1) for number in range(3, 3 + MOST_GIVEN))
    assert len(one.take_over(replace(leaf, given=names[:-1])).given) == MOST_GIVEN
    assert one.take_over(replace(leaf, given=names)) is one


def test_places_are_given_to_so_many_gates_as_a_leaf_can_name_and_to_those_again() -> None:
    """One gate more gets none."""
    full = Ledger("e1", given={f"gate-{number}": 1 for number in range(MOST_GIVEN)})
    assert full.give("gate-0", 2).given["gate-0"] == 3
    assert full.give("another", 2) is full
    assert replace(full, given={"gate-0": 1}).give("another", 2).given == {"gate-0": 1, "another": 2}


def test_counts_that_come_late_go_on_from_what_was_seen_before_them() -> None:
    """Siblings as they were heard, everybody who is under way, the newer of all moves, and the rule of then."""
    before, kept = area(PAIR.model_copy(update={"places": 4})), area(None, replace(EMPTY, entered=1))
    before.hear("gate-2", replace(LEAF, used=(Move(BEN, Direction.OUT, NOON + 1),)), 0)
    before.let_in("new")
    kept.let_in("old")
    kept.moves.hear("gate-2", [Move(ANN, Direction.IN, NOON), Move(BEN, Direction.IN, NOON)])
    kept.take_on(before)
    assert (list(kept.siblings), sorted(kept.under_way)) == (["gate-2"], ["new", "old"])
    moved = [kept.moves.last("nobody", subject) for subject in (ANN, BEN)]
    assert moved == [Last(Direction.IN, NOON), Last(Direction.OUT, NOON + 1)]
    assert (kept.rule, people(kept)) == (before.rule, 3)
