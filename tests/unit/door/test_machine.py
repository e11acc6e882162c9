"""The door's machine in virtual time: what it energises, for how long, and how every grant ends."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firmware.door.asked import DoorEvent, Granted, Recalled, Refused
from firmware.door.lamps import IDLE_LEASE_MS, IDLE_RENEWED_MS
from firmware.door.machine import deadline, start, step
from firmware.door.people import RECORD_WITHIN_MS, REFUSAL_SHOWN_MS
from firmware.door.settings import Settings
from firmware.door.signals import PATTERNS, REFUSALS
from firmware.door.state import Door
from firmware.events import (
    Direction,
    Effect,
    EndGrant,
    Energise,
    PlaySound,
    Reason,
    RecordCommitted,
    Release,
    ShowLight,
    Signal,
    Stopped,
)

SETTINGS = Settings(unlock_ms=5000, max_unlock_ms=8000)
IN = Granted("g1", Direction.IN, token=1)
OUT = Granted("g2", Direction.OUT)


def play(*script: tuple[int, DoorEvent | None]) -> tuple[Door, list[tuple[int, Effect]]]:
    """Play events at their times (ms) and gather what the door did, with the times."""
    door, effects = start(SETTINGS, 0)
    heard = [(0, effect) for effect in effects]
    for now_ms, event in script:
        door, effects = step(door, event, now_ms)
        heard += [(now_ms, effect) for effect in effects]
    return door, heard


def relay(heard: list[tuple[int, Effect]]) -> list[tuple[int, Effect]]:
    """Keep what concerns the lock and the grants, after the start."""
    return [(at, effect) for at, effect in heard[1:] if isinstance(effect, Energise | Release | EndGrant)]


def test_it_begins_locked_and_idle() -> None:
    """At the start the relay is released, whatever held it before, and the lamps say ready."""
    door, heard = play()
    assert heard == [(0, Release()), (0, ShowLight(Signal.IDLE, IDLE_LEASE_MS))]
    assert door.phase == "locked"


def test_an_entry_waits_for_its_record() -> None:
    """Nothing is energised before the record is on disk; then the pulse is as long as configured."""
    waiting, _ = play((100, IN))
    assert waiting.phase == "waiting"
    door, heard = play((100, IN), (140, RecordCommitted(1)), (5140, None))
    assert relay(heard) == [(140, Energise(5000)), (5140, Release()), (5140, EndGrant("g1", "assumed"))]
    assert door.phase == "locked"


def test_an_entry_whose_record_is_late_is_annulled() -> None:
    """After the time allowed the answer is a fault, and the record's late arrival opens nothing."""
    late = 100 + RECORD_WITHIN_MS
    door, heard = play((100, IN), (late, None), (late + 1, RecordCommitted(1)))
    assert relay(heard) == [(late, EndGrant("g1", "annulled", Reason.STORAGE))]
    assert (late, ShowLight(Signal.FAULT, REFUSAL_SHOWN_MS)) in heard
    assert door.phase == "locked"


def test_a_record_that_comes_with_the_deadline_is_too_late() -> None:
    """The deadline is settled before the event is looked at."""
    _, heard = play((100, IN), (100 + RECORD_WITHIN_MS, RecordCommitted(1)))
    assert relay(heard) == [(100 + RECORD_WITHIN_MS, EndGrant("g1", "annulled", Reason.STORAGE))]


def test_a_recall_takes_back_what_waits_and_nothing_else() -> None:
    """Whoever waits is judged anew and its record opens nothing any more; an open door stays open."""
    door, heard = play((0, OUT), (10, IN), (20, Recalled()), (30, RecordCommitted(1)), (40, Recalled()))
    assert relay(heard) == [(0, Energise(5000)), (20, EndGrant("g1", "annulled", Reason.STORAGE))]
    assert (door.phase, door.waiting) == ("unlocked", ())


def test_an_exit_waits_for_nothing() -> None:
    """The way out opens in the same turn."""
    _, heard = play((100, OUT))
    assert relay(heard) == [(100, Energise(5000))]


