"""What the lamps say: the strongest of what holds, as a lease, so that a gate which hangs says nothing any more. Pure.

A refusal is shown for a moment whatever the lock does. Green is shown only while a way is free, and never longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door import contacts, locks
from firmware.door.leaf_table import Phase
from firmware.door.state import Shown
from firmware.events import Alarm, Contact, Direction, Posture, ShowLight, Signal

if TYPE_CHECKING:
    from firmware.door.state import Door

IDLE_LEASE_MS: Final = 6_000
IDLE_RENEWED_MS: Final = 3_000

_SHUT: Final = frozenset({Posture.LOCKDOWN, Posture.DISABLED})
_EMERGENCIES: Final = frozenset({Posture.FIRE, Posture.EVACUATION})
_BROKEN: Final = frozenset({Alarm.NOT_READY, Alarm.UNDERVOLTAGE})


def settle(door: Door, now_ms: int) -> tuple[Shown, tuple[ShowLight, ...]]:
    """Tell the lamps what holds now, if they were not told already."""
    low = contacts.active(door.contacts, Contact.SUPPLY)
    signal, until_ms = wanted(door, now_ms)
    before = door.shown
    if before is not None and until_ms is not None and until_ms <= now_ms:
        return before, ()  # a turn came late; what ended meanwhile is settled later in it
    if until_ms is not None:
        shown = Shown(signal, until_ms, None, low)
        return shown, () if shown == before else (ShowLight(signal, until_ms - now_ms, low),)
    due = before is None or before.renew_ms is None or now_ms >= before.renew_ms
    if before is not None and not due and (before.signal, before.low) == (signal, low):
        return before, ()
    until_ms, renew_ms = _lease(door, signal, now_ms)
    if before is not None and until_ms <= now_ms:
        return before, ()
    return Shown(signal, until_ms, renew_ms, low), (ShowLight(signal, until_ms - now_ms, low),)


def _lease(door: Door, signal: Signal, now_ms: int) -> tuple[int, int]:
    """Say until when (ms) a signal may be shown and when it is renewed; green ends with the lease of a held lock."""
    held = locks.held_until(door.lock) if signal is Signal.GRANTED_IN else None
    return held or (now_ms + IDLE_LEASE_MS, now_ms + IDLE_RENEWED_MS)


def wanted(door: Door, now_ms: int) -> tuple[Signal, int | None]:
    """Choose the signal, and until when (ms) it is right; None: as long as nothing changes."""
    if door.refusal is not None:
        return door.refusal.signal, door.refusal.until_ms
    free = locks.free_until(door.lock)
    if free is not None and free[1] > now_ms:
        return granted(free[0]), free[1]
    return _at_rest(door), None


def granted(direction: Direction) -> Signal:
    """Choose the signal of a grant by the way it leads."""
    return Signal.GRANTED_IN if direction is Direction.IN else Signal.GRANTED_OUT


def _at_rest(door: Door) -> Signal:
    """Choose the signal of a door through which nobody in particular may go: the first that holds."""
    posture, _ = door.postures.effective
    phase = door.lock.phase
    holding = (
        (posture in _EMERGENCIES, Signal.EMERGENCY),
        (phase in {Phase.FREE, Phase.FREE_OPEN}, Signal.GRANTED_IN),
        (phase in {Phase.PREALARM, Phase.HELD}, Signal.CLOSE_DOOR),
        (posture in _SHUT, Signal.SEE_OFFICER),
        (phase is Phase.FORCED, Signal.FAULT),
        (any(one.active and one.alarm in _BROKEN for one in door.alarms), Signal.FAULT),
        (door.officer_asked, Signal.VERIFY),
        (door.company_asked, Signal.COMPANY),
        (contacts.active(door.contacts, Contact.INTERLOCK), Signal.ONE_BY_ONE),
        (door.link_up is False, Signal.OFFLINE),
        (door.settings.observing, Signal.OBSERVING),
    )
    return next((signal for holds, signal in holding if holds), Signal.IDLE)
