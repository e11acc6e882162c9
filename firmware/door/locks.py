"""One face for the two kinds of lock: a leaf that is released for a time, a turnstile's lane that turns once a person.

It only passes on; what happens stands in the tables of `leaf` and `lane`. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.door import lane as lanes
from firmware.door import leaf as leaves
from firmware.door.asked import Noticed, Said
from firmware.door.lane import Lane
from firmware.door.lane_table import LanePhase, LaneTrigger
from firmware.door.leaf_acts import LEASE_MS, RENEWED_MS, Leaf
from firmware.door.leaf_table import Phase, Trigger
from firmware.door.settings import Kind, Settings
from firmware.events import Alarm, Contact, Direction, Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.door.asked import Granted
    from firmware.events import Reason

Lock = Leaf | Lane

TAILGATE_MS: Final = 10_000
CONTRADICTION_MS: Final = 60_000
"""How long after the last time these alarms hold: what causes them has no end that a sensor could see."""

_WAYS: Final[Mapping[Contact, Direction]] = {Contact.PASSAGE_IN: Direction.IN, Contact.PASSAGE_OUT: Direction.OUT}


def build(settings: Settings) -> Lock:
    """Begin at rest."""
    return Lane(settings) if settings.kind is Kind.TURNSTILE else Leaf(settings)


def lines(settings: Settings) -> tuple[Line, ...]:
    """List the lines that free this lock."""
    return (Line.RELAY, Line.RELAY_OUT) if settings.kind is Kind.TURNSTILE else (Line.RELAY,)


def deadlines(lock: Lock) -> list[tuple[int, Trigger | LaneTrigger]]:
    """List what falls due by itself and when (ms)."""
    return [*(leaves.deadlines(lock) if isinstance(lock, Leaf) else lanes.deadlines(lock))]


def settle(lock: Lock, trigger: Trigger | LaneTrigger, now_ms: int) -> tuple[Lock, tuple[Said, ...]]:
    """Do what fell due."""
    if isinstance(lock, Leaf) and isinstance(trigger, Trigger):
        return leaves.settle(lock, trigger, now_ms)
    if isinstance(lock, Lane) and isinstance(trigger, LaneTrigger):
        return lanes.settle(lock, trigger, now_ms)
    message = f"{trigger} is nothing that falls due at a {type(lock).__name__.lower()}"
    raise TypeError(message)


def grant(lock: Lock, granted: Granted, now_ms: int) -> tuple[Lock, tuple[Said, ...]]:
    """Let somebody go, now or in turn."""
    return leaves.grant(lock, granted, now_ms) if isinstance(lock, Leaf) else lanes.grant(lock, granted, now_ms)


def room(lock: Lock, people: int) -> bool:
    """Say whether so many more may be granted the way in together: a lane has a bounded queue."""
    return isinstance(lock, Leaf) or len(lock.queue) + people <= lanes.MOST_WAITING


def cut(lock: Lock, reason: Reason, now_ms: int) -> tuple[Lock, tuple[Said, ...]]:
    """Take back what was granted to people going in."""
    return leaves.cut(lock, reason, now_ms) if isinstance(lock, Leaf) else lanes.cut(lock, reason, now_ms)


def hold(lock: Lock, now_ms: int, *, lenient: bool) -> tuple[Lock, tuple[Said, ...]]:
    """Begin or end a posture under which an open leaf is as it should be; hold the lock released if it can be."""
    if isinstance(lock, Lane):
        return replace(lock, lenient=lenient), ()
    lock = leaves.lenience(lock, now_ms, lenient=lenient)
    if lock.settings.continuous:
        return leaves.hold(lock, now_ms, begins=lenient)
    return leaves.fire(lock, Trigger.LENIENT, now_ms) if lenient else (lock, ())


def leaf_moved(lock: Lock, now_ms: int, *, opened: bool | None) -> tuple[Lock, tuple[Said, ...]]:
    """Hear of the door position switch; None: it is not to be believed."""
    if isinstance(lock, Lane):
        return lock, ()
    return (leaves.unwatched(lock), ()) if opened is None else leaves.moved(lock, now_ms, opened=opened)


def became_ready(lock: Lock, now_ms: int, *, ready: bool | None) -> tuple[Lock, tuple[Said, ...]]:
    """Hear of a turnstile's READY contact; None: it is not to be believed."""
    return lanes.became_ready(lock, now_ms, ready=ready) if isinstance(lock, Lane) else (lock, ())


def counts(lock: Lock, contact: Contact, *, seen: bool) -> Lock:
    """Hear whether a sensor that sees people go is there and to be believed."""
    if contact not in _WAYS:
        return lock
    way = {_WAYS[contact]}
    return replace(lock, counted=lock.counted | way if seen else lock.counted - way)


def passed(lock: Lock, contact: Contact, now_ms: int) -> tuple[Lock, tuple[Said, ...]]:
    """Hear of somebody who goes through: granted, one too many, or through a leaf that is shut."""
    too_many = Noticed(Alarm.TAILGATE, active=True, until_ms=now_ms + TAILGATE_MS)
    if isinstance(lock, Lane):
        lane, said, expected = lanes.passed(lock, _WAYS[contact], now_ms)
        return lane, said if expected else (*said, too_many)
    shut = lock.watched and not lock.open
    leaf, said, expected = leaves.passed(lock, _WAYS[contact])
    if shut:
        until_ms = now_ms + CONTRADICTION_MS
        return leaf, (*said, Noticed(Alarm.CONTRADICTION, active=True, subject=contact.value, until_ms=until_ms))
    return leaf, said if expected or leaf.phase is Phase.FORCED else (*said, too_many)


def end(lock: Lock) -> tuple[Said, ...]:
    """End every grant that is still open, and let every line fall."""
    return leaves.end(lock) if isinstance(lock, Leaf) else lanes.end(lock)


def energised(lock: Lock) -> frozenset[Line]:
    """Say which lines are on."""
    if not lock.released:
        return frozenset()
    if isinstance(lock, Lane) and lock.turn is not None:
        return frozenset({lanes.line_of(lock.turn.direction)})
    return frozenset({Line.RELAY})


def held_until(lock: Lock) -> tuple[int, int] | None:
    """Say until when (ms) the lease of a held lock lasts and when it is renewed; None while no posture holds it."""
    if isinstance(lock, Lane) or lock.renew_ms is None:
        return None
    return lock.renew_ms - RENEWED_MS + LEASE_MS, lock.renew_ms


def free_until(lock: Lock) -> tuple[Direction, int] | None:
    """Say which way somebody may go now and until when (ms); None while nobody may, or everybody."""
    match lock:
        case Lane(phase=LanePhase.TURNING, turn=turn, until_ms=until_ms) if turn is not None and until_ms is not None:
            return turn.direction, until_ms
        case Leaf(way=way) if way is not None and (way.on or lock.settings.impulse):
            return way.direction, way.until_ms if lock.settings.impulse else way.line_ms
        case _:
            return None