def test_a_second_grant_extends_up_to_the_maximum() -> None:
    """A pulse grows with the next grant but never beyond its maximum since it rose, and both grants end with it."""
    second = Granted("g3", Direction.OUT)
    _, heard = play((100, OUT), (4100, second), (8100, None))
    assert relay(heard) == [
        (100, Energise(5000)),
        (4100, Energise(4000)),
        (8100, Release()),
        (8100, EndGrant("g2", "assumed")),
        (8100, EndGrant("g3", "assumed")),
    ]


def test_a_refusal_is_shown_and_goes_away() -> None:
    """A refusal has its signal for its time, then the door looks ready again."""
    _, heard = play((100, Refused(Reason.EXPIRED)), (100 + REFUSAL_SHOWN_MS, None))
    assert heard[2:] == [
        (100, ShowLight(Signal.EXPIRED, REFUSAL_SHOWN_MS)),
        (100, PlaySound(Signal.EXPIRED)),
        (2100, ShowLight(Signal.IDLE, IDLE_LEASE_MS)),
    ]


def test_a_refusal_beside_an_open_door_does_not_close_it() -> None:
    """The lamps tell the second person no, then tell the first person again that the way is free."""
    _, heard = play((100, OUT), (1000, Refused(Reason.USED)), (3000, None))
    assert relay(heard) == [(100, Energise(5000))]
    assert heard[-1] == (3000, ShowLight(Signal.GRANTED_OUT, 2100))


def test_stopping_locks_and_closes_every_grant() -> None:
    """A stop releases at once; a waiting entry is annulled, and nothing moves the door afterwards."""
    door, heard = play((100, OUT), (110, IN), (120, Stopped()), (130, OUT), (140, RecordCommitted(1)))
    assert relay(heard) == [
        (100, Energise(5000)),
        (120, Release()),
        (120, EndGrant("g2", "assumed")),
        (120, EndGrant("g1", "annulled", Reason.STORAGE)),
    ]
    assert heard[-3] == (120, ShowLight(Signal.DARK, 0))
    assert (door.phase, deadline(door)) == ("stopped", None)


def test_the_idle_lamp_is_a_lease() -> None:
    """It is renewed well before it goes out by itself, so a dark lamp means a dead gate."""
    door, _ = play()
    assert IDLE_RENEWED_MS < IDLE_LEASE_MS
    assert deadline(door) == IDLE_RENEWED_MS
    _, effects = step(door, None, IDLE_RENEWED_MS)
    assert effects == (ShowLight(Signal.IDLE, IDLE_LEASE_MS),)


@given(st.sampled_from(Reason))
def test_every_refusal_has_a_signal_that_is_never_green(reason: Reason) -> None:
    """No reason is without a signal, and none looks like a grant."""
    assert PATTERNS[REFUSALS[reason]].colour not in {"green", "dark"}


def test_no_two_signals_look_and_sound_the_same() -> None:
    """Colour, rhythm and tone together tell any two signals apart; every signal has a pattern."""
    assert set(PATTERNS) == set(Signal)
    assert len({(one.colour, one.rhythm, one.notes) for one in PATTERNS.values()}) == len(PATTERNS)


@pytest.mark.parametrize("signal", [signal for signal in Signal if signal is not Signal.DARK])
def test_a_rhythm_repeats_whole(signal: Signal) -> None:
    """On and off times come in pairs, so a repeated rhythm keeps its shape."""
    assert len(PATTERNS[signal].rhythm) % 2 == 0


