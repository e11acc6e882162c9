"""One walk at a terminal, or alone without one: the guide between keys, contacts, readers and outputs.

One thread does all of it. Whatever ends it, the hardware it was given is closed by whoever opened it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, assert_never

from firmware.commands import doctor_talk as talk
from firmware.commands.doctor_ears import Typed
from firmware.commands.jsonline import write_line
from firmware.commands.mistake import DONE, FAILED
from firmware.control import archive, commissioning
from firmware.control.telling import broker
from firmware.doctor import guide, report, words
from firmware.doctor.findings import Why
from firmware.doctor.walking import (
    AT_TERMINAL,
    Drive,
    Finished,
    Found,
    Lamp,
    LetGo,
    LineRead,
    Look,
    PassedOver,
    Play,
    Present,
    Settled,
)
from firmware.events import Energise, Line, Release
from firmware.records import probe

if TYPE_CHECKING:
    from firmware.commands.doctor_ears import Ears
    from firmware.control.clock import Clock
    from firmware.control.commissioning import Board, Walk
    from firmware.control.outputs import Outputs
    from firmware.doctor.report import Entry
    from firmware.doctor.walking import Effect, Event, Output

TURN_S: Final = 0.05
"""A relay that is tried is read back, and its one-shot fed, so often."""


class Session:
    """One walk at a terminal, or without one."""

    def __init__(self, walk: Walk, outputs: Outputs, ears: Ears, board: Board, clock: Clock) -> None:
        """Take what the walk is done with."""
        self._walk, self._outputs, self._ears, self._board, self._clock = walk, outputs, ears, board, clock
        self._waiting: list[Event] = []
        self._over = False
        self._guide = guide.Guide((), AT_TERMINAL)

    def run(self, *, again: bool) -> int:
        """Walk to the end, and file the record."""
        folder = self._walk.config.gate.state_dir
        anew = again or self._walk.way == "unattended"
        before = None if anew else archive.progress(folder, self._walk.plan)
        entries: list[Entry] = [] if before is None else before.entries
        if before is not None and entries:
            self._walk = self._walk.resumed(before)
            talk.say(f"going on behind {len(entries)} steps of an interrupted walk; --again begins anew")
            for entry in entries:
                self._tell(entry)
        self._guide, effects = guide.begin(self._walk.steps, AT_TERMINAL, entries, self._now_ms())
        self._do(effects)
        while not self._over:
            self._turn()
        return self._file()

    def _turn(self) -> None:
        """Take what was heard, read the lines back, and let time pass."""
        due_ms = guide.deadline(self._guide) or 0
        wait_s = 0.0 if self._waiting else min(TURN_S, (due_ms - self._now_ms()) / 1000)
        for heard in self._ears.take(wait_s):
            if isinstance(heard, Typed):
                self._typed(heard.line)
            else:
                self._waiting.append(heard)
        energised = self._outputs.energised()
        if energised:
            self._outputs.keep_alive()
        self._waiting += [LineRead(line, line in energised) for line in Line]
        waiting, self._waiting = self._waiting, []
        for event in (*waiting, None):
            if not self._over:
                self._guide, effects = guide.step(self._guide, event, self._now_ms())
                self._do(effects)

    def _typed(self, line: str | None) -> None:
        """Understand a line; the end of the input and `q` end the walk as Ctrl-C does."""
        if line is None or line.lower()[:1] == talk.QUIT:
            raise KeyboardInterrupt
        event = talk.key(line, self._guide.stage)
        if event is not None:
            self._waiting.append(event)
        elif (current := self._guide.current) is not None:
            talk.present(current, self._guide.stage, self._place())

    def _do(self, effects: tuple[Effect, ...]) -> None:
        """Do what the guide asks for."""
        for effect in effects:
            match effect:
                case Look():
                    self._waiting.append(self._look())
                case Settled(entry):
                    self._tell(entry)
                    self._keep()
                case Finished():
                    self._over = True
                case _ if self._walk.way == "unattended":
                    self._pass_over(effect)
                case _:
                    self._carry_out(effect)

    def _keep(self) -> None:
        """Keep how far a technician has come; what is walked alone is walked in a moment."""
        if self._walk.way != "unattended":
            archive.keep(self._walk.config.gate.state_dir, self._walk.progress(self._guide.entries))

    def _pass_over(self, effect: Output) -> None:
        """Without a terminal nothing is shown, played or driven, and what needs a person is passed over."""
        if isinstance(effect, Present):
            self._waiting.append(PassedOver(Why.NO_TERMINAL))

    def _carry_out(self, effect: Output) -> None:
        """Show, play, drive and let go."""
        match effect:
            case Present(step, stage):
                talk.present(step, stage, self._place())
                self._instruct(words.instruction(step, stage))
            case Lamp(colour, limit_ms):
                self._outputs.lamp(colour, limit_ms)
            case Play(tune):
                self._outputs.tune(tune)
            case Drive(line, lamp):
                self._drive(Line(line), lamp)
            case LetGo(line):
                self._outputs.carry_out(Release(Line(line)))
                self._outputs.lamp("dark", 0)
            case _:
                assert_never(effect)

    def _instruct(self, key: str) -> None:
        """Show and say an instruction at the door too."""
        self._outputs.write(key, AT_TERMINAL.ask_ms)
        self._outputs.speak(key)

    def _drive(self, line: Line, lamp: str) -> None:
        """Release a line as a grant would; green is lit only beside it and never longer than the way is free."""
        door = self._walk.config.door.settings
        self._outputs.carry_out(Energise(door.pulse_ms if door.impulse else door.unlock_ms, line))
        if lamp:
            self._outputs.lamp(lamp, door.unlock_ms)

    def _look(self) -> Found:
        """Look at the machine, and try every broker as the gate would; the first fault counts."""
        config = self._walk.config
        fault: str | None = None
        if config.mqtt is not None:
            fault = ""
            for settings in probe.each(broker(config.mqtt)):
                talk.say(f"trying the broker {settings.host}:{settings.port} ...")
                if (error := probe.fault(settings, config.gate.id)) is not None:
                    fault = fault or error.fault.value
                    talk.say(f"  {error}")
        released = bool(self._outputs.energised())
        facts = commissioning.look(config, self._board, self._clock.now(), broker_fault=fault, released=released)
        return Found(facts)

    def _tell(self, entry: Entry) -> None:
        """Tell a step's end to people, and to programs that listen."""
        talk.settled(entry)
        if not sys.stdout.isatty():
            write_line({"kind": "step"} | entry.model_dump(mode="json"))

    def _file(self) -> int:
        """Sign and keep the record, and say what it came to."""
        summary = report.summary(self._guide.entries)
        filed = self._walk.end(self._guide.entries, self._clock.now())
        if self._walk.way != "unattended":
            self._instruct(words.PASSED if summary.passed else words.FAILED)
        talk.ended(summary)
        talk.say(f"record: {filed.path}")
        if not filed.signed:
            talk.say("the record is not signed: there is no [mqtt] section with a certificate and key of this gate")
        if not sys.stdout.isatty():
            counts = {"ok": summary.ok, "fail": summary.fail, "skipped": summary.skipped}
            told = {"kind": "summary", "record": str(filed.path), "sha256": filed.digest, "signed": filed.signed}
            write_line(told | counts | {"failed": list(summary.failed)})
        return DONE if summary.passed and filed.signed else FAILED

    def _place(self) -> str:
        """Say which of how many steps this is."""
        return f"[{len(self._guide.entries) + 1}/{len(self._walk.steps)}]"

    def _now_ms(self) -> int:
        return self._clock.now().ms
