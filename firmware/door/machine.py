"""The door's state machine: when the relay is energised, when it falls, and what the lamps say. Pure.

`step` takes the time and never asks for it; `deadline` says when to call again. Only a grant energises. An entry
waits for its record and is annulled if the record does not come in time; an exit waits for nothing. A pulse with
all its extensions ends at `max_unlock_ms`. The machine does not know passes, rules, or why a grant was given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, assert_never

from firmware.door.signals import REFUSALS
from firmware.events import (
    Direction,
    Effect,
    EndGrant,
    Energise,
    PlaySound,
    Reason,
    RecordCommitted,
    Release,
    ShowLight,
    Signal,
    Stopped,
)

RECORD_WITHIN_MS: Final = 500
"""An entry whose record is not on disk by then is refused."""

REFUSAL_SHOWN_MS: Final = 2000
IDLE_LEASE_MS: Final = 6000
"""The idle lamp goes out by itself this long after its last renewal: a hung gate does not look ready."""

IDLE_RENEWED_MS: Final = 3000


@dataclass(frozen=True, slots=True)
class Settings:
    """How long the lock is released for one grant, and at most with all extensions (milliseconds)."""

    unlock_ms: int
    max_unlock_ms: int


@dataclass(frozen=True, slots=True)
class Granted:
    """Somebody may pass. With a `token` the lock waits for that record; without one it opens at once."""

    grant: str
    direction: Direction
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody may not pass."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the waiting grants rest on turned out to be incomplete: whoever waits must be judged anew."""


DoorEvent = Granted | Refused | Recalled | RecordCommitted | Stopped


