"""All that a door remembers, as one value: the lock, who waits, what is shown, and what it heard of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.door.attempts import Attempts
from firmware.door.lane import Lane
from firmware.door.leaf_acts import Leaf
from firmware.door.leaf_table import Phase
from firmware.events import Authority, Posture

if TYPE_CHECKING:
    from firmware.door.alarms import Book
    from firmware.door.asked import Granted, Said
    from firmware.door.contacts import Contacts
    from firmware.door.locks import Lock
    from firmware.door.postures import Postures
    from firmware.door.settings import Settings
    from firmware.events import Signal


@dataclass(frozen=True, slots=True)
class Waiting:
    """A grant that waits for its record until `until_ms`, or has it (None) and waits for the other door to `at_ms`."""

    granted: Granted
    at_ms: int
    until_ms: int | None

    @property
    def due_ms(self) -> int:
        """When (ms) it is decided at the latest."""
        return self.at_ms if self.until_ms is None else self.until_ms


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal on the lamps until `until_ms`; afterwards they say what the lock does."""

    signal: Signal
    until_ms: int


@dataclass(frozen=True, slots=True)
class Later:
    """A refusal that is not answered before `at_ms`, because too many bad codes came."""

    signal: Signal
    at_ms: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What the lamps were told: a signal until `until_ms`, to be renewed at `renew_ms` (None: it simply ends)."""

    signal: Signal
    until_ms: int
    renew_ms: int | None
    low: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """One door. `told` is the posture that was last recorded; `permit` what the other door of a pair was told.

    `officer_asked` says that somebody waits for an officer to look, `company_asked` that somebody does for company.
    """

    settings: Settings
    lock: Lock
    postures: Postures
    waiting: tuple[Waiting, ...] = ()
    refusal: Refusal | None = None
    later: Later | None = None
    officer_asked: bool = False
    company_asked: bool = False
    contacts: Contacts = ()
    attempts: Attempts = field(default_factory=Attempts)
    alarms: Book = ()
    shown: Shown | None = None
    told: tuple[Posture, Authority] = (Posture.SECURE, Authority.STANDING)
    permit: bool | None = None
    link_up: bool | None = None
    stopped: bool = False

    @property
    def phase(self) -> str:
        """Name the state for people: the strongest of what holds."""
        if self.stopped:
            return "stopped"
        if self.waiting and self.lock.phase is Phase.LOCKED:
            return "waiting"
        return self.lock.phase.value

    @property
    def secure(self) -> bool:
        """Whether this door is closed and locked, and nobody is about to go."""
        if self.waiting or self.stopped:
            return False
        match self.lock:
            case Leaf():
                return self.lock.secure and not self.lock.holders
            case Lane():
                return self.lock.turn is None and not self.lock.queue


Step = tuple[Door, "tuple[Said, ...]"]
"""What every part of the machine answers: the door as it is now, and what it said."""
