"""What is given back, who waits for a line to rest, and what a late turn may show: the laws at their borders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.door import lane as lanes
from firmware.door import leaf as leaves
from firmware.door import way as ways
from firmware.door.asked import Granted, Refused
from firmware.door.lane import Lane
from firmware.door.leaf_acts import REST_MS, Leaf
from firmware.door.leaf_table import Trigger
from firmware.door.machine import step
from firmware.door.postures import CALM_MS, FLICKER_MS, Postures
from firmware.door.settings import Kind, Settings
from firmware.door.way import GRACE_MS, Holder, Way
from firmware.events import (
    Alarm,
    ClearAlarm,
    Contact,
    Direction,
    EndGrant,
    Energise,
    Posture,
    PostureCommanded,
    RaiseAlarm,
    Reason,
    ShowLight,
)
from tests.unit.door.stage import CLOSED, HELD, LANE, NOW, OPENED, OUT, STRIKE, alarms, lock, off, on, play
from tests.unit.door.stories import ended, tell_lane, tell_leaf

PLAIN = Settings(unlock_ms=5_000, max_unlock_ms=8_000, long_unlock_ms=7_000)
UNWATCHED, WATCHED = Leaf(PLAIN), Leaf(PLAIN, watched=True)
FREE = PostureCommanded(Posture.FREE_ACCESS)
AT_MOST = ("0 in", "3000 in", "8000 due")
"""Two grants that end together with the relay's maximum: nobody is owed anything, and the line rests."""


def test_who_was_granted_before_anybody_watched_is_not_given_back() -> None:
    """A switch that speaks for the first time in the middle of a grant says nothing of its beginning."""
    assert tell_leaf(UNWATCHED, "0 in", "100 closed", "5000 due")[2][1:] == ended("assumed", "a")


def test_who_was_granted_into_an_open_leaf_has_used_it_whatever_breaks_later() -> None:
    """An open leaf is known; a switch that is lost afterwards takes nothing back of that."""
    _, leaf, said = tell_leaf(WATCHED, "0 in", "1000 opened", "2000 out", "2500 lost", "7000 due", "7500 due")
    assert (said, leaf.holders) == (ended("inferred", "a", "b"), ())


@pytest.mark.parametrize(("at_ms", "waits"), [(8_000, True), (8_000 + REST_MS - 1, True), (8_000 + REST_MS, False)])
def test_a_line_rests_after_its_maximum(at_ms: int, waits: bool) -> None:  # noqa: FBT001  a table
    """Whoever comes in meanwhile is owed the way until the line has rested, and then begins a time of their own."""
    _, leaf, said = tell_leaf(UNWATCHED, *AT_MOST, f"{at_ms} in")
    assert (leaf.owed_ms, said) == ((8_000 + REST_MS, ()) if waits else (None, (Energise(5_000),)))
    if waits:
        leaf, said = leaves.settle(leaf, Trigger.GRANTED, 8_500)
        assert [(one.given_ms, one.wants_ms) for one in leaf.holders] == [(8_500, 13_500)]
        assert said == (Energise(5_000),)


def test_whose_own_time_ends_with_the_rest_of_somebody_else_has_had_it() -> None:
    """At that very moment; whoever came in the rest, and is owed a time, stays."""
    _, leaf, said = tell_leaf(WATCHED, "0 in", "1000 opened", "3500 in", "8000 due", "8200 in", "8500 due")
    assert (said, [one.granted.grant for one in leaf.holders]) == (ended("inferred", "a", "b"), ["c"])


def test_a_watched_line_rests_from_when_it_fell() -> None:
    """The time to open runs on after the line, and the rest with it; a line that fell before its maximum has none."""
    assert tell_leaf(WATCHED, *AT_MOST)[1].rest_ms == 8_000 + REST_MS
    assert tell_leaf(WATCHED, "0 in", "5000 due")[1].rest_ms is None
    motor = Leaf(replace(PLAIN, kind=Kind.MOTOR, pulse_ms=500))
    assert tell_leaf(motor, "0 in", "500 due")[1].rest_ms is None


def test_who_stays_has_what_they_were_granted_and_no_more() -> None:
    """A way is cut to the longest of those who stay, with its grace, and leads where the last of them goes."""
    stay = (Holder(OUT, 0, 3_000), Holder(OUT, 10, 2_000))
    assert ways.left(Way(0, 5_000, 5_500, Direction.IN), stay) == Way(0, 3_000, 3_500, Direction.OUT)
    assert ways.left(Way(0, 2_500, 2_500, Direction.IN), stay) == Way(0, 2_500, 2_500, Direction.OUT)


