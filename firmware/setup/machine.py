"""The set-up as a state machine: what happened goes in, what to do and what to show comes out.

`step(setup, event, now_ms)` settles what is due and takes the event; `deadline` says when to call again. A failure goes
back to the stage that its reason names and no further, and what was reached is kept, so that whatever ends the process
begins again where it was. It reads no clock, opens no file and moves no lock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, assert_never

from firmware.setup.meanings import MEANINGS
from firmware.setup.reasons import Need, Why
from firmware.setup.stages import STAGES, Stage

FIRST_PAUSE_MS: Final = 2_000
LONGEST_PAUSE_MS: Final = 60_000
"""A task that failed is tried again after a pause that doubles from the first to the longest, for ever."""


@dataclass(frozen=True, slots=True)
class PartShown:
    """One code of a set was read: `have` of `of` are there."""

    have: int
    of: int


@dataclass(frozen=True, slots=True)
class Refused:
    """What was shown or brought came to nothing; what was under way goes on."""

    why: Why


@dataclass(frozen=True, slots=True)
class Taken:
    """A good document of this gate was taken and is on disk; it takes the place of one that is not finished."""


@dataclass(frozen=True, slots=True)
class NetworkTaken:
    """The name and password of a network were taken."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What a stage waited for is there: the broker took the gate in, the lists are in force."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Lost:
    """The broker is gone again."""


@dataclass(frozen=True, slots=True)
class Did:
    """The task of this number is done."""

    number: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The task of this number is not done. `jitter`, 0 to 1, spreads gates that fail together."""

    number: int
    why: Why
    jitter: float = 1.0


@dataclass(frozen=True, slots=True)
class Do:
    """Have the task of a stage done; the answer carries the number."""

    stage: Stage
    number: int


@dataclass(frozen=True, slots=True)
class Show:
    """Tell that a stage begins."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class Count:
    """Tell how many codes of a set are there."""

    have: int
    of: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell what went wrong."""

    why: Why


@dataclass(frozen=True, slots=True)
class Forget:
    """Let go of the document: it will never be any good."""


@dataclass(frozen=True, slots=True)
class Restart:
    """End this process in order; the next one is the gate."""


Event = PartShown | Refused | Taken | NetworkTaken | Reached | Lost | Did | Failed
Effect = Do | Show | Count | Tell | Forget | Restart


@dataclass(frozen=True, slots=True)
class Setup:
    """How far it is: `why` the last thing that went wrong in this stage, `number` the task that counts.

    `home` is the stage to which a document leads back that is no good: to wait for another, or to be the gate it was.
    `due_ms` is when a task is tried again, or a wait becomes a failure (CLOCK_BOOTTIME); None while nothing is due.
    """

    stage: Stage
    number: int = 0
    why: Why | None = None
    due_ms: int | None = None
    pause_ms: int = FIRST_PAUSE_MS
    connected: bool = False
    ended: bool = False
    home: Stage = Stage.CODES


Moved = tuple[Setup, tuple[Effect, ...]]


def begin(stage: Stage, now_ms: int, home: Stage = Stage.CODES, *, rooted: bool = True) -> Moved:
    """Begin where an earlier process was; without the office's root key no code is ever taken, and that is told."""
    setup, effects = _enter(Setup(stage, home=home), stage, now_ms)
    if rooted or stage is not Stage.CODES:
        return setup, effects
    return replace(setup, why=Why.NO_ROOT), (*effects, Tell(Why.NO_ROOT))


def deadline(setup: Setup) -> int | None:
    """Say when (ms) `step` has something to do though nothing happens."""
    return None if setup.ended else setup.due_ms


def step(setup: Setup, event: Event | None, now_ms: int) -> Moved:
    """Settle what is due, then take the event; after a restart was asked for nothing changes any more."""
    if setup.ended:
        return setup, ()
    effects: tuple[Effect, ...] = ()
    if setup.due_ms is not None and now_ms >= setup.due_ms:
        setup, effects = _due(setup, now_ms)
    if event is None:
        return setup, effects
    setup, more = _take(setup, event, now_ms)
    return setup, (*effects, *more)


