"""What the contacts of a door say, and when they are not to be believed: cut, shorted, restless, or stuck.

A wire that cannot be believed leaves what it last said in force, except where that would be the wrong side to err on:
a case whose tamper wire is cut counts as open, and an exit button that never rests was pressed once. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.door.asked import Noticed
from firmware.events import Alarm, Contact, Direction, Level

if TYPE_CHECKING:
    from collections.abc import Mapping

STUCK_MS: Final = 30_000
"""Nobody presses a button or walks through a beam for so long."""

MOMENTARY: Final = frozenset({Contact.REX, Contact.OFFICER, Contact.INTERCOM, Contact.PASSAGE_IN, Contact.PASSAGE_OUT})

_CAREFUL: Final = frozenset({Contact.TAMPER, Contact.INTERLOCK})
"""Taken for active when they are not to be believed."""

_ALARMS: Final[Mapping[Contact, Alarm]] = {
    Contact.TAMPER: Alarm.TAMPER,
    Contact.SUPPLY: Alarm.UNDERVOLTAGE,
    Contact.MAINS: Alarm.ON_BATTERY,
}

_ASKS: Final[Mapping[Contact, Direction]] = {
    Contact.REX: Direction.OUT,
    Contact.OFFICER: Direction.IN,
    Contact.INTERCOM: Direction.IN,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One contact: what it says, what is taken for true, since when (ms), and whether it is known to be stuck."""

    level: Level
    active: bool
    since_ms: int
    stuck: bool = False


Contacts = tuple[tuple[Contact, Heard], ...]


def asks(contact: Contact, level: Level, before: Heard | None) -> Direction | None:
    """Say which way somebody asks to go by this contact, if that is what it is for.

    Only what was seen at rest before is pressed: a button that is stuck or shorted when the gate starts lets nobody in.
    """
    rested = before is not None and before.level is Level.REST
    pressed = level is Level.ACTIVE or (contact is Contact.REX and level is Level.CHATTER)
    return _ASKS.get(contact) if rested and pressed else None


def active(contacts: Contacts, contact: Contact) -> bool:
    """Say whether a contact is taken for active; one that was never heard is not."""
    heard = dict(contacts).get(contact)
    return heard is not None and heard.active


def hear(contacts: Contacts, contact: Contact, level: Level, now_ms: int) -> tuple[Contacts, tuple[Noticed, ...]]:
    """Take in what a contact says."""
    before = dict(contacts).get(contact)
    truth = _truth(contact, level, before)
    said = [Noticed(Alarm.INPUT_FAULT, not level.believed, contact.value)]
    if contact in _ALARMS:
        said.append(Noticed(_ALARMS[contact], truth))
    if contact in MOMENTARY and level is not Level.ACTIVE:
        said.append(Noticed(Alarm.INPUT_STUCK, active=False, subject=contact.value))
    return _put(contacts, contact, Heard(level, truth, now_ms)), tuple(said)


def settle(contacts: Contacts, now_ms: int) -> tuple[Contacts, tuple[Noticed, ...]]:
    """Find what is stuck since the last look."""
    found: list[Noticed] = []
    for contact, heard in contacts:
        if _may_stick(contact, heard) and now_ms >= heard.since_ms + STUCK_MS:
            contacts = _put(contacts, contact, replace(heard, stuck=True))
            found.append(Noticed(Alarm.INPUT_STUCK, active=True, subject=contact.value))
    return contacts, tuple(found)


def deadline(contacts: Contacts) -> int | None:
    """Say when (ms) a contact that is active now would be stuck."""
    return min((heard.since_ms + STUCK_MS for contact, heard in contacts if _may_stick(contact, heard)), default=None)


def _truth(contact: Contact, level: Level, before: Heard | None) -> bool:
    """Take a level for active or not; a wire that is not to be believed leaves what held before."""
    if level.believed:
        return level is Level.ACTIVE
    return contact in _CAREFUL or (before is not None and before.active)


def _may_stick(contact: Contact, heard: Heard) -> bool:
    return contact in MOMENTARY and heard.level is Level.ACTIVE and not heard.stuck


def _put(contacts: Contacts, contact: Contact, heard: Heard) -> Contacts:
    """Replace or add one contact, in a fixed order."""
    return tuple(sorted((dict(contacts) | {contact: heard}).items()))