@dataclass(frozen=True, slots=True)
class Waiting:
    """A grant whose record is not on disk yet, and until when (ms) it may wait."""

    granted: Granted
    until_ms: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """The lock is released: since when, until when (ms), and for which grants."""

    since_ms: int
    until_ms: int
    grants: tuple[Granted, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal on the lamps until `until_ms`; afterwards they say what the lock does."""

    until_ms: int


@dataclass(frozen=True, slots=True)
class Door:
    """All that the machine remembers. `idle_ms` is when the idle lamp is renewed next (None while not idle)."""

    settings: Settings
    waiting: tuple[Waiting, ...] = ()
    pulse: Pulse | None = None
    refusal: Refusal | None = None
    idle_ms: int | None = None
    stopped: bool = False

    @property
    def phase(self) -> Literal["locked", "waiting", "unlocked", "stopped"]:
        """Name the state for people: the strongest of what holds."""
        if self.stopped:
            return "stopped"
        if self.pulse is not None:
            return "unlocked"
        return "waiting" if self.waiting else "locked"


def deadline(door: Door) -> int | None:
    """Return the time (ms) at which `step` must be called again, None if only an event can change anything."""
    moments = [waiting.until_ms for waiting in door.waiting]
    if door.pulse is not None:
        moments.append(door.pulse.until_ms)
    if door.refusal is not None:
        moments.append(door.refusal.until_ms)
    if door.idle_ms is not None:
        moments.append(door.idle_ms)
    return min(moments, default=None)


def start(settings: Settings, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Begin locked and idle; nothing that happened before energises anything."""
    door, effects = _rest(Door(settings), now_ms)
    return door, (Release(), *effects)


def step(door: Door, event: DoorEvent | None, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Settle every deadline that has passed, in order, then take the event."""
    effects: list[Effect] = []
    while not door.stopped and (due := deadline(door)) is not None and due <= now_ms:
        door, settled = _settle(door, due, now_ms)
        effects += settled
    if event is not None and not door.stopped:
        door, answered = _take(door, event, now_ms)
        effects += answered
    return door, tuple(effects)


def _settle(door: Door, due: int, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Do what the earliest deadline asks for; the lock first, the lamps last."""
    if door.pulse is not None and door.pulse.until_ms <= due:
        ends = tuple(EndGrant(granted.grant, "assumed") for granted in door.pulse.grants)
        door, lamps = _rest(replace(door, pulse=None), now_ms)
        return door, (Release(), *ends, *lamps)
    late = tuple(waiting for waiting in door.waiting if waiting.until_ms <= due)
    if late:
        return _annul(door, late, now_ms)
    if door.refusal is not None and door.refusal.until_ms <= due:
        return _rest(replace(door, refusal=None), now_ms)
    return _rest(door, now_ms)


def _take(door: Door, event: DoorEvent, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Answer one event."""
    match event:
        case Granted(token=None):
            return _open(door, event, now_ms)
        case Granted():
            waiting = Waiting(event, now_ms + RECORD_WITHIN_MS)
            return replace(door, waiting=(*door.waiting, waiting)), ()
        case RecordCommitted(token):
            return _committed(door, token, now_ms)
        case Refused(reason):
            return _refuse(door, reason, now_ms)
        case Recalled():
            return _annul(door, door.waiting, now_ms)
        case Stopped():
            return _stop(door)
        case _:
            assert_never(event)


def _committed(door: Door, token: int, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Open for the grant whose record this is; a record nobody waits for changes nothing."""
    ready = next((waiting for waiting in door.waiting if waiting.granted.token == token), None)
    if ready is None:
        return door, ()
    door = replace(door, waiting=tuple(waiting for waiting in door.waiting if waiting is not ready))
    return _open(door, ready.granted, now_ms)


def _annul(door: Door, ended: tuple[Waiting, ...], now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Take back grants that wait; nobody is told anything where nobody waited."""
    if not ended:
        return door, ()
    door = replace(door, waiting=tuple(waiting for waiting in door.waiting if waiting not in ended))
    door, lamps = _refuse(door, Reason.STORAGE, now_ms)
    return door, (*(EndGrant(one.granted.grant, "annulled", Reason.STORAGE) for one in ended), *lamps)


def _open(door: Door, granted: Granted, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Begin a pulse, or extend the running one: never shorter, never beyond the maximum since it rose."""
    pulse = door.pulse or Pulse(now_ms, now_ms, ())
    latest_ms = pulse.since_ms + door.settings.max_unlock_ms
    until_ms = min(latest_ms, max(pulse.until_ms, now_ms + door.settings.unlock_ms))
    pulse = Pulse(pulse.since_ms, until_ms, (*pulse.grants, granted))
    door = replace(door, pulse=pulse, refusal=None, idle_ms=None)
    signal = _granted_signal(granted.direction)
    left_ms = until_ms - now_ms
    return door, (Energise(left_ms), ShowLight(signal, left_ms), PlaySound(signal))


def _refuse(door: Door, reason: Reason, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Show the refusal for a moment, also while the lock is released for somebody else."""
    signal = REFUSALS[reason]
    door = replace(door, refusal=Refusal(now_ms + REFUSAL_SHOWN_MS), idle_ms=None)
    return door, (ShowLight(signal, REFUSAL_SHOWN_MS), PlaySound(signal))


def _rest(door: Door, now_ms: int) -> tuple[Door, tuple[Effect, ...]]:
    """Let the lamps say what the lock does, unless a refusal is still to be seen."""
    if door.refusal is not None:
        return door, ()
    if door.pulse is None:
        return replace(door, idle_ms=now_ms + IDLE_RENEWED_MS), (ShowLight(Signal.IDLE, IDLE_LEASE_MS),)
    signal = _granted_signal(door.pulse.grants[-1].direction)
    return replace(door, idle_ms=None), (ShowLight(signal, door.pulse.until_ms - now_ms),)


def _stop(door: Door) -> tuple[Door, tuple[Effect, ...]]:
    """Lock, darken and close every grant: one that waited is annulled, one that was open is assumed used."""
    opened = () if door.pulse is None else door.pulse.grants
    ends = (
        *(EndGrant(granted.grant, "assumed") for granted in opened),
        *(EndGrant(waiting.granted.grant, "annulled", Reason.STORAGE) for waiting in door.waiting),
    )
    return Door(door.settings, stopped=True), (Release(), ShowLight(Signal.DARK, 0), *ends)


def _granted_signal(direction: Direction) -> Signal:
    """Choose the signal of a grant by the way it leads."""
    return Signal.GRANTED_IN if direction is Direction.IN else Signal.GRANTED_OUT
