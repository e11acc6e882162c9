"""The world around a door: what its contacts say, and the posture that follows from fire, command, timetable. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from firmware.door import contacts, locks, people
from firmware.door.postures import LENIENT
from firmware.events import NO_ENTRY, Contact, Level, PostureCommanded, PostureScheduled, TakePosture

if TYPE_CHECKING:
    from firmware.door.asked import Said
    from firmware.door.state import Door, Step


def heard(door: Door, contact: Contact, level: Level, now_ms: int) -> Step:
    """Take in what a contact says, and what follows from it for lock and posture."""
    was = contacts.active(door.contacts, contact)
    known, said = contacts.hear(door.contacts, contact, level, now_ms)
    door = replace(door, contacts=known)
    active = contacts.active(known, contact)
    lock = door.lock
    more: tuple[Said, ...] = ()
    match contact:
        case Contact.DOOR_POSITION:
            lock, more = locks.leaf_moved(lock, now_ms, opened=active if level.believed else None)
        case Contact.READY:
            lock, more = locks.became_ready(lock, now_ms, ready=active if level.believed else None)
        case Contact.PASSAGE_IN | Contact.PASSAGE_OUT:
            lock = locks.counts(lock, contact, seen=level.believed)
            if active and not was:
                lock, more = locks.passed(lock, contact, now_ms)
        case Contact.FIRE:
            postures = door.postures.heard(now_ms, calls=active) if active is not was else door.postures
            door, more = obey(replace(door, postures=postures), now_ms)
            return door, (*said, *more)
        case Contact.INTERLOCK | Contact.SUPPLY if active and not was:
            lock, more = locks.cut(lock, people.HINDRANCES[contact], now_ms)
    return replace(door, lock=lock), (*said, *more)


def ordered(door: Door, event: PostureCommanded | PostureScheduled, now_ms: int) -> Step:
    """Take in what somebody entitled, or the timetable, wants of the door."""
    match event:
        case PostureCommanded(posture, until_ms):
            until_ms = until_ms if posture is not None else None
            postures = replace(door.postures, commanded=posture, until_ms=until_ms).settled(now_ms)
        case PostureScheduled(posture):
            postures = replace(door.postures, scheduled=posture)
        case _:
            assert_never(event)
    return obey(replace(door, postures=postures), now_ms)


def look(door: Door, now_ms: int) -> Step:
    """Find what is stuck, and end a commanded posture whose time is up."""
    known, said = contacts.settle(door.contacts, now_ms)
    for stuck in said:
        door = replace(door, lock=locks.counts(door.lock, Contact(stuck.subject), seen=False))
    door, more = obey(replace(door, contacts=known, postures=door.postures.settled(now_ms)), now_ms)
    return door, (*said, *more)


def obey(door: Door, now_ms: int) -> Step:
    """Bring lock and waiting people into line with the posture that holds now, and have a change recorded."""
    before, now = door.told, door.postures.effective
    if before == now:
        return door, ()
    door = replace(door, told=now)
    said: tuple[Said, ...] = (TakePosture(*now),)
    if now[0] in NO_ENTRY:
        door, turned_away = people.annul(door, door.waiting, NO_ENTRY[now[0]], now_ms)
        lock, cut = locks.cut(door.lock, NO_ENTRY[now[0]], now_ms)
        door, said = replace(door, lock=lock), (*said, *turned_away, *cut)
    if (before[0] in LENIENT) != (now[0] in LENIENT):
        lock, held = locks.hold(door.lock, now_ms, lenient=now[0] in LENIENT)
        door, said = replace(door, lock=lock), (*said, *held)
    return door, said
