"""`gapura doctor --simulated`: the whole guide at a door in memory, led by a hand that does what it is asked.

It opens no line and no socket, reads no list and keeps nothing, so it may run beside a gate. That it passes says that
these programs work on this machine: nothing of a door.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

from firmware.commands import doctor_talk as talk
from firmware.commands.jsonline import write_line
from firmware.commands.mistake import DONE, FAILED, UsageError
from firmware.commands.options import CONFIG
from firmware.commands.simulated_door import DEFAULT_FITTED, DEFAULT_SETTINGS
from firmware.control import board, commissioning
from firmware.control.outputs import Outputs
from firmware.doctor import guide, report
from firmware.doctor.findings import Facts
from firmware.doctor.stages import Stage
from firmware.doctor.steps import Kind, Step, plan
from firmware.doctor.walking import (
    AT_TERMINAL,
    Answered,
    Beaten,
    ContactMoved,
    Decoded,
    Drive,
    Finished,
    Found,
    Lamp,
    LetGo,
    LineRead,
    Look,
    Play,
    Present,
    Settled,
)
from firmware.events import Contact, Energise, Level, Line, Release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.control.outputs import Fittings
    from firmware.doctor.steps import Fitted
    from firmware.doctor.walking import Effect, Event
    from firmware.door.settings import Settings

    Doubles = Callable[[Settings, Callable[[], int], Callable[[str, object], None]], Fittings]

REMARK: Final = "this door is simulated: no line moves, nothing is kept, and nothing is said of the door outside"
SOUND: Final = Facts(
    undervoltage=False,
    temperature_mc=48_000,
    disk_free_mib=4_096,
    clock_error_s=1,
    rtc=True,
    rtc_offset_s=0,
    lists_unusable=0,
    broker=False,
    released_at_rest=False,
)
"""A machine of which nothing is wrong: the guide judges it, nobody looks at the one that runs this."""
_TURN_MS: Final = 100
"""Shorter than any impulse."""
_MOST_TURNS: Final = 100_000
_PICTURE: Final = (("brightness", 120), ("frame_age_ms", 40), ("sharpness", 3_000))


@dataclass(frozen=True, slots=True)
class Door:
    """What hangs at the simulated door, and its times."""

    fitted: Fitted
    settings: Settings


class Rehearsal:
    """One walk; its time is its own and moves by a tenth of a second a turn."""

    def __init__(self, door: Door, doubles: Doubles) -> None:
        """Make the door; nothing is lit yet."""
        self._now_ms = 0
        self._settings = door.settings
        self._outputs = Outputs(doubles(door.settings, lambda: self._now_ms, lambda _kind, _value: None))
        self._steps = plan(door.fitted)
        self._frames = 0
        self._over = False

    def run(self) -> int:
        """Walk to the end; 0 if every step passed."""
        walk, effects = guide.begin(self._steps, AT_TERMINAL, (), self._now_ms)
        self._do(effects)
        for _ in range(_MOST_TURNS):
            if self._over:
                break
            walk, effects = guide.step(walk, self._hand(walk), self._now_ms)
            self._do(effects)
            self._now_ms += _TURN_MS
        self._outputs.close()
        summary = report.summary(walk.entries)
        talk.ended(summary)
        counts = {"ok": summary.ok, "fail": summary.fail, "skipped": summary.skipped}
        write_line({"kind": "summary", "simulated": True, "failed": list(summary.failed)} | counts)
        return DONE if self._over and summary.passed else FAILED

    def _hand(self, walk: guide.Guide) -> Event | None:
        """Do what is asked for at this stage of a step, or wait."""
        current = walk.current
        if current is None:
            return None
        match walk.stage:
            case Stage.LOOKING:
                return Found(SOUND)
            case Stage.QUESTION | Stage.CONSENT:
                return Answered(yes=True)
            case Stage.AIMING:
                return self._aim(current, read=walk.aim is not None and walk.aim.read)
            case Stage.ACTIVE | Stage.REST:
                return ContactMoved(Contact(current.subject), _level(walk.stage))
            case Stage.RISING | Stage.FALLING:
                line = Line(current.subject if current.kind is Kind.RELEASE else Line.RELAY)
                return LineRead(line, line in self._outputs.energised())
            case _:
                assert_never(walk.stage)

    def _aim(self, current: Step, *, read: bool) -> Event:
        """Hold a code before the camera once, and let good frames come from then on."""
        if not read:
            return Decoded(current.subject)
        self._frames += 10
        return Beaten(current.subject, (("frames", self._frames), *_PICTURE))

    def _do(self, effects: tuple[Effect, ...]) -> None:
        """Do at the simulated door what the guide asks for."""
        for effect in effects:
            match effect:
                case Settled(entry):
                    talk.settled(entry)
                    write_line({"kind": "step"} | entry.model_dump(mode="json"))
                case Lamp(colour, limit_ms):
                    self._outputs.lamp(colour, limit_ms)
                case Play(tune):
                    self._outputs.tune(tune)
                case Drive(line):
                    door = self._settings
                    limit_ms = door.pulse_ms if door.impulse else door.unlock_ms
                    self._outputs.carry_out(Energise(limit_ms, Line(line)))
                case LetGo(line):
                    self._outputs.carry_out(Release(Line(line)))
                case Finished():
                    self._over = True
                case Look() | Present():
                    pass
                case _:
                    assert_never(effect)


def door(path: Path) -> Door:
    """Read what hangs at a door or a board, or take the contract's own where there is no configuration yet."""
    if path == CONFIG and not CONFIG.exists():
        return Door(DEFAULT_FITTED, DEFAULT_SETTINGS)
    site = board.open_site(path)
    if isinstance(site, list):
        msg = f"{path}: {site[0]}; see gapura check {path}"
        raise UsageError(msg)
    return Door(commissioning.fitted(site.config), site.config.door.settings)


def run(door: Door, doubles: Doubles) -> int:
    """Walk through a simulated door; 0 if every step passed, else 1."""
    sys.stderr.write(f"gapura doctor: {REMARK}\n")
    return Rehearsal(door, doubles).run()


def _level(stage: Stage) -> Level:
    """Say how a contact reads while it is pressed, and when it has been let go."""
    return Level.ACTIVE if stage is Stage.ACTIVE else Level.REST
