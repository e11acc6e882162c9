"""When codes count, and what codes before a camera come to."""

from __future__ import annotations

import hashlib

import pytest

from firmware.events import Contact, Level
from firmware.setup.machine import PartShown, Refused
from firmware.setup.reasons import Why
from firmware.setup.showing import PATIENCE_MS, Showing
from firmware.setup.window import HELD_MS, Window
from firmware.signed import codes

OPEN, REST = (Contact.TAMPER, Level.ACTIVE), (Contact.SERVICE, Level.REST)
PRESS = (Contact.SERVICE, Level.ACTIVE)
STORIES = {
    "held in an open case": ((REST, OPEN, PRESS), HELD_MS, True),
    "let go too early": ((REST, OPEN, PRESS), HELD_MS - 1, False),
    "in a closed case": ((REST, PRESS), HELD_MS, False),
    "closed while it is held": ((REST, OPEN, PRESS, (Contact.TAMPER, Level.REST)), HELD_MS, False),
    "stuck from the start": ((PRESS, OPEN), HELD_MS, False),
    "a shorted wire": ((REST, OPEN, (Contact.SERVICE, Level.SHORT)), HELD_MS, False),
    "another button": ((REST, OPEN, (Contact.OFFICER, Level.ACTIVE)), HELD_MS, False),
    "let go and pressed again": ((REST, OPEN, PRESS, REST, PRESS), HELD_MS, True),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_button_in_the_open_case_opens_it(name: str) -> None:
    """Held for five seconds while the case is open, and by nothing else."""
    story, passed_ms, opens = STORIES[name]
    window = Window(always=False, for_ms=60_000)
    for contact, level in story:
        window.contact(contact, level)
    window.settle(0)
    assert window.settle(passed_ms) is opens
    assert window.is_open(passed_ms) is opens


def test_it_closes_by_itself_and_opens_once_for_each_press() -> None:
    """A button that stays pressed opens nothing again, and time closes what is open."""
    window = Window(always=False, for_ms=60_000)
    for contact, level in (REST, OPEN, PRESS):
        window.contact(contact, level)
    window.settle(0)
    assert window.deadline_ms() == HELD_MS
    assert window.settle(HELD_MS)
    assert not window.settle(3 * HELD_MS)
    assert window.is_open(HELD_MS + 59_999)
    assert not window.is_open(HELD_MS + 60_000)


def test_a_blank_gate_always_takes_codes() -> None:
    """It has nothing to lose."""
    assert Window(always=True, for_ms=1).is_open(0)


def test_a_longer_window_is_not_cut_by_a_shorter_one() -> None:
    """Of two who opened it the later end counts."""
    window = Window(always=False, for_ms=1)
    window.open(60_000, 0)
    window.open(10, 5)
    assert window.is_open(59_999)


WHOLE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64))
PARTS = codes.split(WHOLE)


def test_parts_are_counted_and_the_whole_is_handed_on() -> None:
    """In any order, several in one frame; after that nothing of it is kept."""
    showing = Showing()
    assert len(PARTS) > 1
    told, whole = showing.shown(PARTS[1:], 0, open_=True)
    assert told == [PartShown(number, len(PARTS)) for number in range(1, len(PARTS))]
    assert whole == []
    assert showing.shown(PARTS[:1], 1, open_=True) == ([], [WHOLE])
    assert showing.shown(PARTS[:1], 2, open_=True)[0] == [PartShown(1, len(PARTS))]


def test_half_a_set_is_told_once() -> None:
    """Whoever stops in the middle hears that codes are missing."""
    showing = Showing()
    showing.shown(PARTS[:1], 0, open_=True)
    assert showing.deadline_ms() == PATIENCE_MS
    assert showing.settle(PATIENCE_MS - 1) is None
    assert showing.settle(PATIENCE_MS) == Refused(Why.HALF_SET)
    assert showing.settle(2 * PATIENCE_MS) is None


def test_a_closed_window_keeps_nothing() -> None:
    """Codes shown to a gate that is set up are refused once a frame and not collected."""
    showing = Showing()
    assert showing.shown(PARTS, 0, open_=False) == ([Refused(Why.WINDOW_CLOSED)], [])
    assert showing.shown(PARTS[:1], 1, open_=True) == ([PartShown(1, len(PARTS))], [])


def test_a_flood_of_refusals_is_counted_and_told_once_a_second() -> None:
    """Whoever flashes codes at a gate fills neither its log nor the ears of others."""
    showing = Showing()
    told = [showing.shown([b"GPV1:x"], 50 * turn, open_=bool(turn % 2))[0] for turn in range(40)]
    assert sum(map(len, told)) == 2
    assert showing.untold == 38


def test_a_damaged_code_is_told() -> None:
    """It disturbs nothing that was shown before."""
    showing = Showing()
    showing.shown(PARTS[1:], 0, open_=True)
    assert showing.shown([b"GPV1:not base45!"], 1, open_=True)[0] == [Refused(Why.BAD_CODE)]
    assert showing.shown(PARTS[:1], 2, open_=True)[1]
