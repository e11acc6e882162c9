"""The guide: one step of a door after the other, whoever leads the hand. Pure.

`step(guide, event, now_ms)` settles what is overdue and takes the event; `deadline` says when to call again. It knows
no terminal, card, lamp or journal: it answers with what to look at, show, play, drive and write down. Interrupted
anywhere and begun again with the entries it had settled, it ends with the same record.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from firmware.doctor import aiming
from firmware.doctor.findings import JUDGES, Facts, Finding, Outcome, Why, bad, good, skipped
from firmware.doctor.stages import Guide, Moved, Stage, begin, go, settle
from firmware.doctor.steps import Kind, Step
from firmware.doctor.walking import (
    Answered,
    Beaten,
    ContactMoved,
    Decoded,
    Effect,
    Event,
    Found,
    LineRead,
    Look,
    PassedOver,
    Play,
    Repeated,
    Tune,
)
from firmware.events import Level

if TYPE_CHECKING:
    from firmware.doctor.aiming import Aim

__all__ = ["Guide", "Stage", "begin", "deadline", "step"]

_GIVEN_UP: Final = {
    Stage.LOOKING: bad(Why.NO_FACTS),
    Stage.QUESTION: bad(Why.NOT_CONFIRMED),
    Stage.ACTIVE: bad(Why.NOT_MOVED),
    Stage.REST: bad(Why.STAYS_ACTIVE),
    Stage.CONSENT: skipped(Why.DECLINED),
    Stage.RISING: bad(Why.NOT_RELEASED),
    Stage.FALLING: bad(Why.STAYS_RELEASED),
}
"""How a stage ends when its time is up."""


def deadline(guide: Guide) -> int | None:
    """Return the time (ms) at which `step` must be called again; None when the walk is over."""
    if guide.current is None:
        return None
    return guide.until_ms if guide.aim is None else min(guide.until_ms, guide.aim.beep_ms)


def step(guide: Guide, event: Event | None, now_ms: int) -> Moved:
    """Settle what is overdue, then take the event."""
    guide, effects = _overdue(guide, now_ms)
    current = guide.current
    if event is None or current is None:
        return guide, effects
    guide, more = _take(guide, current, event, now_ms)
    return guide, (*effects, *more)


def _overdue(guide: Guide, now_ms: int) -> Moved:
    """Give up what took too long, and beep if it is time."""
    current = guide.current
    if current is None or now_ms < (deadline(guide) or 0):
        return guide, ()
    if guide.aim is None or now_ms >= guide.until_ms:
        return settle(guide, current, _given_up(guide), now_ms)
    beep_ms = now_ms + aiming.every_ms(guide.aim.quality)
    return replace(guide, aim=replace(guide.aim, beep_ms=beep_ms)), (Play(Tune.BEEP),)


def _given_up(guide: Guide) -> Finding:
    """Say how a step ends whose time is up."""
    return aiming.given_up(guide.aim) if guide.aim is not None else _GIVEN_UP[guide.stage]


def _take(guide: Guide, current: Step, event: Event, now_ms: int) -> Moved:
    """Answer one event in the stage that waits for it; any other stage lets it pass."""
    moved: Moved = guide, ()
    match event, guide.stage:
        case PassedOver(reason), _:
            moved = settle(guide, current, skipped(reason), now_ms)
        case Repeated(), Stage.QUESTION | Stage.ACTIVE | Stage.REST | Stage.AIMING | Stage.CONSENT:
            moved = go(guide, current, guide.stage, now_ms)
        case Found(facts), Stage.LOOKING:
            moved = _found(guide, current, facts, now_ms)
        case Answered(yes), Stage.QUESTION:
            moved = settle(guide, current, good() if yes else bad(Why.NOT_SEEN), now_ms)
        case Answered(yes), Stage.CONSENT:
            declined = skipped(Why.DECLINED)
            moved = go(guide, current, Stage.RISING, now_ms) if yes else settle(guide, current, declined, now_ms)
        case ContactMoved(contact, level), Stage.ACTIVE | Stage.REST if contact == current.subject:
            moved = _moved(guide, current, level, now_ms)
        case LineRead(line, on), Stage.RISING if line == current.subject and on:
            moved = go(guide, current, Stage.FALLING, now_ms)
        case LineRead(line, on), Stage.FALLING if line == current.subject and not on:
            moved = go(guide, current, Stage.QUESTION, now_ms)
        case ((Beaten() | Decoded()), _) if guide.aim is not None and event.reader == current.subject:
            moved = _aimed(guide, current, guide.aim, event, now_ms)
        case _:
            pass
    return moved


def _found(guide: Guide, current: Step, facts: Facts, now_ms: int) -> Moved:
    """Judge every check that stands in a row by one look at the machine, with one tune for all of them."""
    findings: list[Finding] = []
    effects: list[Effect] = []
    step_: Step | None = current
    while step_ is not None and step_.kind is Kind.CHECK:
        findings.append(JUDGES[step_.id](facts))
        guide, more = settle(guide, step_, findings[-1], now_ms)
        effects += [one for one in more if not isinstance(one, Look | Play)]
        step_ = guide.current
    failed = any(one.outcome is Outcome.FAIL for one in findings)
    return guide, (Play(Tune.BAD if failed else Tune.GOOD), *effects)


def _moved(guide: Guide, current: Step, level: Level, now_ms: int) -> Moved:
    """Follow a contact there and back; a wire that is cut, shorted or shaking fails at once."""
    if not level.believed:
        return settle(guide, current, bad(Why.WIRE_FAULT), now_ms)
    if guide.stage is Stage.ACTIVE and level is Level.ACTIVE:
        return go(guide, current, Stage.REST, now_ms)
    if guide.stage is Stage.REST and level is Level.REST:
        return settle(guide, current, good(), now_ms)
    return guide, ()


def _aimed(guide: Guide, current: Step, aim: Aim, event: Beaten | Decoded, now_ms: int) -> Moved:
    """Take in what the reader says of its picture."""
    match event:
        case Beaten(_, values):
            aim = aiming.beaten(aim, dict(values), now_ms)
        case Decoded():
            aim = replace(aim, read=True)
        case _:
            assert_never(event)
    finding = aiming.good_now(aim, now_ms)
    return settle(guide, current, finding, now_ms) if finding else (replace(guide, aim=aim), ())
