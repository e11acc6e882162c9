"""What a door is told: grants, refusals and recalls by the controller, and what it hears of the world beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.events import (
    ContactChanged,
    Effect,
    LinkChanged,
    OutputChecked,
    PostureCommanded,
    PostureScheduled,
    RecordCommitted,
    Stopped,
)

if TYPE_CHECKING:
    from firmware.events import Alarm, Direction, Reason


@dataclass(frozen=True, slots=True)
class Granted:
    """Somebody may pass. With a `token` the lock waits for that record; without one it opens at once.

    Those who may only go together wait for one record, the last of theirs: records reach the disk in their order. All
    who are let in on account of each other share a `company`, and of those who wait none goes when another may not.
    `long` asks for more time, for somebody who walks slowly or comes with a wheelchair.
    """

    grant: str
    direction: Direction
    token: int | None = None
    long: bool = False
    company: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody may not pass; `verified` says that the code was a pass whose signature holds."""

    reason: Reason
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Recalled:
    """What the waiting grants rest on turned out to be incomplete: whoever waits must be judged anew."""


@dataclass(frozen=True, slots=True)
class OfficerAsked:
    """Somebody waits at this door for an officer to look, or (`waiting` false) nobody does any more."""

    waiting: bool


@dataclass(frozen=True, slots=True)
class CompanyAsked:
    """Somebody waits at this door for whoever has to show a pass beside theirs, or nobody does any more."""

    waiting: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """A part of the door, or of the gate behind it, saw an alarm's cause begin (`active`) or end.

    `until_ms` ends it by itself.
    """

    alarm: Alarm
    active: bool
    subject: str = ""
    until_ms: int | None = None


DoorEvent = (
    Granted
    | Refused
    | Recalled
    | OfficerAsked
    | CompanyAsked
    | Noticed
    | RecordCommitted
    | ContactChanged
    | OutputChecked
    | PostureCommanded
    | PostureScheduled
    | LinkChanged
    | Stopped
)


Said = Effect | Noticed
"""What a part of the door answers: effects for outside, and what the book of alarms is to hear."""
