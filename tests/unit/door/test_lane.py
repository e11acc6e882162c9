"""A turnstile's lane: every line of its table once, that nothing else happens, and who has the turn when."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from firmware.door import lane as lanes
from firmware.door.asked import Noticed, Said
from firmware.door.lane import MOST_WAITING, Lane
from firmware.door.lane_table import LANE_TABLE, LANE_TRANSITIONS, LanePhase, LaneTrigger, _row
from firmware.door.settings import Kind, Settings
from firmware.events import Alarm, Direction, EndGrant, Energise, Line, Reason, Release
from tests.unit.door.stories import REASON, ended, tell_lane

SETTINGS = Settings(
    kind=Kind.TURNSTILE, unlock_ms=5_000, max_unlock_ms=8_000, long_unlock_ms=7_000, pulse_ms=200, held_ms=30_000
)
LANE = Lane(SETTINGS)
COUNTED = replace(LANE, counted=frozenset({Direction.IN}))
NOT_READY, READY = Noticed(Alarm.NOT_READY, active=True), Noticed(Alarm.NOT_READY, active=False)
PULSE_IN, PULSE_OUT = Energise(200), Energise(200, Line.RELAY_OUT)
FALL_IN, FALL_OUT = Release(), Release(Line.RELAY_OUT)
BLOCKED = EndGrant("a", "annulled", Reason.NOT_READY)


def taken_back(*grants: str) -> tuple[EndGrant, ...]:
    """Name grants that a posture took back."""
    return tuple(EndGrant(grant, "annulled", REASON) for grant in grants)


def cut_off(*grants: str) -> tuple[EndGrant, ...]:
    """Name grants that a posture took back though the turnstile may have let them through."""
    return tuple(EndGrant(grant, "assumed", REASON) for grant in grants)


P, T = LanePhase, LaneTrigger
ASKING = ("0 not ready", "0 in")
ROWS: dict[tuple[LanePhase, LaneTrigger], tuple[tuple[str, ...], tuple[Said, ...]]] = {
    (P.EMPTY, T.NEXT_READY): (("0 in",), (READY, PULSE_IN)),
    (P.EMPTY, T.NEXT_NOT_READY): (ASKING, ()),
    (P.EMPTY, T.READY): (("0 ready",), (READY,)),
    (P.ASKING, T.READY): ((*ASKING, "4999 ready"), (READY, PULSE_IN)),
    (P.ASKING, T.TURN_OVER): ((*ASKING, "5000 due"), (NOT_READY, BLOCKED)),
    (P.ASKING, T.TURN_OVER_OUT): (("0 not ready", "0 out", "5000 due"), (NOT_READY, PULSE_OUT)),
    (P.ASKING, T.CUT): ((*ASKING, "1000 cut"), taken_back("a")),
    (P.TURNING, T.READY): (("0 not ready", "0 out", "5000 due", "5100 ready"), (READY,)),
    (P.TURNING, T.LINE_OVER): (("0 in", "200 due"), (FALL_IN,)),
    (P.TURNING, T.PASSED): (("0 out", "100 goes out"), (FALL_OUT, *ended("confirmed", "a"))),
    (P.TURNING, T.TURN_OVER): (("0 in", "200 due", "5000 due"), ended("assumed", "a")),
    (P.TURNING, T.TURN_OVER_OUT): (("0 out", "200 due", "5000 due"), ended("assumed", "a")),
    (P.TURNING, T.CUT): (("0 in", "100 cut"), (FALL_IN, *cut_off("a"))),
}
"""A story for each line of the table, ending in the word that fires it, and what the lane says then."""


def test_every_line_of_the_table_has_its_story() -> None:
    """No transition is without a story that fires it, none stands twice, and no story fires what is not there."""
    assert len(LANE_TABLE) == len(LANE_TRANSITIONS)
    assert set(ROWS) == set(LANE_TABLE)


@pytest.mark.parametrize(("phase", "trigger"), ROWS, ids=[f"{phase}-{trigger}" for phase, trigger in ROWS])
def test_a_transition_goes_where_the_table_says(phase: LanePhase, trigger: LaneTrigger) -> None:
    """Told in its phase, the word leads to the phase of the table and says exactly what the table promises."""
    story, expected = ROWS[phase, trigger]
    before, after, said = tell_lane(LANE, *story)
    assert (before.phase, after.phase, said) == (phase, LANE_TABLE[phase, trigger].then, expected)


@pytest.mark.parametrize(
    ("phase", "trigger"), [pair for pair in product(LanePhase, LaneTrigger) if pair not in LANE_TABLE]
)
def test_what_is_not_in_the_table_changes_nothing(phase: LanePhase, trigger: LaneTrigger) -> None:
    """A trigger that a phase does not list leaves the lane as it is, and says nothing."""
    lane = next(tell_lane(LANE, *story)[0] for (first, _), (story, _) in ROWS.items() if first is phase)
    assert lanes.fire(lane, trigger, 60_000) == (lane, ())


FULL = tuple("0 in" for _ in range(MOST_WAITING + 1))
CASES: dict[str, tuple[Lane, tuple[str, ...], tuple[Said, ...]]] = {
    "one after the other": (LANE, ("0 in", "100 in"), ()),
    "the next has the turn when the first has gone": (
        LANE,
        ("0 in", "100 in", "200 due", "400 due", "900 goes in"),
        (*ended("confirmed", "a"), READY, PULSE_IN),
    ),
    "after the line rested": (LANE, ("0 in", "50 in", "100 goes in"), (FALL_IN, *ended("confirmed", "a"))),
    "which it does for a moment": (LANE, ("0 in", "50 in", "100 goes in", "300 due"), (READY, PULSE_IN)),
    "or when the first's time is over": (
        LANE,
        ("0 in", "100 out", "200 due", "400 due", "5000 due"),
        (*ended("assumed", "a"), READY, PULSE_OUT),
    ),
    "a line that fell does not fall again": (LANE, ("0 in", "200 due", "300 goes in"), ended("confirmed", "a")),
    "whoever goes out stands before whoever comes in": (
        LANE,
        ("0 in", "10 in", "20 out", "30 out", "200 due", "400 due", "500 goes in"),
        (*ended("confirmed", "a"), READY, PULSE_OUT),
    ),
    "and those going out keep their order": (
        LANE,
        ("0 in", "10 in", "20 out", "30 out", "100 goes in", "300 due", "500 due", "700 due", "900 goes out"),
        (*ended("confirmed", "c"), READY, PULSE_OUT),
    ),
    "the line stands before those that came later": (
        LANE,
        ("0 in", "10 in", "30 in", "100 goes in", "300 due", "500 due", "700 due", "900 goes in"),
        (*ended("confirmed", "b"), READY, PULSE_IN),
    ),
    "whoever goes the other way is not expected": (LANE, ("0 in", "100 goes out"), ()),
    "nor is anybody while the turnstile is not ready": (LANE, (*ASKING, "100 goes in"), ()),
    "a queue that is full takes nobody": (LANE, (*FULL, "0 in"), (EndGrant("j", "annulled", Reason.NOT_READY),)),
    "but its last place is one": (LANE, FULL, ()),
    "and whoever goes out has the place of the last who comes in": (
        LANE,
        (*FULL, "0 out"),
        (EndGrant("i", "annulled", Reason.NOT_READY),),
    ),
    "a sensor tells that nobody went": (COUNTED, ("0 in", "200 due", "5000 due"), ended("annulled", "a")),
    "a sensor of one way tells nothing of the other": (
        COUNTED,
        ("0 out", "200 due", "5000 due"),
        ended("assumed", "a"),
    ),
    "more time is given to who asks for it": (LANE, ("0 long in", "200 due", "7000 due"), ended("assumed", "a")),
    "a turnstile that is not ready any more begins nothing": (LANE, ("0 ready", "10 not ready", "20 in"), ()),
    "it says so once": (LANE, ("0 not ready",), ()),
    "and not to who asks": (LANE, (*ASKING, "10 not ready"), ()),
    "the next one asks too": (LANE, (*ASKING, "10 in", "5000 due"), (NOT_READY, BLOCKED)),
    "and waits a time of its own": (
        LANE,
        (*ASKING, "10 in", "5000 due", "10000 due"),
        (NOT_READY, EndGrant("b", "annulled", Reason.NOT_READY)),
    ),
    "a wire that broke holds nobody up": (LANE, (*ASKING, "1000 broken"), (READY, PULSE_IN)),
    "nor whoever comes later": (LANE, ("0 not ready", "10 broken", "20 out"), (READY, PULSE_OUT)),
    "who comes in is taken back from turn and queue": (
        LANE,
        ("0 in", "10 in", "20 out", "200 due", "400 due", "500 cut"),
        (*cut_off("a"), *taken_back("b"), READY, PULSE_OUT),
    ),
    "until nobody is left": (
        LANE,
        ("0 in", "10 in", "100 cut"),
        (FALL_IN, *cut_off("a"), *taken_back("b")),
    ),
    "who goes out keeps the turn": (LANE, ("0 out", "10 in", "100 cut"), taken_back("b")),
    "nothing is taken back from nobody": (LANE, ("100 cut",), ()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_story_ends_as_told(name: str) -> None:
    """The last word of each story makes the lane say just this; the case's name says why."""
    lane, story, expected = CASES[name]
    assert tell_lane(lane, *story)[2] == expected