class AnyStory(RuleBasedStateMachine):
    """Any interleaving of grants, refusals, commits and time, with the laws of the relay watched from outside."""

    def __init__(self) -> None:
        """Begin a door and an observer of its line."""
        super().__init__()
        self.now_ms = 0
        self.door, effects = start(SETTINGS, 0)
        self.rose_ms: int | None = None
        self.until_ms = 0
        self.given: dict[str, bool] = {}
        self.ended: list[str] = []
        self.tokens: set[int] = set()
        self.hear(effects)

    def hear(self, effects: tuple[Effect, ...]) -> None:
        """Follow the line as the hardware would."""
        for effect in effects:
            match effect:
                case Energise(limit_ms):
                    assert limit_ms > 0
                    self.rose_ms = self.now_ms if self.rose_ms is None else self.rose_ms
                    self.until_ms = self.now_ms + limit_ms
                    assert self.until_ms - self.rose_ms <= SETTINGS.max_unlock_ms
                case Release():
                    self.rose_ms = None
                case EndGrant(grant):
                    self.ended.append(grant)
                case ShowLight(signal, limit_ms) if PATTERNS[signal].colour == "green":
                    assert self.rose_ms is not None
                    assert self.now_ms + limit_ms <= self.until_ms
                case _:
                    pass

    def do(self, event: DoorEvent | None) -> None:
        """Take one step."""
        self.door, effects = step(self.door, event, self.now_ms)
        self.hear(effects)

    @rule(waits=st.booleans(), direction=st.sampled_from(Direction))
    def grant(self, direction: Direction, waits: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        """Give a grant; only those without a token may open at once."""
        name = f"g{len(self.given)}"
        token = len(self.given) if waits else None
        was_on = self.rose_ms is not None
        self.do(Granted(name, direction, token))
        self.given[name] = True
        if token is not None:
            self.tokens.add(token)
            assert was_on or self.rose_ms is None
        else:
            assert self.rose_ms is not None

    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        """Commit some record, known or unknown, once or twice."""
        self.do(RecordCommitted(data.draw(st.sampled_from([*sorted(self.tokens), 10_000]))))

    @rule(reason=st.sampled_from(Reason))
    def refuse(self, reason: Reason) -> None:
        """Refuse somebody; the lock does not move."""
        before = self.rose_ms
        self.do(Refused(reason))
        assert self.rose_ms == before

    @rule()
    def recall(self) -> None:
        """Take back what waits; the lock does not move."""
        before = self.rose_ms
        self.do(Recalled())
        assert self.rose_ms == before
        assert not self.door.waiting

    @rule(ms=st.integers(0, 20_000))
    def wait(self, ms: int) -> None:
        """Let time pass, deadline by deadline."""
        until_ms = self.now_ms + ms
        while (due := deadline(self.door)) is not None and due <= until_ms:
            self.now_ms = due
            self.do(None)
        self.now_ms = until_ms

    @rule(ms=st.integers(0, 20_000))
    def sleep_over(self, ms: int) -> None:
        """Let time pass without a turn, as a stopped process would; the next turn settles all of it."""
        self.now_ms += ms
        self.do(None)

    @invariant()
    def what_is_due_is_settled(self) -> None:
        """No deadline lies in the past after a turn."""
        due = deadline(self.door)
        assert due is not None
        assert due >= self.now_ms or self.door.pulse is None

    @invariant()
    def the_line_is_on_only_in_a_pulse(self) -> None:
        """The observer's line and the machine agree."""
        assert (self.rose_ms is not None) == (self.door.pulse is not None)

    @invariant()
    def each_grant_ends_once(self) -> None:
        """No grant ends twice, and none is forgotten: it is open, waiting or ended."""
        assert len(set(self.ended)) == len(self.ended)
        pulse = self.door.pulse
        held = [granted.grant for granted in (pulse.grants if pulse else ())]
        held += [waiting.granted.grant for waiting in self.door.waiting]
        assert sorted(held + self.ended) == sorted(self.given)


TestAnyStory = AnyStory.TestCase


@given(st.lists(st.integers(0, 12_000), min_size=2, max_size=20))
def test_pulses_never_overlap_their_maximum(gaps: list[int]) -> None:
    """However grants follow each other, two releases of the lock are never further apart from a rise than allowed."""
    times = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    door, _ = start(SETTINGS, 0)
    edges: list[tuple[int, bool]] = []
    for number, at in enumerate(times):
        while (due := deadline(door)) is not None and due <= at:
            door, effects = step(door, None, due)
            edges += [(due, False) for effect in effects if isinstance(effect, Release)]
        on = door.pulse is not None
        door, effects = step(door, Granted(f"g{number}", Direction.OUT), at)
        edges += [] if on else [(at, True)]
    for (rose, is_rise), (fell, is_also_rise) in pairwise(edges):
        if is_rise:
            assert not is_also_rise
            assert fell - rose <= SETTINGS.max_unlock_ms
