"""People at the door: who waits for a record, who may go, who is refused, and who is turned away after all. Pure.

An entry waits for its record and for what the door itself knows: a posture, the other door of a pair, the supply. An
exit waits for nothing and is hindered by nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from firmware.door import attempts, contacts, lamps, locks
from firmware.door.asked import CompanyAsked, Granted, OfficerAsked, Recalled, Refused
from firmware.door.signals import REFUSALS
from firmware.door.state import Door, Later, Refusal, Step, Waiting
from firmware.events import NO_ENTRY, Contact, Direction, EndGrant, PlaySound, Reason, RecordCommitted, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.door.asked import Said

RECORD_WITHIN_MS: Final = 500
"""An entry whose record is not on disk by then is refused."""

OTHER_DOOR_MS: Final = 150
"""Of a pair, each door first says that it is about to open, and opens unless it hears the same of the other by then."""

REFUSAL_SHOWN_MS: Final = 2000

HINDRANCES: Final[Mapping[Contact, Reason]] = {
    Contact.INTERLOCK: Reason.INTERLOCK,
    Contact.SUPPLY: Reason.UNDERVOLTAGE,
}
"""The contacts that keep people from going in while they are active, and take back what was granted before."""


def take(
    door: Door, event: Granted | RecordCommitted | Refused | Recalled | OfficerAsked | CompanyAsked, now_ms: int
) -> Step:
    """Answer what the controller or the journal says of somebody."""
    match event:
        case Granted():
            return grant(door, event, now_ms)
        case RecordCommitted(token):
            return committed(door, token, now_ms)
        case Refused(reason, verified):
            return refused(door, reason, now_ms, verified=verified)
        case Recalled():
            return annul(door, door.waiting, Reason.STORAGE, now_ms)
        case OfficerAsked(waiting):
            return _officer(door, asked=waiting)
        case CompanyAsked(waiting):
            return _company(door, asked=waiting)
        case _:
            assert_never(event)


def grant(door: Door, granted: Granted, now_ms: int) -> Step:
    """Let somebody go, or wait for the record; whoever goes in may be kept out by what the door knows."""
    if granted.direction is Direction.IN and (hindered := _hindrance(door)) is not None:
        return _turn_away(door, (granted,), hindered, now_ms)
    if granted.token is None:
        return _open(door, granted, now_ms)
    paired = any(contact is Contact.INTERLOCK for contact, _ in door.contacts)
    waiting = Waiting(granted, now_ms + OTHER_DOOR_MS if paired else now_ms, now_ms + RECORD_WITHIN_MS)
    return replace(door, waiting=(*door.waiting, waiting)), ()


def _hindrance(door: Door) -> Reason | None:
    """Say why nobody goes in here now, whatever their pass is worth; nothing ever hinders the way out."""
    posture, _ = door.postures.effective
    if posture in NO_ENTRY:
        return NO_ENTRY[posture]
    return next((reason for contact, reason in HINDRANCES.items() if contacts.active(door.contacts, contact)), None)


def _open(door: Door, granted: Granted, now_ms: int) -> Step:
    """Hand a grant to the lock; where the way is free for everybody only the sound answers."""
    lock, said = locks.grant(door.lock, granted, now_ms)
    door = replace(door, lock=lock, refusal=None, later=None)
    mine = next((one for one in said if isinstance(one, EndGrant) and one.grant == granted.grant), None)
    if mine is None:
        return door, said
    if mine.result == "annulled":
        door, answer = _show(door, REFUSALS[Reason.NOT_READY], now_ms)
        return door, (*said, *answer)
    return door, (*said, PlaySound(lamps.granted(granted.direction)))


def committed(door: Door, token: int, now_ms: int) -> Step:
    """Open for the grants that wait for this record, in their order; a record nobody waits for is none.

    Where there is no room for all of them, as in a lane before which many wait, nobody goes.
    """
    ready = tuple(one for one in door.waiting if one.granted.token == token)
    if not locks.room(door.lock, len(ready)):
        return annul(door, ready, Reason.NOT_READY, now_ms)
    said: tuple[Said, ...] = ()
    for one in ready:
        door, more = _written(door, one, now_ms)
        said += more
    return door, said


def _written(door: Door, ready: Waiting, now_ms: int) -> Step:
    """Open for a grant that is on disk, or let it wait for the other door."""
    if now_ms < ready.at_ms:
        written = replace(ready, granted=replace(ready.granted, token=None), until_ms=None)
        return replace(door, waiting=tuple(written if one is ready else one for one in door.waiting)), ()
    door = replace(door, waiting=tuple(one for one in door.waiting if one is not ready))
    return grant(door, replace(ready.granted, token=None), now_ms)


def decide_late(door: Door, now_ms: int) -> Step:
    """Open for whoever waited for the other door, and take back the grants whose records did not come in time."""
    due = tuple(one for one in door.waiting if one.due_ms <= now_ms)
    said: tuple[Said, ...] = ()
    for one in (waiting for waiting in due if waiting.until_ms is None):
        door = replace(door, waiting=tuple(other for other in door.waiting if other is not one))
        door, more = grant(door, one.granted, now_ms)
        said += more
    door, late = annul(door, tuple(one for one in due if one.until_ms is not None), Reason.STORAGE, now_ms)
    return door, (*said, *late)


def annul(door: Door, ended: tuple[Waiting, ...], reason: Reason, now_ms: int) -> Step:
    """Take back grants that wait, and with each those that wait with it; nobody is told where nobody waited."""
    if not ended:
        return door, ()
    companies = {one.granted.company for one in ended if one.granted.company is not None}
    ended = tuple(one for one in door.waiting if one in ended or one.granted.company in companies)
    door = replace(door, waiting=tuple(one for one in door.waiting if one not in ended))
    return _turn_away(door, tuple(one.granted for one in ended), reason, now_ms)


def _turn_away(door: Door, granted: tuple[Granted, ...], reason: Reason, now_ms: int) -> Step:
    """End grants of which nothing came, and say why."""
    door, said = refused(door, reason, now_ms, verified=True)
    return door, (*(EndGrant(one.grant, "annulled", reason) for one in granted), *said)


def refused(door: Door, reason: Reason, now_ms: int, *, verified: bool) -> Step:
    """Answer a refusal: at once, or if too many bad codes came before it, after a pause; the newest one counts then."""
    signal = REFUSALS[reason]
    if verified:
        return _show(replace(door, later=None), signal, now_ms)
    tries, pause_ms, said = attempts.refused(door.attempts, now_ms)
    door = replace(door, attempts=tries)
    if pause_ms == 0:
        door, answer = _show(door, signal, now_ms)
        return door, (*said, *answer)
    at_ms = now_ms + pause_ms if door.later is None else door.later.at_ms
    return replace(door, later=Later(signal, at_ms)), said


def _officer(door: Door, *, asked: bool) -> Step:
    """Show that an officer is asked for as long as one is; what was refused before is no longer news."""
    door = replace(door, officer_asked=asked)
    return (replace(door, refusal=None, later=None), (PlaySound(Signal.VERIFY),)) if asked else (door, ())


def _company(door: Door, *, asked: bool) -> Step:
    """Show that company is asked for as long as somebody waits for it; whoever waits was not refused."""
    door = replace(door, company_asked=asked)
    return (replace(door, refusal=None, later=None), (PlaySound(Signal.COMPANY),)) if asked else (door, ())


def answer_late(door: Door, now_ms: int) -> Step:
    """Answer the bad code whose pause is over, and take a refusal away that was shown long enough."""
    if door.refusal is not None and door.refusal.until_ms <= now_ms:
        door = replace(door, refusal=None)
    if door.later is None or door.later.at_ms > now_ms:
        return door, ()
    return _show(replace(door, later=None), door.later.signal, now_ms)


def _show(door: Door, signal: Signal, now_ms: int) -> Step:
    """Show a refusal for a moment, also while the way is free for somebody else."""
    return replace(door, refusal=Refusal(signal, now_ms + REFUSAL_SHOWN_MS)), (PlaySound(signal),)
