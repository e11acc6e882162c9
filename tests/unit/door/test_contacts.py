"""Contacts: what is believed of them, what is an alarm, what asks for a way, and what is stuck."""

from __future__ import annotations

from itertools import product

import pytest

from firmware.door import contacts
from firmware.door.asked import Noticed
from firmware.door.contacts import MOMENTARY, STUCK_MS, Contacts, Heard
from firmware.events import Alarm, Contact, Direction, Level

C, L = Contact, Level
BROKEN = (L.CUT, L.SHORT, L.CHATTER)
OWN_ALARM = {C.TAMPER: Alarm.TAMPER, C.SUPPLY: Alarm.UNDERVOLTAGE, C.MAINS: Alarm.ON_BATTERY}
CAREFUL = {C.TAMPER, C.INTERLOCK}
ASKS = {C.REX: Direction.OUT, C.OFFICER: Direction.IN, C.INTERCOM: Direction.IN}


def hear(*story: tuple[Contact, Level, int]) -> tuple[Contacts, tuple[Noticed, ...]]:
    """Hear contacts one after the other and keep what the last one made known."""
    known: Contacts = ()
    said: tuple[Noticed, ...] = ()
    for contact, level, now_ms in story:
        known, said = contacts.hear(known, contact, level, now_ms)
    return known, said


@pytest.mark.parametrize(("contact", "level"), list(product(Contact, Level)))
def test_every_contact_is_heard_at_every_level(contact: Contact, level: Level) -> None:
    """The first word of a contact: what it says if that can be believed, else the safer side; faults are named."""
    known, said = hear((contact, level, 7))
    active = level is L.ACTIVE or (contact in CAREFUL and level in BROKEN)
    expected = [Noticed(Alarm.INPUT_FAULT, level in BROKEN, contact.value)]
    expected += [Noticed(OWN_ALARM[contact], active)] if contact in OWN_ALARM else []
    if contact in MOMENTARY and level is not L.ACTIVE:
        expected.append(Noticed(Alarm.INPUT_STUCK, active=False, subject=contact.value))
    assert said == tuple(expected)
    assert contacts.active(known, contact) is active


@pytest.mark.parametrize(("contact", "before", "level"), list(product(Contact, (L.REST, L.ACTIVE), BROKEN)))
def test_a_broken_wire_leaves_what_it_last_said(contact: Contact, before: Level, level: Level) -> None:
    """What was true stays true until the wire is believed again; a broken tamper wire or the other door's is active."""
    known, _ = hear((contact, before, 1), (contact, level, 2))
    assert contacts.active(known, contact) is (before is L.ACTIVE or contact in CAREFUL)
    known, said = contacts.hear(known, contact, L.REST, 3)
    assert contacts.active(known, contact) is False
    assert Noticed(Alarm.INPUT_FAULT, active=False, subject=contact.value) in said


@pytest.mark.parametrize(("contact", "before", "level"), list(product(Contact, (None, *Level), Level)))
def test_only_a_button_that_is_pressed_asks_for_a_way(contact: Contact, before: Level | None, level: Level) -> None:
    """A button that rested and is pressed asks for its way; of those that never rest only the exit button does."""
    pressed = before is L.REST and (level is L.ACTIVE or (contact is C.REX and level is L.CHATTER))
    heard = None if before is None else Heard(before, before is L.ACTIVE, 0)
    assert contacts.asks(contact, level, heard) is (ASKS.get(contact) if pressed else None)


def test_a_contact_that_was_never_heard_is_not_active() -> None:
    """An input that is not wired says nothing."""
    assert contacts.active((), C.FIRE) is False
    assert contacts.active(hear((C.REX, L.ACTIVE, 0))[0], C.FIRE) is False


@pytest.mark.parametrize("contact", Contact)
def test_what_nobody_presses_so_long_is_stuck(contact: Contact) -> None:
    """A button or beam that is active for half a minute is stuck, once; a leaf or a case may be open for days."""
    known, _ = hear((contact, L.ACTIVE, 100))
    due_ms = 100 + STUCK_MS if contact in MOMENTARY else None
    assert contacts.deadline(known) == due_ms
    assert contacts.settle(known, 99 + STUCK_MS) == (known, ())
    found, said = contacts.settle(known, 100 + STUCK_MS)
    stuck = (Noticed(Alarm.INPUT_STUCK, active=True, subject=contact.value),)
    assert said == (stuck if contact in MOMENTARY else ())
    assert contacts.settle(found, 200 + STUCK_MS) == (found, ())
    assert contacts.deadline(found) is None
    assert contacts.active(found, contact) is True


@pytest.mark.parametrize("level", [level for level in Level if level is not L.ACTIVE])
def test_what_moves_again_is_stuck_no_more(level: Level) -> None:
    """Any other word of a stuck contact ends that alarm, and it can be stuck again."""
    known, _ = contacts.settle(hear((C.REX, L.ACTIVE, 0))[0], STUCK_MS)
    known, said = contacts.hear(known, C.REX, level, STUCK_MS + 5)
    assert Noticed(Alarm.INPUT_STUCK, active=False, subject="rex") in said
    assert contacts.deadline(known) is None
    again, _ = contacts.hear(known, C.REX, L.ACTIVE, STUCK_MS + 9)
    assert contacts.deadline(again) == 2 * STUCK_MS + 9


def test_the_first_that_may_be_stuck_is_looked_at_first() -> None:
    """Several buttons are pressed at once; each is found in its time."""
    known, _ = hear((C.REX, L.ACTIVE, 200), (C.OFFICER, L.ACTIVE, 100), (C.INTERCOM, L.REST, 50))
    assert contacts.deadline(known) == 100 + STUCK_MS
    known, said = contacts.settle(known, 100 + STUCK_MS)
    assert [one.subject for one in said] == ["officer"]
    assert contacts.deadline(known) == 200 + STUCK_MS


def test_contacts_are_kept_in_one_order() -> None:
    """Whoever spoke first, the same words make the same value."""
    first = hear((C.REX, L.REST, 1), (C.FIRE, L.REST, 1))[0]
    assert first == hear((C.FIRE, L.REST, 1), (C.REX, L.REST, 1))[0]
    assert len(first) == 2
