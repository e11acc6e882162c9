"""Any story of any door: whatever is told in whatever order, the laws of `watcher.py` hold at every moment."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from firmware.door.asked import CompanyAsked, DoorEvent, Granted, OfficerAsked, Recalled, Refused
from firmware.door.machine import deadline, energised, start, step
from firmware.door.people import OTHER_DOOR_MS
from firmware.door.settings import Kind, Relock, Settings
from firmware.events import (
    Contact,
    ContactChanged,
    Direction,
    EndGrant,
    Energise,
    Level,
    LinkChanged,
    OutputChecked,
    Posture,
    PostureCommanded,
    PostureScheduled,
    Reason,
    RecordCommitted,
    Release,
    ShowLight,
    Signal,
    Stopped,
)
from tests.unit.door.watcher import Watcher

LEAF = Settings(unlock_ms=1_000, max_unlock_ms=2_500, long_unlock_ms=2_000, held_ms=9_000, prealarm_ms=7_000)
HELD = replace(LEAF, kind=Kind.MAGLOCK, continuous=True)
LANE = replace(LEAF, kind=Kind.TURNSTILE, pulse_ms=200)
DOORS = {
    "strike": LEAF,
    "strike that locks on opening": replace(LEAF, relock=Relock.ON_OPEN),
    "strike that can be held": replace(LEAF, continuous=True),
    "maglock with a handle": replace(HELD, free_handle=True),
    "maglock open by day": replace(HELD, standing=Posture.FREE_ACCESS),
    "turnstile": LANE,
    "turnstile out of service": replace(LANE, standing=Posture.DISABLED),
    "motor": replace(LEAF, kind=Kind.MOTOR, pulse_ms=900),
}
SPANS_MS = st.one_of(
    st.integers(0, 300),
    st.integers(0, 2_500),
    st.integers(0, 12_000),
    st.integers(0, 90_000),
    st.sampled_from((149, 150, 200, 500, 900, 901, 1_000, 1_500, 2_000, 2_500, 5_000)),
)
LEVELS = [Level.ACTIVE, Level.REST, Level.ACTIVE, Level.REST, Level.CUT, Level.SHORT, Level.CHATTER]
"""What a contact may say; wires break less often than people move."""

WEIGHTY = [Contact.SUPPLY, Contact.FIRE, Contact.DOOR_POSITION, Contact.INTERLOCK]
"""The contacts on which most depends."""

TRIFLES: list[DoorEvent] = [
    Recalled(),
    LinkChanged(up=True),
    LinkChanged(up=False),
    *(OutputChecked(output, works) for output in ("relay", "light") for works in (True, False)),
]
CALM_MS = 700_000
"""Longer than the slowest alarm takes to be told."""

AT_REST = {Contact.READY: Level.ACTIVE}
"""What a contact says when all is well, where that is not rest."""


class AnyStory(RuleBasedStateMachine):
    """Grants, refusals, contacts, orders, failures and time in any order."""

    kind = LEAF

    def __init__(self) -> None:
        """Build a door of this kind and whoever watches it."""
        super().__init__()
        self.watcher = Watcher(self.kind)
        self.names = count()
        self.tokens: dict[int, str] = {}
        self.heard: set[Contact] = set()
        self.door, effects = start(self.kind, 0)
        self.watcher.hear(effects)

    @property
    def now_ms(self) -> int:
        """The time of the story."""
        return self.watcher.now_ms

    def settle(self) -> None:
        """Let the door do what is due."""
        self.door, effects = step(self.door, None, self.now_ms)
        self.watcher.hear(effects)

    def take(self, event: DoorEvent) -> tuple[str, ...]:
        """Tell the door something; a turn is what was due and then the event, never anything else."""
        self.settle()
        after = step(self.door, event, self.now_ms)
        assert step(self.door, None, self.now_ms) == (self.door, ())
        self.door, effects = after
        self.watcher.hear(effects)
        return tuple(one.grant for one in effects if isinstance(one, EndGrant))

    @rule(ways=st.lists(st.sampled_from(Direction), min_size=2, max_size=9), gap_ms=st.integers(0, 900))
    def crowd(self, ways: list[Direction], gap_ms: int) -> None:
        """Let several people come one after the other."""
        for number, way in enumerate(ways):
            self.grant(way, waits=False, slow=number % 3 == 2)
            self.wait(gap_ms)

    @rule(direction=st.sampled_from(Direction), waits=st.sampled_from((False, False, True)), slow=st.booleans())
    def grant(self, direction: Direction, waits: bool, slow: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        """Grant somebody a way; only who waits for no record may go at once."""
        self.settle()
        number = next(self.names)
        granted = Granted(f"g{number}", direction, number if waits else None, long=slow)
        watcher, queued = self.watcher, len(self.watcher.going)
        watcher.fresh = {granted.grant}
        if waits:
            watcher.waiting[granted.grant] = granted
            watcher.beside |= {granted.grant: self.now_ms + OTHER_DOOR_MS} if Contact.INTERLOCK in self.heard else {}
        else:
            watcher.goes(granted)
        self.tokens |= {number: granted.grant} if waits else {}
        ended = self.take(granted)
        if direction is Direction.IN and watcher.hindered:
            assert granted.grant in ended
        elif direction is Direction.OUT and not waits:
            self.let_out(granted.grant, queued)
        watcher.fresh = set()

    def let_out(self, grant: str, queued: int) -> None:
        """Whoever is inside gets out: at once through a leaf, in turn through a lane that has room."""
        if self.watcher.settings.kind is Kind.TURNSTILE:
            assert grant in self.watcher.going or queued >= 8
            ahead = [one for one in self.watcher.going.values() if one.direction is Direction.OUT]
            assert grant in self.watcher.going or len(ahead) >= 8
        else:
            assert any(self.watcher.on(line) for line in self.watcher.wires)

    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        """Commit a record: known or unknown, in time, late or twice."""
        self.settle()
        token = data.draw(st.sampled_from([*sorted(self.tokens), 10_000]))
        granted = self.watcher.waiting.pop(self.tokens.get(token, ""), None)
        if granted is not None:
            self.watcher.goes(granted)
            self.watcher.fresh = {granted.grant}
        ended = self.take(RecordCommitted(token))
        self.watcher.fresh = set()
        paired = Contact.INTERLOCK in self.heard
        if granted is not None and granted.direction is Direction.IN and self.watcher.hindered and not paired:
            assert granted.grant in ended

    @rule(reason=st.sampled_from(Reason), verified=st.booleans())
    def refuse(self, reason: Reason, verified: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        """Refuse somebody; no line moves."""
        self.settle()
        _, effects = step(self.door, Refused(reason, verified), self.now_ms)
        assert not [one for one in effects if isinstance(one, Energise | Release | EndGrant)]
        self.take(Refused(reason, verified))

    @rule(waiting=st.booleans())
    def ask_an_officer(self, waiting: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        """Ask an officer, or no longer; no line moves and no grant ends."""
        self.settle()
        _, effects = step(self.door, OfficerAsked(waiting), self.now_ms)
        assert not [one for one in effects if isinstance(one, Energise | Release | EndGrant)]
        self.take(OfficerAsked(waiting))

    @rule(waiting=st.booleans())
    def ask_for_company(self, waiting: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        """Ask for company, or no longer; no line moves and no grant ends."""
        self.settle()
        _, effects = step(self.door, CompanyAsked(waiting), self.now_ms)
        assert not [one for one in effects if isinstance(one, Energise | Release | EndGrant)]
        self.take(CompanyAsked(waiting))

    @rule(contact=st.sampled_from(Contact), level=st.sampled_from(LEVELS))
    def hear(self, contact: Contact, level: Level) -> None:
        """Hear a contact, whatever it says."""
        self.settle()
        self.heard.add(contact)
        self.watcher.read(contact, level)
        self.take(ContactChanged(contact, level))

    @rule(contact=st.sampled_from(WEIGHTY), ways=st.lists(st.sampled_from(Direction), max_size=3))
    def interrupt(self, contact: Contact, ways: list[Direction]) -> None:
        """Let a contact that matters speak while people go."""
        for way in ways:
            self.grant(way, waits=False, slow=False)
        self.hear(contact, Level.ACTIVE)

    @rule(contact=st.sampled_from([Contact.DOOR_POSITION, Contact.PASSAGE_IN, Contact.FIRE]), ms=st.integers(1, 900))
    def chatter(self, contact: Contact, ms: int) -> None:
        """Let a contact come and go fast."""
        for _ in range(5):
            for level in (Level.ACTIVE, Level.REST):
                self.hear(contact, level)
                self.wait(ms)

    @rule(posture=st.one_of(st.none(), st.sampled_from(Posture)), lasts_ms=st.one_of(st.none(), SPANS_MS))
    def command(self, posture: Posture | None, lasts_ms: int | None) -> None:
        """Command a posture, for good or for a time, or withdraw it."""
        self.settle()
        until_ms = None if lasts_ms is None else self.now_ms + lasts_ms
        self.watcher.commanded, self.watcher.until_ms = posture, until_ms
        self.take(PostureCommanded(posture, until_ms))

    @rule(posture=st.one_of(st.none(), st.sampled_from(Posture)))
    def schedule(self, posture: Posture | None) -> None:
        """Let the timetable want a posture, or nothing."""
        self.settle()
        self.watcher.scheduled = posture
        self.take(PostureScheduled(posture))

    @rule(event=st.sampled_from(TRIFLES))
    def hear_of(self, event: DoorEvent) -> None:
        """Lose or find the broker, hear of an output, or take back whoever waits for a record: no line moves."""
        self.take(event)
        assert event != Recalled() or not self.watcher.waiting

    @rule(ms=SPANS_MS)
    def wait(self, ms: int) -> None:
        """Let time pass, deadline by deadline; a door is never busy with itself."""
        self.settle()
        until_ms, turns = self.now_ms + ms, 0
        while (due_ms := deadline(self.door)) is not None and due_ms <= until_ms:
            self.watcher.now_ms, turns = due_ms, turns + 1
            self.settle()
            self.laws()
            assert turns <= 50 + ms // 400
        self.watcher.now_ms = until_ms

    @rule(ms=SPANS_MS)
    def sleep_over(self, ms: int) -> None:
        """Let time pass without a turn, as a process that was stopped would."""
        self.settle()
        self.watcher.now_ms += ms
        self.settle()

    @invariant()
    def laws(self) -> None:
        """After every turn the watcher's laws hold, and the door waits for a moment that is still to come."""
        self.settle()
        self.watcher.settled()
        due_ms = deadline(self.door)
        assert due_ms is not None
        assert due_ms > self.now_ms
        assert energised(self.door) == {line for line in self.watcher.wires if self.watcher.on(line)}

    @invariant()
    def a_stop_at_any_moment_ends_everything(self) -> None:
        """Whenever it is stopped, every line falls, the lamps go dark, each open grant ends once, and that is all."""
        door, effects = step(self.door, Stopped(), self.now_ms)
        ends = sorted(one.grant for one in effects if isinstance(one, EndGrant))
        assert ends == sorted([*self.watcher.going, *self.watcher.waiting])
        assert ShowLight(Signal.DARK, 0) in effects
        assert {line for line in self.watcher.wires if self.watcher.on(line)} <= {
            one.line for one in effects if isinstance(one, Release)
        }
        assert (energised(door), deadline(door)) == (frozenset(), None)
        assert step(door, Granted("late", Direction.OUT), self.now_ms) == (door, ())

    def teardown(self) -> None:
        """Make everything well again and wait: nobody is left, no alarm is, and a door at rest is shut."""
        for contact in sorted(self.heard):
            self.hear(contact, AT_REST.get(contact, Level.REST))
        for output in ("relay", "light"):
            self.take(OutputChecked(output, works=True))
        self.command(None, None)
        self.schedule(None)
        self.wait(CALM_MS)
        assert not self.watcher.going
        assert not self.watcher.waiting
        assert self.watcher.raised == set()
        seen = self.watcher.settings.kind is Kind.TURNSTILE or Contact.DOOR_POSITION in self.heard
        assert self.watcher.permit is (seen and self.watcher.settings.standing is not Posture.FREE_ACCESS)


@pytest.mark.parametrize("door", DOORS)
def test_any_story(door: str) -> None:
    """Whatever happens in whatever order at this kind of door, every law holds all the time."""

    class Story(AnyStory):
        kind = DOORS[door]

    half = profile().max_examples // 2
    run_state_machine_as_test(Story, settings=profile(max_examples=half, stateful_step_count=40))
