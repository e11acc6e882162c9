"""The vocabulary of a walk: what the guide hears in the past tense, what it asks for in the imperative, how patiently.

Whoever leads the walk, a terminal or a card, turns its own world into these words and these words into its own world.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.doctor.findings import Facts
    from firmware.doctor.report import Entry
    from firmware.doctor.steps import Step
    from firmware.events import Contact, Level, Line


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each kind of step may take (ms), and whether the guide itself may drive the lock.

    Only where a technician has consented at a terminal. By card the lock moves when somebody inside asks to leave.
    """

    show_ms: int
    ask_ms: int
    aim_ms: int
    fall_ms: int
    drives: bool


AT_TERMINAL: Final = Pace(600_000, 600_000, 600_000, 150_000, drives=True)
"""Somebody sits there and can say that a step will not be done."""

BY_CARD: Final = Pace(20_000, 60_000, 180_000, 150_000, drives=False)
"""Nobody can say no, so silence must, within a wait that a person holding a card can bear."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The technician said yes or no."""

    yes: bool


@dataclass(frozen=True, slots=True)
class PassedOver:
    """The step will not be done now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """The technician wants to see, hear or read it again."""


@dataclass(frozen=True, slots=True)
class Found:
    """The machine was looked at."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class ContactMoved:
    """A contact reads otherwise."""

    contact: Contact
    level: Level


@dataclass(frozen=True, slots=True)
class LineRead:
    """A relay's line was read back."""

    line: Line
    on: bool


@dataclass(frozen=True, slots=True)
class Beaten:
    """A reader's heartbeat came."""

    reader: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A reader read a code; which one is nobody's business here."""

    reader: str


Event = Answered | PassedOver | Repeated | Found | ContactMoved | LineRead | Beaten | Decoded


class Tune(StrEnum):
    """What the guide plays; how each sounds is in `words.py`."""

    BEEP = "beep"
    GOOD = "good"
    BAD = "bad"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Look:
    """Gather the facts of the machine; they come back as `Found`."""


@dataclass(frozen=True, slots=True)
class Present:
    """Tell the technician what this stage of a step asks for."""

    step: Step
    stage: str


@dataclass(frozen=True, slots=True)
class Lamp:
    """Light one lamp for at most `limit_ms`."""

    colour: str
    limit_ms: int


@dataclass(frozen=True, slots=True)
class Play:
    """Sound a tune."""

    tune: Tune


@dataclass(frozen=True, slots=True)
class Drive:
    """Release a line for its usual time, with a lamp lit beside it if one is named."""

    line: str
    lamp: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """Let a line fall."""

    line: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A step has ended: keep its entry, so that the walk can go on behind it."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Finished:
    """The walk is over."""


Output = Present | Lamp | Play | Drive | LetGo
"""Effects that a person sees, hears or walks through."""

Effect = Look | Settled | Finished | Output