QUIET: dict[str, tuple[tuple[str, ...], list[tuple[int, LaneTrigger]]]] = {
    "an empty lane waits for nothing": ((), []),
    "an impulse, then the turn": (("0 in",), [(200, T.LINE_OVER), (5_000, T.TURN_OVER)]),
    "a turn without a line": (("0 in", "200 due"), [(5_000, T.TURN_OVER), (400, T.RESTED)]),
    "a line that rested": (("0 in", "200 due", "400 due"), [(5_000, T.TURN_OVER)]),
    "whoever goes out": (("0 out", "200 due", "400 due"), [(5_000, T.TURN_OVER_OUT)]),
    "somebody asks": ((*ASKING,), [(5_000, T.TURN_OVER)]),
    "nobody is left": (("0 in", "100 goes in"), [(300, T.RESTED)]),
}


@pytest.mark.parametrize("name", QUIET)
def test_a_lane_says_when_it_wants_to_be_woken(name: str) -> None:
    """After each story these are the moments that a lane waits for, and no others."""
    story, expected = QUIET[name]
    lane = tell_lane(LANE, *story)[1]
    assert lanes.deadlines(lane) == expected
    assert lane.released == (T.LINE_OVER in {trigger: at for at, trigger in expected})


def test_a_passage_is_expected_of_who_has_the_turn_or_of_everybody() -> None:
    """Whoever goes without a turn is one too many, unless a posture lets everybody through."""
    turning = tell_lane(LANE, "0 in")[1]
    assert lanes.passed(turning, Direction.IN, 100)[2] is True
    assert lanes.passed(turning, Direction.OUT, 100) == (turning, (), False)
    everybody = replace(turning, lenient=True)
    assert lanes.passed(everybody, Direction.OUT, 100) == (everybody, (), True)


