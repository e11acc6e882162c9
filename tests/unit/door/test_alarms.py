"""The book of alarms: each is told when it comes and goes, never in a flood, and in the end always as it is."""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.door import alarms
from firmware.door.alarms import CALM_MS, FREELY, SLOWED_MS, SLOWEST_MS, Book
from firmware.door.asked import Noticed
from firmware.events import Alarm, ClearAlarm, RaiseAlarm

COMES, GOES = Noticed(Alarm.FORCED, active=True), Noticed(Alarm.FORCED, active=False)
RAISED, CLEARED = RaiseAlarm(Alarm.FORCED), ClearAlarm(Alarm.FORCED)
Told = list[tuple[int, RaiseAlarm | ClearAlarm]]


def live(*script: tuple[int, Noticed | None], until_ms: int = 0) -> tuple[Book, Told]:
    """Take in causes at their times, settle whenever it is due, and gather what was told and when."""
    book: Book = ()
    told: Told = []
    for at_ms, noticed in chain(script, [(until_ms, None)] if until_ms else []):
        while (due_ms := alarms.deadline(book)) is not None and due_ms < at_ms:
            book, more = alarms.settle(book, due_ms)
            told += [(due_ms, one) for one in more]
        book = book if noticed is None else alarms.notice(book, noticed)
        book, more = alarms.settle(book, at_ms)
        told += [(at_ms, one) for one in more]
    return book, told


def subject(name: str, *, active: bool) -> Noticed:
    """Name an output that fails or works again."""
    return Noticed(Alarm.OUTPUT_FAULT, active, name)


def ends(at_ms: int) -> Noticed:
    """Begin a cause that ends by itself."""
    return Noticed(Alarm.TAILGATE, active=True, until_ms=at_ms)


