"""The guide in virtual time: what passes, what fails, how long it waits, and that an interruption changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.doctor import guide
from firmware.doctor.findings import Outcome, Why
from firmware.doctor.guide import Stage
from firmware.doctor.steps import Kind, Step, plan
from firmware.doctor.walking import (
    AT_TERMINAL,
    BY_CARD,
    Answered,
    ContactMoved,
    Drive,
    Event,
    Finished,
    Lamp,
    LetGo,
    LineRead,
    PassedOver,
    Play,
    Repeated,
    Tune,
)
from firmware.events import Contact, Level, Line
from tests.unit.doctor.walker import STEPS, WHOLE, Walker, beat, walked

ANSWERED = [step.id for step in STEPS if step.kind not in {Kind.CHECK, Kind.RELEASE}]
REX = Step("input-rex", Kind.ASK, "rex")
RED = Step("lamp-red", Kind.SHOW, "red")
RELAY = Step("relay", Kind.RELEASE, "relay")
GREEN = Step("lamp-green", Kind.RELEASE, "relay", "green")
AIM = Step("aim-outside", Kind.AIM, "outside")

LATE: list[tuple[Step, list[Event], Outcome, str]] = [
    (REX, [], Outcome.FAIL, Why.NOT_MOVED),
    (REX, [ContactMoved(Contact.REX, Level.ACTIVE)], Outcome.FAIL, Why.STAYS_ACTIVE),
    (RED, [], Outcome.FAIL, Why.NOT_CONFIRMED),
    (AIM, [], Outcome.FAIL, Why.NO_FRAMES),
    (RELAY, [], Outcome.SKIPPED, Why.DECLINED),
    (RELAY, [Answered(yes=True)], Outcome.FAIL, Why.NOT_RELEASED),
    (RELAY, [Answered(yes=True), LineRead(Line.RELAY, on=True)], Outcome.FAIL, Why.STAYS_RELEASED),
]
SAID: list[tuple[Step, list[Event], Outcome, str]] = [
    (REX, [ContactMoved(Contact.REX, level)], Outcome.FAIL, Why.WIRE_FAULT)
    for level in (Level.CUT, Level.SHORT, Level.CHATTER)
]
SAID += [
    (RED, [Answered(yes=False)], Outcome.FAIL, Why.NOT_SEEN),
    (RED, [PassedOver(Why.PASSED_OVER)], Outcome.SKIPPED, Why.PASSED_OVER),
    (RELAY, [Answered(yes=False)], Outcome.SKIPPED, Why.DECLINED),
    (RELAY, [PassedOver(Why.NO_TERMINAL)], Outcome.SKIPPED, Why.NO_TERMINAL),
]


def heard(step: Step, events: list[Event]) -> tuple[Walker, guide.Guide]:
    """Begin a walk of one step and let it hear these events."""
    walker = Walker(steps=(step,))
    walk = walker.begin()
    for event in events:
        walk = walker.feed(walk, event)
    return walker, walk


def test_a_whole_door_passes() -> None:
    """A technician who does all that is asked ends with every step of the door ok, by one look at the machine."""
    walker = Walker()
    entries = walked(walker)
    assert [entry.id for entry in entries] == [step.id for step in STEPS]
    assert {entry.outcome for entry in entries} == {Outcome.OK}
    assert walker.looks() == 1
    assert walker.done[-1] == Finished()
    over, effects = guide.begin(STEPS, AT_TERMINAL, entries, walker.now_ms)
    assert effects == (Finished(),)
    assert guide.deadline(over) is None
    assert guide.step(over, PassedOver(Why.PASSED_OVER), walker.now_ms) == (over, ())


@pytest.mark.parametrize("broken", ANSWERED)
def test_each_step_fails_alone(broken: str) -> None:
    """What is wrong at one step is told there and nowhere else."""
    entries = walked(Walker(broken=frozenset({broken})))
    assert [entry.id for entry in entries if entry.outcome is Outcome.FAIL] == [broken]


@pytest.mark.parametrize(("step", "events", "outcome", "reason"), LATE)
def test_every_stage_gives_up(step: Step, events: list[Event], outcome: Outcome, reason: str) -> None:
    """Each stage ends by itself at its deadline, not a millisecond before, and says what was missing."""
    walker, walk = heard(step, events)
    walker.now_ms = walk.until_ms - 1
    walk = walker.feed(walk, None)
    assert walk.current == step
    walker.now_ms = walk.until_ms
    walk = walker.feed(walk, None)
    assert walk.current is None
    assert (walk.entries[0].outcome, walk.entries[0].reason) == (outcome, reason)


@pytest.mark.parametrize(("step", "events", "outcome", "reason"), SAID)
def test_an_answer_ends_a_step(step: Step, events: list[Event], outcome: Outcome, reason: str) -> None:
    """A no, a skip and a broken wire end the step at once, with their reason."""
    _, walk = heard(step, events)
    assert [(entry.outcome, entry.reason) for entry in walk.entries] == [(outcome, reason)]


def test_a_contact_must_move_there_and_back() -> None:
    """Rest alone is nothing, another contact is nothing, active and then rest pass."""
    walker, walk = heard(REX, [ContactMoved(Contact.REX, Level.REST), ContactMoved(Contact.FIRE, Level.ACTIVE)])
    assert walk.stage is Stage.ACTIVE
    walk = walker.feed(walk, ContactMoved(Contact.REX, Level.ACTIVE))
    walk = walker.feed(walk, ContactMoved(Contact.REX, Level.REST))
    assert walk.entries[0].outcome is Outcome.OK


def test_nothing_is_driven_before_consent() -> None:
    """The lock is released only after a yes, and let go whenever its step ends."""
    walker, walk = heard(RELAY, [])
    assert not any(isinstance(effect, Drive) for effect in walker.done)
    walk = walker.feed(walk, Answered(yes=True))
    assert walker.done[-1] == Drive("relay", "")
    walk = walker.feed(walk, PassedOver(Why.PASSED_OVER))
    assert LetGo("relay") in walker.done
    assert walk.current is None


def test_green_is_lit_only_beside_a_release() -> None:
    """No step lights green by itself: it stands in the order that releases the lock."""
    walker = Walker()
    walked(walker)
    assert not any(isinstance(effect, Lamp) and effect.colour == "green" for effect in walker.done)
    assert [effect for effect in walker.done if isinstance(effect, Drive) and effect.lamp] == [
        Drive("relay_out", "green")
    ]


def test_by_card_nothing_is_ever_driven() -> None:
    """A walk by card waits until the line is seen to rise, and orders nothing to rise or fall."""
    walker = Walker(pace=BY_CARD)
    entries = walked(walker)
    assert {entry.outcome for entry in entries} == {Outcome.OK}
    assert not any(isinstance(effect, Drive | LetGo) for effect in walker.done)
    assert not any(stage == Stage.CONSENT for _, stage in walker.presented())


def test_repeating_shows_again() -> None:
    """Whoever missed it sees the lamp once more, with the whole time to answer."""
    walker, walk = heard(RED, [])
    walker.now_ms = 5_000
    walk = walker.feed(walk, Repeated())
    assert [effect for effect in walker.done if isinstance(effect, Lamp)] == [Lamp("red", AT_TERMINAL.show_ms)] * 2
    assert walk.until_ms == 5_000 + AT_TERMINAL.show_ms


def test_aiming_beeps_when_it_is_due() -> None:
    """Each deadline of an aim beeps and names the next; a better picture names an earlier one."""
    walker, walk = heard(AIM, [])
    due_ms = guide.deadline(walk)
    assert due_ms is not None
    walker.now_ms = due_ms
    walk = walker.feed(walk, None)
    assert walker.done[-1] == Play(Tune.BEEP)
    slow_ms = (guide.deadline(walk) or 0) - walker.now_ms
    walk = walker.feed(walk, beat("outside"))
    assert (guide.deadline(walk) or 0) - walker.now_ms < slow_ms
    before = walk
    assert walker.feed(walk, beat("inside")) == before


@given(st.lists(st.integers(1, 12), max_size=12), st.frozensets(st.sampled_from(ANSWERED)), st.booleans())
def test_interrupted_anywhere_it_ends_the_same(gaps: list[int], broken: frozenset[str], by_card: bool) -> None:  # noqa: FBT001  hypothesis draws it
    """A walk that is cut off at any moments and gone on with each time ends with the same record as one that is not."""
    pace = BY_CARD if by_card else AT_TERMINAL
    whole = walked(Walker(broken=broken, pace=pace))
    walker = Walker(broken=broken, pace=pace)
    walk = walker.begin()
    for gap in gaps:
        for _ in range(gap):
            walk = walker.go(walk) if walk.current is not None else walk
        walker.now_ms += 1_000_000
        walk = walker.begin()
    while walk.current is not None:
        walk = walker.go(walk)
    assert list(walk.entries) == whole


def test_entries_of_another_door_are_not_gone_on_with() -> None:
    """Progress counts up to the first step that is another; what comes behind it is done again."""
    entries = walked(Walker())
    other = plan(replace(WHOLE, lamps=("blue",)))
    walk, _ = guide.begin(other, AT_TERMINAL, entries, 0)
    assert [entry.id for entry in walk.entries] == [entry.id for entry in entries[:9]]
    assert walk.current is not None
    assert walk.current.id == "lamp-blue"