def test_a_stop_ends_the_turn_and_everybody_who_waits() -> None:
    """Both lines fall, the turn ends as far as known, and the queue is turned away in order."""
    lane = tell_lane(LANE, "0 in", "10 in", "20 out")[1]
    refused = [EndGrant(grant, "annulled", Reason.NOT_READY) for grant in ("c", "b")]
    assert lanes.end(lane) == (FALL_IN, FALL_OUT, *ended("assumed", "a"), *refused)
    assert lanes.end(LANE) == (FALL_IN, FALL_OUT)
    assert lanes.end(tell_lane(LANE, "0 in", "100 goes in")[1]) == (FALL_IN, FALL_OUT)


def test_a_line_of_the_table_is_what_is_written_in_it() -> None:
    """Phase, trigger, next phase and acts stand where they are read."""
    assert tuple(_row(row.phase, row.trigger, row.then, *row.acts) for row in LANE_TRANSITIONS) == LANE_TRANSITIONS


def test_a_sensor_that_sees_nobody_any_more_is_not_believed() -> None:
    """After three turns in a row in which nobody was seen nothing is given back until somebody is."""
    lane, results = COUNTED, list[str]()
    for number, ends_by in enumerate(("due", "due", "due", "due", "goes in", "due", "due", "due", "due")):
        at_ms = number * 10_000
        turn = (f"{at_ms} in", f"{at_ms + 200} due", f"{at_ms + 400} due", f"{at_ms + 5_000} {ends_by}")
        _, lane, said = tell_lane(lane, *turn)
        results += [one.result for one in said if isinstance(one, EndGrant)]
    assert results == ["annulled"] * 3 + ["assumed", "confirmed"] + ["annulled"] * 3 + ["assumed"]
