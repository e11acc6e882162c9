"""A technician in virtual time: answers what the guide asks as it was told to, and keeps what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.doctor import guide
from firmware.doctor.guide import Guide, Stage
from firmware.doctor.steps import Fitted, Kind, Step, plan
from firmware.doctor.walking import (
    AT_TERMINAL,
    Answered,
    Beaten,
    ContactMoved,
    Decoded,
    Effect,
    Event,
    Found,
    LineRead,
    Look,
    Pace,
    Present,
    Settled,
)
from firmware.events import Contact, Level, Line
from tests.unit.doctor.test_findings import SOUND

if TYPE_CHECKING:
    from firmware.doctor.report import Entry

WHOLE = Fitted(
    lamps=("red", "yellow", "green"),
    contacts=(Contact.DOOR_POSITION, Contact.REX, Contact.FIRE),
    readers=("outside", "inside"),
    lines=(Line.RELAY, Line.RELAY_OUT),
    sounder=True,
    display=True,
    speech=True,
)
STEPS = plan(WHOLE)


@dataclass
class Walker:
    """A walk whose hands are here; `broken` names the steps at which the technician does nothing or says no."""

    broken: frozenset[str] = frozenset()
    steps: tuple[Step, ...] = STEPS
    pace: Pace = AT_TERMINAL
    kept: list[Entry] = field(default_factory=list)
    now_ms: int = 0
    done: list[Effect] = field(default_factory=list)

    def begin(self) -> Guide:
        """Begin, or go on behind what was kept."""
        walk, effects = guide.begin(self.steps, self.pace, self.kept, self.now_ms)
        self._heed(effects)
        return walk

    def feed(self, walk: Guide, event: Event | None) -> Guide:
        """Let the guide hear something."""
        walk, effects = guide.step(walk, event, self.now_ms)
        self._heed(effects)
        return walk

    def go(self, walk: Guide) -> Guide:
        """Do the next thing a technician does."""
        current = walk.current
        assert current is not None
        event = self.answer(walk, current)
        if event is None:
            self.now_ms = max(self.now_ms, guide.deadline(walk) or 0)
        return self.feed(walk, event)

    def answer(self, walk: Guide, current: Step) -> Event | None:
        """Say what is done at a stage; None waits until something falls due."""
        if current.id in self.broken and current.kind is not Kind.SHOW:
            return None
        line = Line(current.subject) if current.kind is Kind.RELEASE else Line.RELAY
        answers: dict[Stage, Event] = {
            Stage.LOOKING: Found(SOUND),
            Stage.QUESTION: Answered(yes=current.id not in self.broken),
            Stage.CONSENT: Answered(yes=True),
            Stage.RISING: LineRead(line, on=True),
            Stage.FALLING: LineRead(line, on=False),
        }
        if current.kind is Kind.ASK:
            level = Level.ACTIVE if walk.stage is Stage.ACTIVE else Level.REST
            return ContactMoved(Contact(current.subject), level)
        if walk.aim is not None:
            self.now_ms += 1_000
            return beat(current.subject, walk.aim.frames or 0) if walk.aim.read else Decoded(current.subject)
        return answers[walk.stage]

    def _heed(self, effects: tuple[Effect, ...]) -> None:
        self.done += effects
        self.kept += [effect.entry for effect in effects if isinstance(effect, Settled)]

    def presented(self) -> list[tuple[str, str]]:
        """List what was asked for, in order."""
        return [(one.step.id, one.stage) for one in self.done if isinstance(one, Present)]

    def looks(self) -> int:
        """Count how often the machine was looked at."""
        return sum(isinstance(one, Look) for one in self.done)


def beat(reader: str, before: int = 0) -> Event:
    """Make a good heartbeat of a reader, ten frames after the last."""
    values = {"frames": before + 10, "frame_age_ms": 40, "brightness": 120, "sharpness": 3_000}
    return Beaten(reader, tuple(values.items()))


def walked(walker: Walker) -> list[Entry]:
    """Walk to the end without a pause and return the entries."""
    walk = walker.begin()
    while walk.current is not None:
        walk = walker.go(walk)
    return list(walk.entries)