def _take(setup: Setup, event: Event, now_ms: int) -> Moved:
    moved: Moved = (setup, ())
    match event:
        case PartShown(have, of):
            moved = setup, (Count(have, of),)
        case Refused(why):
            moved = setup, (Tell(why),)
        case Taken():
            moved = _enter(setup, Stage.NETWORK, now_ms)
        case NetworkTaken():
            moved = _enter(setup, Stage.NETWORK, now_ms) if setup.stage is Stage.NETWORK else moved
        case Reached(stage):
            moved = _reached(setup, stage, now_ms)
        case Lost():
            moved = _lost(replace(setup, connected=False), now_ms)
        case Did(number):
            moved = _enter(setup, setup.stage.after, now_ms) if _counts(setup, number) else moved
        case Failed(number, why, jitter):
            moved = _failed(setup, why, jitter, now_ms) if _counts(setup, number) else moved
        case _:
            assert_never(event)
    return moved


def _counts(setup: Setup, number: int) -> bool:
    """Whether an answer is that of the task under way; one that was overtaken says nothing any more."""
    return STAGES[setup.stage].task and number == setup.number and setup.due_ms is None


def _enter(setup: Setup, stage: Stage, now_ms: int) -> Moved:
    """Begin a stage anew."""
    row = STAGES[stage]
    due_ms = None if row.patience_ms is None else now_ms + row.patience_ms
    fresh = replace(setup, stage=stage, why=None, due_ms=due_ms, pause_ms=FIRST_PAUSE_MS, number=setup.number + 1)
    if stage is Stage.BROKER and setup.stage is Stage.KEEP:
        return replace(fresh, ended=True), (Show(stage), Restart())
    if stage is Stage.BROKER and setup.connected:
        return _enter(fresh, Stage.LISTS, now_ms)
    return fresh, (Show(stage), *((Do(stage, fresh.number),) if row.task else ()))


def _reached(setup: Setup, stage: Stage, now_ms: int) -> Moved:
    """Take in that what a stage waits for is there."""
    if stage is Stage.BROKER:
        setup = replace(setup, connected=True)
    return _enter(setup, stage.after, now_ms) if setup.stage is stage else (setup, ())


def _lost(setup: Setup, now_ms: int) -> Moved:
    """Wait for the broker again; what was tested and not yet told is tested again."""
    return (
        _enter(setup, Stage.BROKER, now_ms) if setup.stage in {Stage.LISTS, Stage.TEST, Stage.REPORT} else (setup, ())
    )


def _failed(setup: Setup, why: Why, jitter: float, now_ms: int) -> Moved:
    """Tell it, and go back to where its reason resumes: to wait for other codes, or to try again after a pause."""
    resumes = MEANINGS[why].resumes
    if resumes is Stage.CODES and setup.stage.blank:
        fresh, _ = _enter(setup, setup.home, now_ms)
        return replace(fresh, why=why), (Tell(why), Forget())
    back = STAGES[resumes].task and resumes.blank is setup.stage.blank and resumes.place < setup.stage.place
    stage = resumes if back else setup.stage
    due_ms = now_ms + round(setup.pause_ms * (0.5 + jitter / 2))
    pause_ms = min(2 * setup.pause_ms, LONGEST_PAUSE_MS)
    return replace(setup, stage=stage, why=why, due_ms=due_ms, pause_ms=pause_ms, number=setup.number + 1), (Tell(why),)


def _due(setup: Setup, now_ms: int) -> Moved:
    """Try a task again, or say that something was waited for in vain and wait on."""
    row = STAGES[setup.stage]
    if row.task:
        return replace(setup, due_ms=None), (Do(setup.stage, setup.number),)
    if row.patience_ms is None:
        return replace(setup, due_ms=None), ()
    why = Why.BROKER_UNREACHABLE if setup.stage is Stage.BROKER else Why.LISTS_MISSING
    return replace(setup, why=why, due_ms=now_ms + row.patience_ms), (Tell(why),)


def needs(setup: Setup) -> Need | None:
    """Say who moves next where something went wrong; None while all is well."""
    return None if setup.why is None else MEANINGS[setup.why].need