CASES: dict[str, tuple[list[tuple[int, Noticed | None]], Told]] = {
    "it comes and goes": ([(10, COMES), (20, GOES)], [(10, RAISED), (20, CLEARED)]),
    "what never came does not go": ([(10, GOES)], []),
    "what is there does not come again": ([(10, COMES), (20, COMES), (30, GOES)], [(10, RAISED), (30, CLEARED)]),
    "in one moment too": ([(10, COMES), (10, GOES)], [(10, RAISED), (10, CLEARED)]),
    "subjects are apart": (
        [(1, subject("relay", active=True)), (2, subject("light", active=True)), (3, subject("relay", active=False))],
        [
            (1, RaiseAlarm(Alarm.OUTPUT_FAULT, "relay")),
            (2, RaiseAlarm(Alarm.OUTPUT_FAULT, "light")),
            (3, ClearAlarm(Alarm.OUTPUT_FAULT, "relay")),
        ],
    ),
    "so are alarms": (
        [(1, COMES), (2, Noticed(Alarm.HELD, active=True)), (3, GOES)],
        [(1, RAISED), (2, RaiseAlarm(Alarm.HELD)), (3, CLEARED)],
    ),
    "some end by themselves": (
        [(1, ends(100)), (99, None), (100, None)],
        [(1, RaiseAlarm(Alarm.TAILGATE)), (100, ClearAlarm(Alarm.TAILGATE))],
    ),
    "and count how often they came": (
        [(1, ends(100)), (50, ends(150)), (100, None), (149, None), (150, None)],
        [(1, RaiseAlarm(Alarm.TAILGATE)), (150, ClearAlarm(Alarm.TAILGATE, times=2))],
    ),
    "anew each time": (
        [(1, ends(100)), (50, ends(150)), (150, None), (200, ends(300)), (300, None)],
        [
            (1, RaiseAlarm(Alarm.TAILGATE)),
            (150, ClearAlarm(Alarm.TAILGATE, times=2)),
            (200, RaiseAlarm(Alarm.TAILGATE)),
            (300, ClearAlarm(Alarm.TAILGATE)),
        ],
    ),
    "what ended by hand does not end again": (
        [(1, ends(100)), (50, Noticed(Alarm.TAILGATE, active=False)), (60, Noticed(Alarm.TAILGATE, active=True))],
        [(1, RaiseAlarm(Alarm.TAILGATE)), (50, ClearAlarm(Alarm.TAILGATE)), (60, RaiseAlarm(Alarm.TAILGATE))],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_cause_is_told_when_it_begins_and_when_it_ends(name: str) -> None:
    """Each case gives the causes with their times and all that is told of them."""
    script, expected = CASES[name]
    assert live(*script)[1] == expected


def flicker(times: int, every_ms: int = 1) -> list[tuple[int, Noticed]]:
    """Let a cause come and go so many times."""
    return [(1 + number * every_ms, GOES if number % 2 else COMES) for number in range(2 * times)]


def test_what_flickers_is_told_ever_more_rarely() -> None:
    """Three times there and gone are told at once; what comes then is told after pauses that double with every word."""
    _, told = live(*flicker(4), *((at, COMES if at % 2_000 else GOES) for at in range(1_000, 4_000_000, 1_000)))
    assert [at for at, _ in told][:FREELY] == [1, 2, 3, 4, 5, 6]
    words = Counter(at for at, _ in told)
    moments = sorted(words)
    for number, (before, after) in enumerate(pairwise(moments), 1):
        spent = sum(words[at] for at in moments[:number])
        least = 0 if spent < FREELY else min(SLOWEST_MS, 5_000 << (spent - FREELY))
        assert least <= after - before < least + 2_000, spent
        if least == SLOWEST_MS:
            break
    else:
        pytest.fail("the slowest pause never came")


def test_what_holds_in_the_end_is_told_with_how_often_it_came() -> None:
    """A cause that came and went unheard while telling was slowed is counted, and its last state is told."""
    book, told = live(*flicker(3), (10, COMES), (20, GOES), (30, COMES), until_ms=SLOWED_MS + 6)
    assert told[FREELY:] == [(SLOWED_MS + 6, RAISED)]
    assert alarms.raised(book) == ((Alarm.FORCED, ""),)
    _, told = live(*flicker(3), (10, COMES), (20, GOES), (30, COMES), (6_000, GOES), until_ms=60_000)
    assert told[FREELY:] == [(5_006, RAISED), (15_006, ClearAlarm(Alarm.FORCED, times=2))]


def test_what_came_and_went_while_telling_was_slowed_is_told_later() -> None:
    """Nothing is swallowed: it is told as raised and cleared, with how often it came, as soon as may be."""
    story = (10, COMES), (20, GOES), (30, COMES), (40, GOES)
    book, told = live(*flicker(3), *story, until_ms=60_000)
    due_ms = SLOWED_MS + FREELY
    assert told[FREELY:] == [(due_ms, RAISED), (due_ms, ClearAlarm(Alarm.FORCED, times=2))]
    assert alarms.deadline(book) is None
    _, told = live(*flicker(3), *story[:2], until_ms=60_000)
    assert told[FREELY:] == [(due_ms, RAISED), (due_ms, ClearAlarm(Alarm.FORCED, times=1))]


@pytest.mark.parametrize(("calm_ms", "at_once"), [(CALM_MS - 1, False), (CALM_MS, True)])
def test_calm_makes_an_alarm_free_again(calm_ms: int, at_once: bool) -> None:  # noqa: FBT001  a table
    """After ten minutes without a word the next changes are told at once again, all of them."""
    again = [(FREELY + calm_ms + at - 1, noticed) for at, noticed in flicker(4)]
    _, told = live(*flicker(3), *again)
    assert [at for at, _ in told[FREELY:]] == [at for at, _ in again[: FREELY if at_once else 1]]


def test_the_book_wakes_for_what_is_to_be_told_and_for_what_ends() -> None:
    """The next moment is the earliest end of an alarm or of a pause, and none when nothing is open."""
    assert alarms.deadline(()) is None
    assert alarms.deadline(live((1, COMES))[0]) is None
    assert alarms.deadline(live((1, COMES), (2, ends(90)))[0]) == 90
    over, _ = live((2, ends(90)), (90, None))
    assert (alarms.deadline(over), over[0].active, over[0].told) == (None, False, False)
    slowed, _ = live(*flicker(3), (10, COMES))
    assert alarms.deadline(slowed) == SLOWED_MS + 6
    assert alarms.deadline(live(*flicker(3), (10, COMES), (11, ends(90)))[0]) == 90
    assert alarms.deadline(live(*flicker(3), (10, COMES), (11, ends(90_000)))[0]) == SLOWED_MS + 6


def test_causes_of_one_moment_are_all_told() -> None:
    """Each entry that may be told is, in the order of their coming."""
    book = alarms.notice(alarms.notice((), COMES), subject("relay", active=True))
    assert alarms.settle(book, 1)[1] == (RAISED, RaiseAlarm(Alarm.OUTPUT_FAULT, "relay"))


def test_what_holds_is_listed_in_the_order_of_its_coming() -> None:
    """A list of what holds now names alarm and subject, oldest entry first, and nothing that has ended."""
    book, _ = live((1, subject("b", active=True)), (2, COMES), (3, subject("a", active=True)), (4, GOES))
    assert alarms.raised(book) == ((Alarm.OUTPUT_FAULT, "b"), (Alarm.OUTPUT_FAULT, "a"))


CAUSES = st.lists(st.tuples(st.integers(0, 30_000), st.booleans(), st.sampled_from(["", "x"])), max_size=60)


@given(CAUSES)
def test_no_cause_makes_a_flood_and_each_end_is_told(causes: list[tuple[int, bool, str]]) -> None:
    """Whatever comes: raised and cleared alternate, ten changes a minute at most, and all is clear in the end."""
    now_ms, script = 0, list[tuple[int, Noticed | None]]()
    for gap_ms, active, name in causes:
        now_ms += gap_ms
        script.append((now_ms, Noticed(Alarm.FORCED, active, name)))
    script += [(now_ms, Noticed(Alarm.FORCED, active=False, subject=name)) for name in ("", "x")]
    book, told = live(*script, until_ms=now_ms + 2 * SLOWEST_MS)
    assert alarms.raised(book) == ()
    for name in ("", "x"):
        mine = [(at, isinstance(one, RaiseAlarm)) for at, one in told if one.subject == name]
        assert [raised for _, raised in mine] == [number % 2 == 0 for number in range(len(mine))]
        assert len(mine) % 2 == 0
        assert all(sum(at <= other < at + 60_000 for other, _ in mine) <= 10 for at, _ in mine)
