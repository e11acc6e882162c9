"""A leaf: what the lines of its table together make of people's grants, told as stories."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.door import leaf as leaves
from firmware.door.asked import Granted, Said
from firmware.door.leaf_acts import LEASE_MS, Leaf
from firmware.door.leaf_table import Trigger
from firmware.door.settings import Kind, Relock, Settings
from firmware.door.way import Way
from firmware.events import Direction, EndGrant, Energise, Hold, Release
from tests.unit.door.stories import ASK, FORCED, NOT_FORCED, REASON, ended, tell_leaf

T = Trigger
PLAIN = Settings(unlock_ms=5_000, max_unlock_ms=8_000, long_unlock_ms=7_000, held_ms=30_000, prealarm_ms=10_000)
WATCHED = Leaf(PLAIN, watched=True)
UNWATCHED = Leaf(PLAIN)
LEAF = Leaf(replace(PLAIN, continuous=True), watched=True)
FREE_HANDLE = replace(WATCHED, settings=replace(PLAIN, free_handle=True))
COUNTED = replace(WATCHED, counted=frozenset({Direction.IN}))
ON_OPEN = replace(WATCHED, settings=replace(PLAIN, relock=Relock.ON_OPEN))
MOTOR = Leaf(replace(PLAIN, kind=Kind.MOTOR, pulse_ms=500))
CASES: dict[str, tuple[Leaf, tuple[str, ...], tuple[Said, ...]]] = {
    "nobody can tell who went where no sensor is": (
        UNWATCHED,
        ("0 in", "5000 due"),
        (Release(), *ended("assumed", "a")),
    ),
    "a leaf that stayed shut tells that nobody went": (
        WATCHED,
        ("0 in", "5000 due", "5500 due"),
        ended("annulled", "a"),
    ),
    "a hand on the leaf as the lock falls is no force": (WATCHED, ("0 in", "5000 due", "5499 opened"), ()),
    "after that grace it is": (WATCHED, ("0 in", "5000 due", "5500 due", "5500 opened"), (FORCED,)),
    "a second grant prolongs": (WATCHED, ("0 in", "2000 in"), (Energise(5_000),)),
    "as far as the maximum lets it": (WATCHED, ("0 in", "4000 in"), (Energise(4_000),)),
    "a short grant never shortens a long one": (WATCHED, ("0 long in", "1000 in"), (Energise(6_000),)),
    "more time is given to who asks for it": (WATCHED, ("0 long in",), (Energise(7_000),)),
    "but never beyond the maximum": (WATCHED, ("2000 in", "6000 long in"), (Energise(4_000),)),
    "a line that rises again in its grace starts anew": (WATCHED, ("0 in", "5000 due", "5400 out"), (Energise(5_000),)),
    "whom the maximum cut short waits for a time of their own": (
        WATCHED,
        ("0 in", "4000 out", "8000 due", "8500 due"),
        ended("annulled", "a"),
    ),
    "and gets it after a rest": (WATCHED, ("0 in", "4000 out", "8000 due", "8500 due", "9000 due"), (Energise(5_000),)),
    "once": (
        WATCHED,
        ("0 in", "4000 out", "8000 due", "8500 due", "9000 due", "10000 in", "13000 in", "17000 due", "17500 due"),
        ended("annulled", "b", "c"),
    ),
    "a time that ends with the line was not cut short": (
        UNWATCHED,
        ("0 in", "3000 out", "8000 due"),
        (Release(), *ended("assumed", "a", "b")),
    ),
    "a grant in the rest gives everybody their time": (
        WATCHED,
        ("0 in", "4000 out", "8000 due", "8500 due", "8700 in"),
        (Energise(5_000),),
    ),
    "force in the rest ends whoever waits for it": (
        WATCHED,
        ("0 in", "4000 out", "8000 due", "8500 due", "8600 opened", "8700 closed"),
        (NOT_FORCED, *ended("inferred", "b")),
    ),
    "a lock that falls on opening lets go at once": (ON_OPEN, ("0 in", "1000 opened"), (Release(),)),
    "and not again when it is shut": (ON_OPEN, ("0 in", "1000 opened", "2000 closed"), ended("inferred", "a")),
    "nor a second time for who opens in the grace": (ON_OPEN, ("0 in", "5000 due", "5200 opened"), ()),
    "a sensor confirms who goes": (COUNTED, ("0 in", "1000 opened", "1500 goes in"), ended("confirmed", "a")),
    "the first who was granted that way": (
        COUNTED,
        ("0 out", "100 in", "200 in", "1000 opened", "1500 goes in"),
        ended("confirmed", "b"),
    ),
    "and ends nobody twice": (COUNTED, ("0 in", "1000 opened", "1500 goes in", "2000 closed"), (Release(),)),
    "whom it did not see may have gone all the same": (
        COUNTED,
        ("0 in", "1000 opened", "2000 closed"),
        (Release(), *ended("inferred", "a")),
    ),
    "a slow person may still be seen while the leaf is open": (
        COUNTED,
        ("0 in", "4000 opened", "5000 due", "5500 due", "6000 goes in"),
        ended("confirmed", "a"),
    ),
    "nobody's grant ends twice": (WATCHED, ("0 in", "4000 opened", "5000 due", "5500 due", "9000 closed"), ()),
    "nor with those who come later": (
        WATCHED,
        ("0 in", "1000 opened", "2000 closed", "3000 in", "8000 due", "8500 due"),
        ended("annulled", "b"),
    ),
    "who was granted in an open leaf goes after it is shut": (
        WATCHED,
        ("0 in", "1000 opened", "2000 out", "3000 closed", "7000 due", "7500 due"),
        ended("inferred", "b"),
    ),
    "who turned back in an open leaf cannot be told from who went": (
        COUNTED,
        ("0 in", "4000 opened", "5000 due", "5500 due", "9000 closed"),
        ended("inferred", "a"),
    ),
    "the other way has no sensor": (COUNTED, ("0 out", "4000 opened", "5000 due", "5500 due"), ended("inferred", "a")),
    "who goes in the rest is owed nothing": (
        replace(COUNTED, watched=False),
        ("0 in", "4000 in", "8000 due", "8200 goes in"),
        ended("confirmed", "b"),
    ),
    "who is granted as the leaf opens goes with it": (
        WATCHED,
        ("1000 in", "1000 opened", "2000 closed"),
        (Release(), *ended("inferred", "a")),
    ),
    "whoever was granted before the leaf opened goes with it": (
        WATCHED,
        ("0 in", "1000 in", "2000 opened", "3000 closed"),
        (Release(), *ended("inferred", "a", "b")),
    ),
    "a way is not shortened when the slow one has gone": (
        replace(COUNTED, watched=False),
        ("0 long in", "100 goes in", "1000 in"),
        (Energise(6_000),),
    ),
    "a way that fell is not taken up": (
        replace(COUNTED, settings=ON_OPEN.settings),
        ("0 long in", "1000 opened", "1050 goes in", "1100 in"),
        (Energise(5_000),),
    ),
    "an impulse starts a motor": (MOTOR, ("0 in",), (Energise(500),)),
    "and is over before the way is": (MOTOR, ("0 in", "500 due"), (Release(),)),
    "the way ends without a second word": (MOTOR, ("0 in", "500 due", "5000 due"), ended("assumed", "a")),
    "an impulse is not prolonged": (MOTOR, ("0 in", "400 in"), (Energise(100),)),
    "nor one that is over and has not been seen to fall": (MOTOR, ("0 in", "500 in"), (Energise(500),)),
    "but the way is": (MOTOR, ("0 in", "400 in", "500 due", "5400 due"), ended("assumed", "a", "b")),
    "and a later one starts the motor again": (MOTOR, ("0 in", "500 due", "600 in"), (Energise(500),)),
    "a short grant does not shorten a motor's way": (
        MOTOR,
        ("0 long in", "400 in", "500 due", "7000 due"),
        ended("assumed", "a", "b"),
    ),
    "who goes out keeps the way": (
        WATCHED,
        ("0 in", "100 out", "200 cut"),
        (EndGrant("a", "annulled", REASON),),
    ),
    "what is taken back is given back where the leaf was seen shut": (
        WATCHED,
        ("0 in", "100 out", "200 cut"),
        (EndGrant("a", "annulled", REASON),),
    ),
    "and not where nobody watched": (UNWATCHED, ("0 in", "100 out", "200 cut"), (EndGrant("a", "assumed", REASON),)),
    "and its end": (WATCHED, ("0 in", "100 out", "200 cut", "5100 due", "5600 due"), ended("annulled", "b")),
    "who is in an open leaf has gone, whatever is taken back": (
        WATCHED,
        ("0 in", "100 out", "1000 opened", "1100 cut"),
        (EndGrant("a", "inferred", REASON),),
    ),
    "nothing is taken back from who goes out": (WATCHED, ("0 out", "200 cut"), ()),
    "nor from nobody": (WATCHED, ("200 cut",), ()),
    "what is owed is taken back": (
        WATCHED,
        ("0 in", "4000 in", "8000 due", "8500 due", "8600 cut"),
        (EndGrant("b", "annulled", REASON),),
    ),
    "a lease is renewed": (LEAF, ("0 hold", "2000 due"), (Hold(LEASE_MS),)),
    "and renewed again": (LEAF, ("0 hold", "2000 due", "4000 due"), (Hold(LEASE_MS),)),
    "a hold takes over what was granted and owed": (
        LEAF,
        ("0 in", "4000 in", "8000 due", "8500 due", "8600 hold"),
        (Hold(LEASE_MS), *ended("assumed", "b")),
    ),
    "the first word of a sensor is no news": (UNWATCHED, ("0 opened",), ()),
    "the second is": (UNWATCHED, ("0 closed", "100 opened"), (FORCED,)),
    "after a broken wire it is none again": (WATCHED, ("0 lost", "100 opened"), ()),
    "a handle inside is no force": (FREE_HANDLE, ("100 opened",), ()),
    "nor is a leaf opened while everybody may": (WATCHED, ("0 lenient", "100 opened"), ()),
    "who asks for more time may keep the leaf open longer": (
        WATCHED,
        ("0 long in", "1000 opened", "7000 due", "7500 due", "23000 due"),
        (ASK,),
    ),
    "people are asked again and again": (
        WATCHED,
        ("0 in", "1000 opened", "5000 due", "5500 due", "21000 due", "26000 due", "31000 due", "36000 due"),
        (ASK,),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_story_ends_as_told(name: str) -> None:
    """The last word of each story makes the leaf say just this; the case's name says why."""
    leaf, story, expected = CASES[name]
    assert tell_leaf(leaf, *story)[2] == expected


