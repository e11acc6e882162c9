"""The door's state machine: when the lock is released, when it locks, what is an alarm, and what the lamps say. Pure.

`step` takes the time and never asks for it; `deadline` says when to call again. Only a grant or a posture releases the
lock. The machine does not know passes, rules, or why a grant was given. Its parts: `people`, `world`, and the lock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from firmware.door import alarms, contacts, lamps, locks, people, world
from firmware.door.asked import CompanyAsked, DoorEvent, Granted, Noticed, OfficerAsked, Recalled, Refused, Said
from firmware.door.postures import LENIENT, Postures
from firmware.door.state import Door, Step
from firmware.events import (
    Alarm,
    Authority,
    ContactChanged,
    Effect,
    EndGrant,
    Energise,
    Line,
    LinkChanged,
    OutputChecked,
    Permit,
    PlaySound,
    PostureCommanded,
    PostureScheduled,
    Reason,
    RecordCommitted,
    Release,
    ShowLight,
    Signal,
    Stopped,
)

if TYPE_CHECKING:
    from firmware.door.settings import Settings


_ENDED: Final = frozenset({Authority.FIRE_INPUT, Authority.COMMAND})
"""Whose word that frees a door is forgotten by a restart, or heard again only after it."""

_ON_DISK: Final = {
    "journal": Alarm.STORAGE,
    "journal_replaced": Alarm.JOURNAL_REPLACED,
    "journal_altered": Alarm.JOURNAL_ALTERED,
    "posture": Alarm.POSTURE_NOT_KEPT,
}
"""What is said of files; every other output is one whose line can be measured."""


def start(
    settings: Settings, now_ms: int, commanded: PostureCommanded | None = None
) -> tuple[Door, tuple[Effect, ...]]:
    """Begin locked, under what was commanded before if that still holds; nothing that happened releases anything."""
    postures = Postures(settings.standing)
    if commanded is not None:
        postures = replace(postures, commanded=commanded.posture, until_ms=commanded.until_ms).settled(now_ms)
    door = Door(settings, locks.build(settings), postures)
    door, said = world.obey(door, now_ms)
    observing = (Noticed(Alarm.OBSERVING, active=True),) if settings.observing else ()
    door, effects = _finish(door, (*said, *observing), now_ms)
    return door, (*(Release(line) for line in locks.lines(settings)), *effects)


def step(door: Door, event: DoorEvent | None, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Settle every deadline that has passed, in order, then take the event."""
    effects: tuple[Effect, ...] = ()
    while (due_ms := deadline(door)) is not None and due_ms <= now_ms:
        door, more = _finish(*_settle(door, due_ms, now_ms), now_ms)
        effects += more
    if event is not None and not door.stopped:
        door, more = _finish(*_take(door, event, now_ms), now_ms)
        effects += more
    return door, effects


def deadline(door: Door) -> int | None:
    """Return the time (ms) at which `step` must be called again, None if only an event can change anything."""
    if door.stopped:
        return None
    moments: list[int | None] = [due_ms for due_ms, _ in locks.deadlines(door.lock)]
    moments += [one.due_ms for one in door.waiting]
    moments += [door.postures.due_ms, None if door.refusal is None else door.refusal.until_ms]
    moments += [door.later.at_ms if door.later is not None else None]
    moments += [one.renew_ms for one in (door.shown,) if one is not None]
    moments += [contacts.deadline(door.contacts), alarms.deadline(door.alarms)]
    return min((moment for moment in moments if moment is not None), default=None)


def energised(door: Door) -> frozenset[Line]:
    """Say which lines are on, as far as the door commands them."""
    return locks.energised(door.lock)


def frees(door: Door) -> bool:
    """Say whether a restart would take a way from somebody: a lock that is released, a fire, an order that frees.

    What the timetable or the file holds open is held open again by the next start.
    """
    posture, authority = door.postures.effective
    if posture in LENIENT and authority in _ENDED:
        return True
    return bool(energised(door)) and locks.held_until(door.lock) is None


def _settle(door: Door, due_ms: int, now_ms: int) -> Step:
    """Do what the earliest deadline asks for: the lock's part first, everything else in one look.

    Before all of it ends a command whose time is up: after a turn that comes late it must not hold the lock once more.
    """
    if door.postures.settled(now_ms) != door.postures:
        return world.look(door, now_ms)
    for lock_due_ms, trigger in locks.deadlines(door.lock):
        if lock_due_ms == due_ms:
            lock, said = locks.settle(door.lock, trigger, now_ms)
            return replace(door, lock=lock), said
    door, answered = people.answer_late(door, now_ms)
    door, late = people.decide_late(door, now_ms)
    door, found = world.look(door, now_ms)
    return door, (*answered, *late, *found)


def _take(door: Door, event: DoorEvent, now_ms: int) -> Step:
    """Answer one event."""
    match event:
        case Granted() | RecordCommitted() | Refused() | Recalled() | OfficerAsked() | CompanyAsked():
            return people.take(door, event, now_ms)
        case ContactChanged(contact, level):
            return world.heard(door, contact, level, now_ms)
        case PostureCommanded() | PostureScheduled():
            return world.ordered(door, event, now_ms)
        case OutputChecked() | Noticed():
            return door, (_noticed(event),)
        case LinkChanged(up):
            return replace(door, link_up=up), ()
        case Stopped():
            return _stop(door)
        case _:
            assert_never(event)


def _noticed(event: OutputChecked | Noticed) -> Noticed:
    """Name the alarm of an output; what the gate noticed of itself has its name already."""
    if isinstance(event, Noticed):
        return event
    alarm = _ON_DISK.get(event.output)
    return Noticed(alarm or Alarm.OUTPUT_FAULT, not event.works, "" if alarm else event.output)


def _finish(door: Door, said: tuple[Said, ...], now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Write alarms into their book, sound what is freed, and tell the other door and the lamps what holds now."""
    book, effects = door.alarms, list[Effect]()
    for one in said:
        if isinstance(one, Noticed):
            book = alarms.notice(book, one)
            continue
        effects.append(one)
        if isinstance(one, Energise) and (free := locks.free_until(door.lock)) is not None:
            effects.append(PlaySound(lamps.granted(free[0])))
    if door.stopped:
        return door, tuple(effects)
    book, told = alarms.settle(book, now_ms)
    door = replace(door, alarms=book)
    permit = (Permit(door.secure),) if door.secure != door.permit else ()
    shown, lights = lamps.settle(door, now_ms)
    return replace(door, permit=door.secure, shown=shown), (*effects, *told, *permit, *lights)


def _stop(door: Door) -> Step:
    """Lock, darken and close every grant: one that waited is annulled, one that was open ends as far as known."""
    ends = tuple(EndGrant(one.granted.grant, "annulled", Reason.STORAGE) for one in door.waiting)
    ended = replace(door, lock=locks.build(door.settings), waiting=(), refusal=None, later=None, stopped=True)
    return ended, (*locks.end(door.lock), Permit(secure=False), ShowLight(Signal.DARK, 0), *ends)
