"""The lamps: which of all that holds is shown, for how long, and that green never outlives a free way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.door.asked import CompanyAsked, Granted, OfficerAsked, Refused
from firmware.door.lamps import IDLE_LEASE_MS, IDLE_RENEWED_MS, granted
from firmware.door.machine import start, step
from firmware.door.settings import Kind, Settings
from firmware.door.state import Shown
from firmware.events import (
    Contact,
    Direction,
    LinkChanged,
    OutputChecked,
    Posture,
    PostureCommanded,
    Reason,
    ShowLight,
    Signal,
)
from tests.unit.door.stage import CLOSED, HELD, IN, LANE, NOW, OPENED, OUT, STRIKE, lights, off, on, play

if TYPE_CHECKING:
    from firmware.door.asked import DoorEvent

MOTOR = replace(STRIKE, kind=Kind.MOTOR)
INSTALLED = replace(STRIKE, observing=True)
LOCKDOWN, EVACUATION = PostureCommanded(Posture.LOCKDOWN), PostureCommanded(Posture.EVACUATION)
FREE = PostureCommanded(Posture.FREE_ACCESS)
ASKED = OfficerAsked(waiting=True)
AWAITED = CompanyAsked(waiting=True)
S = Signal
IDLE_MS = IDLE_LEASE_MS
CASES: dict[str, tuple[Settings, list[tuple[int, DoorEvent | None]], tuple[Signal, int]]] = {
    "green for who comes in": (STRIKE, [(100, NOW)], (S.GRANTED_IN, 5_000)),
    "and for who goes out": (STRIKE, [(100, OUT)], (S.GRANTED_OUT, 5_000)),
    "the last grant leads": (STRIKE, [(100, NOW), (1_100, OUT)], (S.GRANTED_OUT, 5_000)),
    "as long as the lock lets it": (
        STRIKE,
        [(100, NOW), (4_100, OUT)],
        (S.GRANTED_OUT, 4_000),
    ),
    "not a moment longer": (STRIKE, [(100, NOW), (5_100, None)], (S.IDLE, IDLE_MS)),
    "nor in the grace of a leaf": (STRIKE, [(0, CLOSED), (100, NOW), (5_100, None)], (S.IDLE, IDLE_MS)),
    "nor when the door is shut": (STRIKE, [(0, CLOSED), (100, NOW), (200, OPENED), (300, CLOSED)], (S.IDLE, IDLE_MS)),
    "a motor's way is longer than its impulse": (MOTOR, [(100, NOW)], (S.GRANTED_IN, 5_000)),
    "and stays green after it": (
        MOTOR,
        [(100, NOW), (700, Refused(Reason.USED)), (2_700, None)],
        (S.GRANTED_IN, 2_400),
    ),
    "so is a lane's": (LANE, [(100, NOW)], (S.GRANTED_IN, 5_000)),
    "a lane that asks shows nothing yet": (LANE, [(0, off(Contact.READY)), (100, NOW)], (S.IDLE, IDLE_MS)),
    "nobody's turn is nobody's green": (LANE, [(100, NOW), (200, on(Contact.PASSAGE_IN))], (S.IDLE, IDLE_MS)),
    "a record is waited for in white": (STRIKE, [(100, IN)], (S.IDLE, IDLE_MS)),
    "a refusal is shown for a moment": (STRIKE, [(100, Refused(Reason.EXPIRED))], (S.EXPIRED, 2_000)),
    "then what is at rest": (STRIKE, [(100, Refused(Reason.EXPIRED)), (2_100, None)], (S.IDLE, IDLE_MS)),
    "a refusal interrupts green": (STRIKE, [(100, OUT), (1_000, Refused(Reason.USED))], (S.USED, 2_000)),
    "which comes back": (STRIKE, [(100, OUT), (1_000, Refused(Reason.USED)), (3_000, None)], (S.GRANTED_OUT, 2_100)),
    "a grant ends a refusal": (STRIKE, [(100, Refused(Reason.USED)), (200, OUT)], (S.GRANTED_OUT, 5_000)),
    "an emergency": (STRIKE, [(100, EVACUATION)], (S.EMERGENCY, IDLE_MS)),
    "fire": (STRIKE, [(100, on(Contact.FIRE))], (S.EMERGENCY, IDLE_MS)),
    "an emergency shows who goes out": (STRIKE, [(100, EVACUATION), (200, OUT)], (S.GRANTED_OUT, 5_000)),
    "an emergency outranks a held lock's green": (HELD, [(100, EVACUATION)], (S.EMERGENCY, IDLE_MS)),
    "a lock held for everybody is green": (HELD, [(100, FREE)], (S.GRANTED_IN, 5_000)),
    "opened or not": (HELD, [(100, FREE), (150, CLOSED), (2_100, None), (2_200, OPENED)], (S.GRANTED_IN, 5_000)),
    "until its lease and no longer": (
        HELD,
        [(100, FREE), (1_000, Refused(Reason.USED)), (3_000, None)],
        (S.GRANTED_IN, 4_100),
    ),
    "free access that the lock cannot hold is not green": (STRIKE, [(100, FREE)], (S.IDLE, IDLE_MS)),
    "an open leaf is to be closed": (STRIKE, [(0, OPENED), (20_000, None)], (S.CLOSE_DOOR, IDLE_MS)),
    "also when it is held": (
        STRIKE,
        [(0, OPENED), (29_999, None), (30_000, None), (32_000, None)],
        (S.CLOSE_DOOR, IDLE_MS),
    ),
    "closing outranks a lockdown": (STRIKE, [(0, LOCKDOWN), (1, OPENED), (20_001, None)], (S.CLOSE_DOOR, IDLE_MS)),
    "a lockdown": (STRIKE, [(100, LOCKDOWN)], (S.SEE_OFFICER, IDLE_MS)),
    "a door out of service": (STRIKE, [(100, PostureCommanded(Posture.DISABLED))], (S.SEE_OFFICER, IDLE_MS)),
    "a lockdown outranks force": (STRIKE, [(0, CLOSED), (1, OPENED), (2, LOCKDOWN)], (S.SEE_OFFICER, IDLE_MS)),
    "force": (STRIKE, [(0, CLOSED), (100, OPENED)], (S.FAULT, IDLE_MS)),
    "a weak supply": (STRIKE, [(100, on(Contact.SUPPLY))], (S.FAULT, IDLE_MS)),
    "a turnstile that does not answer": (
        LANE,
        [(0, off(Contact.READY)), (100, NOW), (7_100, None)],
        (S.FAULT, IDLE_MS),
    ),
    "other alarms do not concern who comes": (
        STRIKE,
        [(100, OutputChecked("light", works=False)), (3_000, None)],
        (S.IDLE, IDLE_MS),
    ),
    "a fault outranks the other door": (
        STRIKE,
        [(0, on(Contact.INTERLOCK)), (100, on(Contact.SUPPLY))],
        (S.FAULT, IDLE_MS),
    ),
    "an officer is asked": (STRIKE, [(100, ASKED)], (S.VERIFY, IDLE_MS)),
    "which ends an older refusal": (STRIKE, [(100, Refused(Reason.USED)), (200, ASKED)], (S.VERIFY, IDLE_MS)),
    "and goes on behind somebody who goes out": (
        STRIKE,
        [(100, ASKED), (200, OUT), (5_200, None)],
        (S.VERIFY, IDLE_MS),
    ),
    "who is shown their way": (STRIKE, [(100, ASKED), (200, OUT)], (S.GRANTED_OUT, 5_000)),
    "until the officer is not": (STRIKE, [(100, ASKED), (200, OfficerAsked(waiting=False))], (S.IDLE, IDLE_MS)),
    "company is asked for": (STRIKE, [(100, AWAITED)], (S.COMPANY, IDLE_MS)),
    "which is no refusal": (STRIKE, [(100, Refused(Reason.USED)), (200, AWAITED)], (S.COMPANY, IDLE_MS)),
    "and goes on behind whoever goes out": (STRIKE, [(100, AWAITED), (200, OUT), (5_200, None)], (S.COMPANY, IDLE_MS)),
    "an officer outranks it": (STRIKE, [(100, ASKED), (200, AWAITED)], (S.VERIFY, IDLE_MS)),
    "it outranks the other door": (STRIKE, [(0, on(Contact.INTERLOCK)), (100, AWAITED)], (S.COMPANY, IDLE_MS)),
    "until nobody waits": (STRIKE, [(100, AWAITED), (200, CompanyAsked(waiting=False))], (S.IDLE, IDLE_MS)),
    "asking outranks the other door": (STRIKE, [(0, on(Contact.INTERLOCK)), (100, ASKED)], (S.VERIFY, IDLE_MS)),
    "a fault outranks asking": (STRIKE, [(0, ASKED), (100, on(Contact.SUPPLY))], (S.FAULT, IDLE_MS)),
    "the other door of a pair": (STRIKE, [(100, on(Contact.INTERLOCK))], (S.ONE_BY_ONE, IDLE_MS)),
    "the other door outranks the broker": (
        STRIKE,
        [(0, LinkChanged(up=False)), (100, on(Contact.INTERLOCK))],
        (S.ONE_BY_ONE, IDLE_MS),
    ),
    "a broker out of reach": (STRIKE, [(100, LinkChanged(up=False))], (S.OFFLINE, IDLE_MS)),
    "a door that is not in service": (INSTALLED, [(100, NOW), (5_100, None)], (S.OBSERVING, IDLE_MS)),
    "the broker outranks that": (INSTALLED, [(100, LinkChanged(up=False))], (S.OFFLINE, IDLE_MS)),
    "and a lockdown": (INSTALLED, [(100, LOCKDOWN)], (S.SEE_OFFICER, IDLE_MS)),
    "and back": (STRIKE, [(100, LinkChanged(up=False)), (200, LinkChanged(up=True))], (S.IDLE, IDLE_MS)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_strongest_of_what_holds_is_shown(name: str) -> None:
    """The last thing that the lamps were told in each case: a signal, and for how long at most."""
    settings, script, expected = CASES[name]
    _, heard = play(settings, *script)
    _, shown = lights([(0, ShowLight(Signal.IDLE, IDLE_LEASE_MS)), *heard])[-1]
    assert (shown.signal, shown.limit_ms) == expected


def test_at_rest_a_lease_is_renewed_before_it_ends() -> None:
    """A dark lamp means a dead gate, so a living one never lets its light run out."""
    _, heard = play(STRIKE, (10_000, None))
    assert lights(heard) == [(at, ShowLight(Signal.IDLE, IDLE_LEASE_MS)) for at in (3_000, 6_000, 9_000)]
    assert IDLE_RENEWED_MS < IDLE_LEASE_MS


def test_what_is_shown_already_is_not_told_again() -> None:
    """An event that changes nothing for the lamps says nothing to them."""
    _, heard = play(STRIKE, (0, CLOSED), (100, OUT), (200, LinkChanged(up=True)), (300, on(Contact.MAINS)))
    assert lights(heard) == [(100, ShowLight(Signal.GRANTED_OUT, 5_000))]
    _, heard = play(STRIKE, (100, Refused(Reason.USED)), (100, Refused(Reason.EXPIRED)))
    assert [shown.signal for _, shown in lights(heard)] == [Signal.USED, Signal.EXPIRED]
    _, heard = play(STRIKE, (100, Refused(Reason.USED)), (200, LinkChanged(up=False)))
    assert lights(heard) == [(100, ShowLight(Signal.USED, 2_000))]


def test_a_weak_supply_dims_whatever_is_shown() -> None:
    """Each light says whether the supply is too weak for more, and is told anew when that changes."""
    door, heard = play(STRIKE, (100, OUT), (200, on(Contact.SUPPLY)), (300, off(Contact.SUPPLY)))
    assert lights(heard) == [
        (100, ShowLight(Signal.GRANTED_OUT, 5_000)),
        (200, ShowLight(Signal.GRANTED_OUT, 4_900, low=True)),
        (300, ShowLight(Signal.GRANTED_OUT, 4_800)),
    ]
    assert door.shown is not None
    assert (door.shown.until_ms, door.shown.renew_ms) == (5_100, None)
    door, heard = play(STRIKE, (100, on(Contact.SUPPLY)), (200, LinkChanged(up=True)))
    assert lights(heard) == [(100, ShowLight(Signal.FAULT, IDLE_LEASE_MS, low=True))]


def test_a_light_at_rest_changes_when_only_its_brightness_does() -> None:
    """During an emergency a weak supply changes no signal, and the lamps are told all the same."""
    _, heard = play(STRIKE, (100, EVACUATION), (200, on(Contact.SUPPLY)))
    assert lights(heard)[-1] == (200, ShowLight(Signal.EMERGENCY, IDLE_LEASE_MS, low=True))


def test_a_held_lock_and_its_green_are_renewed_together() -> None:
    """Lease by lease, the lamps never promise more than the lock."""
    _, heard = play(HELD, (1_000, FREE), (5_500, None))
    assert lights(heard) == [(at, ShowLight(Signal.GRANTED_IN, 5_000)) for at in (1_000, 3_000, 5_000)]


def test_a_grant_is_shown_by_the_way_it_leads() -> None:
    """In and out have signals of their own."""
    assert granted(Direction.IN) is Signal.GRANTED_IN
    assert granted(Direction.OUT) is Signal.GRANTED_OUT


@pytest.mark.parametrize("slow_ms", [0, 2_999])
def test_lamps_are_told_from_the_moment_of_the_turn(slow_ms: int) -> None:
    """A turn that comes late shows what is left of a way, not what it once was."""
    door, _ = start(STRIKE, 0)
    door, _ = step(door, Granted("g", Direction.OUT), 100)
    _, effects = step(door, on(Contact.SUPPLY), 200 + slow_ms)
    assert effects[-1] == ShowLight(Signal.GRANTED_OUT, 4_900 - slow_ms, low=True)


def test_a_late_turn_shows_nothing_that_is_over() -> None:
    """Refusal and way both ended before the turn came: the lamps hear of neither again, only of what holds now."""
    door, _ = play(STRIKE, (0, OUT), (1_000, Refused(Reason.USED)))
    _, effects = step(door, None, 5_000)
    assert lights([(5_000, effect) for effect in effects]) == [(5_000, ShowLight(Signal.IDLE, IDLE_LEASE_MS))]


def test_a_door_remembers_what_its_lamps_were_told() -> None:
    """Signal, end and renewal stand in its state, so that nothing is told twice."""
    assert start(STRIKE, 100)[0].shown == Shown(Signal.IDLE, 6_100, 3_100)