QUIET: dict[str, tuple[Leaf, tuple[str, ...], list[tuple[int, Trigger]]]] = {
    "a leaf at rest waits for nothing": (WATCHED, (), []),
    "a way ends twice: for the line, then for the leaf": (
        WATCHED,
        ("0 in",),
        [(5_000, T.LINE_OVER), (5_500, T.WAY_OVER)],
    ),
    "or once where no sensor watches": (UNWATCHED, ("0 in",), [(5_000, T.WAY_OVER)]),
    "an impulse ends before its way": (MOTOR, ("0 in",), [(500, T.LINE_OVER), (5_000, T.WAY_OVER)]),
    "an open leaf has a clock": (WATCHED, ("0 lost", "0 opened"), [(20_000, T.PREALARM_DUE)]),
    "which stands still while everybody may": (WATCHED, ("0 lost", "0 opened", "9 lenient"), []),
    "and starts anew": (WATCHED, ("0 lost", "0 opened", "9 lenient", "99 strict"), [(20_099, T.PREALARM_DUE)]),
    "as does asking": (
        WATCHED,
        ("0 lost", "0 opened", "20000 due", "21000 lenient", "22000 strict"),
        [(52_000, T.HELD_DUE), (27_000, T.ASK_DUE)],
    ),
    "nobody is asked while everybody may": (WATCHED, ("0 lost", "0 opened", "20000 due", "21000 lenient"), []),
    "an alarm is raised once and asked about for ever": (
        WATCHED,
        ("0 lost", "0 opened", "20000 due", "25000 due", "30000 due"),
        [(35_000, T.ASK_DUE)],
    ),
    "a shut leaf asks nobody": (WATCHED, ("0 lost", "0 opened", "20000 due", "21000 closed"), []),
    "nor does one that somebody was granted meanwhile": (
        WATCHED,
        ("0 lost", "0 opened", "20000 due", "21000 in"),
        [(26_000, T.LINE_OVER), (26_500, T.WAY_OVER), (41_000, T.PREALARM_DUE)],
    ),
    "a hold is renewed": (LEAF, ("0 hold",), [(2_000, T.HOLD_BEGAN)]),
    "and no longer when it ends": (LEAF, ("0 hold", "500 unhold"), []),
    "a hold takes over the way": (LEAF, ("0 in", "1000 hold"), [(3_000, T.HOLD_BEGAN)]),
    "and what is owed": (LEAF, ("0 in", "4000 in", "8000 due", "8500 due", "8600 hold"), [(10_600, T.HOLD_BEGAN)]),
    "a motor's way is not shortened either": (
        replace(MOTOR, counted=frozenset({Direction.IN})),
        ("0 long in", "100 goes in", "400 in"),
        [(500, T.LINE_OVER), (7_000, T.WAY_OVER)],
    ),
    "what is owed is due after a rest": (WATCHED, ("0 in", "4000 in", "8000 due", "8500 due"), [(9_000, T.GRANTED)]),
    "a rest that a grant broke is over": (
        WATCHED,
        ("0 in", "4000 in", "8000 due", "8500 due", "8700 in"),
        [(13_700, T.LINE_OVER), (14_200, T.WAY_OVER)],
    ),
    "nothing is owed to who has gone": (
        replace(COUNTED, watched=False),
        ("0 in", "4000 in", "8000 due", "8200 goes in"),
        [],
    ),
    "whoever stays is still owed it": (
        replace(COUNTED, watched=False),
        ("0 in", "4000 in", "4000 in", "8000 due", "8200 goes in"),
        [(8_500, T.GRANTED)],
    ),
    "what is taken back is owed no more": (WATCHED, ("0 in", "4000 in", "8000 due", "8500 due", "8600 cut"), []),
    "who goes out is still owed a time": (
        WATCHED,
        ("0 in", "4000 in", "4000 out", "8000 due", "8500 due", "8600 cut"),
        [(9_000, T.GRANTED)],
    ),
    "force that ended owes nothing": (
        WATCHED,
        ("0 in", "4000 out", "8000 due", "8500 due", "8600 opened", "8700 closed"),
        [],
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_a_leaf_says_when_it_wants_to_be_woken(name: str) -> None:
    """After each story these are the moments that a leaf waits for, and no others."""
    leaf, story, expected = QUIET[name]
    assert leaves.deadlines(tell_leaf(leaf, *story)[1]) == expected


STATES: dict[str, tuple[tuple[str, ...], tuple[bool, bool, bool]]] = {
    "at rest": ((), (False, True, False)),
    "granted": (("0 in",), (True, False, False)),
    "in its grace": (("0 in", "5000 due"), (False, False, False)),
    "opened": (("0 in", "1000 opened"), (True, False, True)),
    "forced": (("1000 opened",), (False, False, True)),
    "held free": (("0 hold",), (True, False, False)),
    "held free and open": (("0 hold", "1000 opened"), (True, False, True)),
}


@pytest.mark.parametrize("name", STATES)
def test_a_leaf_tells_its_state(name: str) -> None:
    """Released, secure and open follow from phase and line, and nothing else."""
    story, expected = STATES[name]
    leaf = tell_leaf(LEAF, *story)[1]
    assert (leaf.released, leaf.secure, leaf.open) == expected


EXPECTED: list[tuple[str, Leaf, bool]] = [
    ("nobody was granted", WATCHED, False),
    ("everybody may", replace(WATCHED, lenient=True), True),
    ("held free", tell_leaf(LEAF, "0 hold")[1], True),
    ("granted", tell_leaf(WATCHED, "0 in")[1], True),
    ("granted the other way", tell_leaf(WATCHED, "0 out")[1], False),
]


@pytest.mark.parametrize(("name", "leaf", "expected"), EXPECTED, ids=[row[0] for row in EXPECTED])
def test_a_passage_is_expected_of_who_may_go(name: str, leaf: Leaf, expected: bool) -> None:  # noqa: FBT001  a table
    """A passage is somebody's who was granted it, everybody's, or nobody's."""
    assert (leaves.passed(leaf, Direction.IN)[2], bool(name)) == (expected, True)


def test_a_stop_ends_what_is_open_in_order() -> None:
    """The line falls first, then every grant ends by what the sensors know."""
    leaf = tell_leaf(COUNTED, "0 out", "1 in", "1000 opened")[1]
    assert leaves.end(leaf) == (Release(), *ended("inferred", "a", "b"))


def test_a_switch_that_is_lost_watches_no_more() -> None:
    """Nothing but its next word makes it a sensor again."""
    lost = tell_leaf(WATCHED, "0 lost")[1]
    assert lost.watched is False
    assert tell_leaf(lost, "0 closed")[1].watched is True


def test_a_grant_keeps_when_it_was_given_and_what_it_wants() -> None:
    """Whoever holds a grant is known by name, time and the end that it would have by itself."""
    (holder,) = tell_leaf(WATCHED, "100 in")[1].holders
    assert (holder.granted, holder.given_ms, holder.wants_ms) == (Granted("a", Direction.IN), 100, 5_100)


def test_an_impulse_is_a_way_that_outlives_its_line() -> None:
    """The line has its own end; the way leads where the last grant does."""
    motor = tell_leaf(MOTOR, "100 in")[1]
    assert motor.way == Way(100, 600, 5_100, Direction.IN)
    assert tell_leaf(MOTOR, "100 in", "200 out")[1].way == Way(100, 600, 5_200, Direction.OUT)


FREE_MS = [
    (5_000, 7_000, 8_000, 5_000, 7_000),
    (5_000, 4_000, 8_000, 5_000, 5_000),
    (5_000, 9_000, 3_000, 3_000, 3_000),
]


@pytest.mark.parametrize(("unlock_ms", "long_ms", "most_ms", "usual", "slow"), FREE_MS)
def test_no_grant_is_longer_than_the_relay_may_be_on(
    unlock_ms: int, long_ms: int, most_ms: int, usual: int, slow: int
) -> None:
    """Who walks slowly never gets less than others, and nobody more than the maximum."""
    settings = Settings(unlock_ms, most_ms, long_unlock_ms=long_ms)
    assert (settings.free_ms(long=False), settings.free_ms(long=True)) == (usual, slow)
