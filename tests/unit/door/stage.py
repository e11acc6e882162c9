"""Plays a whole door in virtual time: events at their times, every deadline settled when it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door.asked import Granted
from firmware.door.machine import deadline, start, step
from firmware.door.settings import Kind, Settings
from firmware.events import (
    ClearAlarm,
    Contact,
    ContactChanged,
    Direction,
    EndGrant,
    Energise,
    Hold,
    Level,
    RaiseAlarm,
    Release,
    ShowLight,
    TakePosture,
)

if TYPE_CHECKING:
    from firmware.door.asked import DoorEvent
    from firmware.door.state import Door
    from firmware.events import Effect

Heard = list[tuple[int, "Effect"]]

STRIKE: Final = Settings(unlock_ms=5_000, max_unlock_ms=8_000, long_unlock_ms=7_000)
HELD: Final = Settings(unlock_ms=5_000, max_unlock_ms=8_000, kind=Kind.MAGLOCK, continuous=True)
LANE: Final = Settings(unlock_ms=5_000, max_unlock_ms=8_000, kind=Kind.TURNSTILE)

IN: Final = Granted("in", Direction.IN, token=1)
NOW: Final = Granted("now", Direction.IN)
OUT: Final = Granted("out", Direction.OUT)
OPENED: Final = ContactChanged(Contact.DOOR_POSITION, Level.ACTIVE)
CLOSED: Final = ContactChanged(Contact.DOOR_POSITION, Level.REST)


def on(contact: Contact) -> ContactChanged:
    """A contact becomes active."""
    return ContactChanged(contact, Level.ACTIVE)


def off(contact: Contact) -> ContactChanged:
    """A contact comes to rest."""
    return ContactChanged(contact, Level.REST)


def play(settings: Settings, *script: tuple[int, DoorEvent | None]) -> tuple[Door, Heard]:
    """Play a script and gather what the door did after its start, with the times."""
    door, _ = start(settings, 0)
    heard: Heard = []
    for at_ms, event in script:
        while (due_ms := deadline(door)) is not None and due_ms < at_ms:
            door, effects = step(door, None, due_ms)
            heard += [(due_ms, effect) for effect in effects]
        door, effects = step(door, event, at_ms)
        heard += [(at_ms, effect) for effect in effects]
    return door, heard


def lock(heard: Heard) -> Heard:
    """Keep what concerns the lock and the grants."""
    return [(at, effect) for at, effect in heard if isinstance(effect, Energise | Hold | Release | EndGrant)]


def alarms(heard: Heard) -> Heard:
    """Keep what concerns alarms and postures."""
    return [(at, effect) for at, effect in heard if isinstance(effect, RaiseAlarm | ClearAlarm | TakePosture)]


def lights(heard: Heard) -> list[tuple[int, ShowLight]]:
    """Keep what concerns the lamps."""
    return [(at, effect) for at, effect in heard if isinstance(effect, ShowLight)]