def test_a_way_whose_line_is_over_begins_anew() -> None:
    """At its very end a line counts as fallen: nobody gets a time that is over."""
    over = Way(0, 8_000, 8_500, Direction.IN)
    assert ways.free(over, (Holder(OUT, 8_000, 13_000),), PLAIN, 8_000, watched=False).rose_ms == 8_000


@pytest.mark.parametrize(("after_ms", "forced"), [(GRACE_MS, False), (GRACE_MS + 1, True)])
def test_what_is_heard_right_after_a_late_turn_is_by_right(after_ms: int, forced: bool) -> None:  # noqa: FBT001
    """The leaf's word may have waited behind that turn; a little later it is news."""
    leaf = replace(tell_leaf(WATCHED, "0 in", "5000 due")[1], late_ms=None)
    leaf, _ = leaves.settle(leaf, Trigger.WAY_OVER, 9_000)
    leaf, _ = leaves.moved(leaf, 9_000 + after_ms, opened=True)
    assert (leaf.phase == "forced") is forced


def test_a_posture_that_lets_everybody_ends_forced_and_held_also_where_it_cannot_hold() -> None:
    """On a plain strike the alarm ends with the beginning of free access, and the leaf has its clock anew."""
    door, heard = play(STRIKE, (0, CLOSED), (100, OPENED), (200, FREE), (300, PostureCommanded(None)))
    told = [one for one in alarms(heard) if isinstance(one[1], RaiseAlarm | ClearAlarm)]
    assert told == [(100, RaiseAlarm(Alarm.FORCED)), (200, ClearAlarm(Alarm.FORCED))]
    assert door.phase == "open"


def test_a_passage_sensor_that_is_stuck_sees_nobody() -> None:
    """Half a minute of tape on a beam, and a turn in which it saw nobody gives nothing back; a button is no sensor."""
    taped = [(0, off(Contact.PASSAGE_IN)), (1, off(Contact.REX)), (10, on(Contact.PASSAGE_IN)), (20, on(Contact.REX))]
    _, heard = play(LANE, *taped, (40_000, NOW), (60_000, None))
    assert (45_000, EndGrant("now", "assumed")) in lock(heard)


@pytest.mark.parametrize("late_ms", [6_000, 6_001, 30_000])
def test_a_late_turn_shows_nothing_that_is_over(late_ms: int) -> None:
    """A refusal and a held lock's green whose time is up are not shown once more, not even for no time."""
    for settings, script in (
        (STRIKE, [(0, OUT), (4_000, Refused(Reason.USED))]),
        (HELD, [(1_000, FREE)]),
    ):
        door, _ = play(settings, *script)
        door, effects = step(door, None, late_ms)
        assert all(one.limit_ms > 0 for one in effects if isinstance(one, ShowLight))
        assert door.shown is not None
        assert door.shown.until_ms > late_ms


def test_who_is_taken_back_from_a_queue_is_gone_from_it() -> None:
    """Only whoever goes out keeps a place."""
    lane = Lane(replace(PLAIN, kind=Kind.TURNSTILE, pulse_ms=200))
    queued = tell_lane(lane, "0 out", "10 in", "20 out", "30 in")[1]
    assert [one.grant for one in lanes.cut(queued, Reason.LOCKDOWN, 100)[0].queue] == ["c"]


def heard_fire(*calls_ms: int, rest_ms: int) -> Postures:
    """Let a fire input call at these times, each but the last for a moment, and rest at last."""
    postures = Postures()
    for at_ms in calls_ms:
        postures = postures.heard(at_ms, calls=True)
        assert (postures.fire, postures.calm_ms, postures.called_ms[-1]) == (True, None, at_ms)
        postures = postures if at_ms == calls_ms[-1] else postures.heard(at_ms + 1, calls=False)
    return postures.heard(rest_ms, calls=False)


@pytest.mark.parametrize(
    ("calls_ms", "calm"),
    [
        ((0,), True),
        ((0, 10), True),
        ((0, 10, 20), False),
        ((0, 10, FLICKER_MS - 22), False),
        ((0, 10, FLICKER_MS - 21), True),
        ((0, 100_000, 200_000, 300_000), True),
        ((0, 200_000, 200_010, 200_020), False),
    ],
)
def test_a_fire_that_flickers_ends_late(calls_ms: tuple[int, ...], calm: bool) -> None:  # noqa: FBT001  a table
    """Three calls within a minute, and silence counts only after half of one; else it counts at once."""
    rest_ms = calls_ms[-1] + 21
    postures = heard_fire(*calls_ms, rest_ms=rest_ms)
    assert (postures.fire, postures.due_ms) == ((False, None) if calm else (True, rest_ms + CALM_MS))
    assert postures.settled(rest_ms + CALM_MS - 1).fire is not calm
    over = postures.settled(rest_ms + CALM_MS)
    assert (over.fire, over.calm_ms) == (False, None)
    assert len(postures.called_ms) == min(3, len(calls_ms))


