"""The stages of a step and how a walk goes from one to the next: entered, presented, settled, written down. Pure.

What is heard in a stage is `guide.py`'s business; here is what each stage begins with and how long it may last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from firmware.doctor import aiming
from firmware.doctor.aiming import Aim
from firmware.doctor.findings import Finding, Outcome
from firmware.doctor.report import Entry
from firmware.doctor.steps import Kind, Step
from firmware.doctor.walking import (
    Drive,
    Effect,
    Finished,
    Lamp,
    LetGo,
    Look,
    Pace,
    Play,
    Present,
    Settled,
    Tune,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK_MS: Final = 30_000
"""Longer than a broker's silence: whatever looks at the machine has an answer by then, or has none."""


class Stage(StrEnum):
    """Where in a step the guide is; `present` words each for people."""

    LOOKING = "looking"
    QUESTION = "question"
    AIMING = "aiming"
    ACTIVE = "active"
    REST = "rest"
    CONSENT = "consent"
    RISING = "rising"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class Guide:
    """A walk: its steps, the entries of those that are settled, and where in the next one it stands (ms)."""

    steps: tuple[Step, ...]
    pace: Pace
    entries: tuple[Entry, ...] = ()
    stage: Stage = Stage.LOOKING
    until_ms: int = 0
    aim: Aim | None = None

    @property
    def current(self) -> Step | None:
        """The step that is being done; None when the walk is over."""
        return self.steps[len(self.entries)] if len(self.entries) < len(self.steps) else None


Moved = tuple[Guide, tuple[Effect, ...]]


def begin(steps: Sequence[Step], pace: Pace, entries: Sequence[Entry], now_ms: int) -> Moved:
    """Begin, or go on behind the entries of an earlier walk through the same steps."""
    kept: list[Entry] = []
    for entry, step_ in zip(entries, steps, strict=False):
        if entry.id != step_.id:
            break
        kept.append(entry)
    return enter(Guide(tuple(steps), pace, tuple(kept)), now_ms)


def enter(guide: Guide, now_ms: int) -> Moved:
    """Begin the next step, or end the walk."""
    current = guide.current
    if current is None:
        return guide, (Finished(),)
    match current.kind:
        case Kind.CHECK:
            stage = Stage.LOOKING
        case Kind.SHOW:
            stage = Stage.QUESTION
        case Kind.AIM:
            stage = Stage.AIMING
        case Kind.ASK:
            stage = Stage.ACTIVE
        case Kind.RELEASE:
            stage = Stage.CONSENT if guide.pace.drives else Stage.RISING
        case _:
            assert_never(current.kind)
    return go(guide, current, stage, now_ms)


def go(guide: Guide, current: Step, stage: Stage, now_ms: int) -> Moved:
    """Go to a stage of the current step and say what belongs to it."""
    spans: dict[Stage, int] = {
        Stage.LOOKING: LOOK_MS,
        Stage.AIMING: guide.pace.aim_ms,
        Stage.FALLING: guide.pace.fall_ms,
    }
    until_ms = now_ms + spans.get(stage, guide.pace.show_ms if stage is Stage.QUESTION else guide.pace.ask_ms)
    aim = Aim(now_ms + aiming.every_ms(0)) if stage is Stage.AIMING else None
    guide = replace(guide, stage=stage, until_ms=until_ms, aim=aim)
    effects: list[Effect] = [Present(current, stage)]
    if stage is Stage.LOOKING:
        effects = [Look()]
    elif stage is Stage.QUESTION and current.kind is Kind.SHOW:
        # First shown and then asked about: who answers at once must have seen it.
        effects = [*_shown(current, guide.pace.show_ms), *effects]
    elif stage is Stage.RISING and guide.pace.drives:
        effects.append(Drive(current.subject, current.lamp))
    return guide, tuple(effects)


def _shown(current: Step, show_ms: int) -> tuple[Effect, ...]:
    """Do what is to be seen or heard; text and voice are part of presenting the step."""
    match current.subject:
        case "sounder":
            return (Play(Tune.TEST),)
        case "display" | "speech":
            return ()
        case colour:
            return (Lamp(colour, show_ms),)


def settle(guide: Guide, current: Step, finding: Finding, now_ms: int) -> Moved:
    """End the current step and go on to the next."""
    ended: list[Effect] = []
    if current.kind is Kind.RELEASE and guide.pace.drives:
        ended.append(LetGo(current.subject))
    if current.kind is Kind.SHOW:
        ended.append(Lamp("dark", 0))
    entry = Entry.of(current, finding)
    guide, effects = enter(replace(guide, entries=(*guide.entries, entry), aim=None), now_ms)
    tune = Tune.GOOD if finding.outcome is Outcome.OK else Tune.BAD
    return guide, (*ended, Settled(entry), Play(tune), *effects)