def test_what_ends_first_is_waited_for() -> None:
    """A command's end and a fire's silence: the earlier one wakes the door."""
    assert replace(Postures(), until_ms=7, calm_ms=5).due_ms == 5
    assert replace(Postures(), until_ms=7).due_ms == 7


def test_a_held_door_that_slept_through_a_fire_shows_no_green_that_is_over() -> None:
    """Where the fire's silence and the lease of the hold come due in one late turn, the lease is renewed first."""
    by_day = replace(HELD, standing=Posture.FREE_ACCESS)
    calls = [(at, on(Contact.FIRE) if at % 2 else off(Contact.FIRE)) for at in range(7)]
    door, _ = play(by_day, *calls)
    for late_ms in (5_000, 5_006, 6 + CALM_MS):
        _, effects = step(door, None, late_ms)
        assert all(one.limit_ms > 0 for one in effects if isinstance(one, ShowLight))


@pytest.mark.parametrize("late_ms", [4_999, 5_000, 5_001])
def test_a_lease_that_is_over_is_not_shown_for_no_time(late_ms: int) -> None:
    """A command that ends over a standing posture of the same name comes due before the lease is renewed."""
    by_day = replace(HELD, standing=Posture.FREE_ACCESS)
    door, _ = play(by_day, (0, PostureCommanded(Posture.FREE_ACCESS, 1_500)))
    _, effects = step(door, None, late_ms)
    assert all(one.limit_ms > 0 for one in effects if isinstance(one, ShowLight))


def test_a_fire_that_calls_again_is_not_silent() -> None:
    """A call takes back the end that was near."""
    postures = heard_fire(0, 10, 20, rest_ms=21).heard(30, calls=True)
    assert (postures.calm_ms, postures.settled(CALM_MS * 2).fire) == (None, True)


def test_a_fire_that_says_the_same_again_has_called_once() -> None:
    """Only a change is a call: a wire that breaks and mends while it calls does not make it flicker."""
    said = [(at, on(Contact.FIRE)) for at in range(4)]
    assert play(HELD, *said)[0].postures.called_ms == (0,)


def test_a_line_that_never_reached_its_maximum_does_not_rest() -> None:
    """The maximum counts from when the line rose, not from when the gate began."""
    assert tell_leaf(UNWATCHED, "20000 in", "25000 due")[1].rest_ms is None


def test_whoever_walks_through_a_held_door_holds_nothing() -> None:
    """The grant ends at once and is forgotten."""
    assert tell_leaf(WATCHED, "0 hold", "1000 in")[1].holders == ()


def test_who_comes_while_the_line_of_an_open_leaf_rests_has_a_time_of_their_own() -> None:
    """The time of those before them ends with the rest: their grants do, and the newcomer's only begins."""
    came = [(at, Granted(name, Direction.IN)) for at, name in ((1, "a"), (3_451, "b"), (8_401, "c"))]
    first, second, third = came
    _, heard = play(STRIKE, (0, CLOSED), first, (101, OPENED), second, third, (20_000, None))
    ends = [(at, one.grant, one.result) for at, one in heard if isinstance(one, EndGrant)]
    assert ends == [(8_501, "a", "inferred"), (8_501, "b", "inferred"), (14_001, "c", "inferred")]
    assert [(at, one.limit_ms) for at, one in heard if isinstance(one, Energise)] == [
        (1, 5_000),
        (3_451, 4_550),
        (8_501, 5_000),
    ]


def test_who_has_gone_while_the_line_rests_is_owed_nothing() -> None:
    """A hold that ends all grants ends what was owed; nothing is released later for nobody."""
    leaf = tell_leaf(WATCHED, "0 in", "100 opened", "3000 in", "8000 due", "8100 in")[1]
    assert leaf.owed_ms == 8_000 + REST_MS
    gone = leaves.fire(leaf, Trigger.CLOSED, 8_200)[0]
    assert (gone.holders, gone.owed_ms) == ((), None)
