"""The set-up at the door: codes before the camera, the lamp, one errand after the other, beside whatever the door does.

It stands around the controller and takes away from it only codes of a provisioning document shown outside, not what is
shown beside them; whoever is inside gets out by any code, by the button and by fire, as always. It moves no lock. A
fault in here ends the set-up and never the gate. It belongs to the controller thread.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from firmware.control.self_test import FRAMES
from firmware.doctor.walking import Tune
from firmware.events import CodesPresented, ContactChanged, LinkChanged, ReaderBeat, Side, Stopped
from firmware.setup import machine, words
from firmware.setup.machine import Count, Did, Do, Failed, Forget, Lost, Reached, Restart, Show, Tell
from firmware.setup.meanings import MEANINGS
from firmware.setup.showing import Showing
from firmware.setup.stages import Stage
from firmware.signed.codes import is_provisioning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from firmware.control.outputs import Outputs
    from firmware.control.setup_errands import SetupErrands
    from firmware.events import Event, Instant, ShowLight
    from firmware.setup.machine import Effect
    from firmware.setup.machine import Event as SetupEvent
    from firmware.setup.reasons import Why
    from firmware.setup.window import Window

log = logging.getLogger(__name__)

POLL_MS: Final = 200
MOST_ASKED: Final = 8
"""Errands that may wait; whoever shows document after document is not served faster than a disk is."""

FRAMES_MS: Final = 20_000
"""How long after the start a camera may need before its first frame is missed."""

LAMP_MS: Final = 6_000
"""As long as the door's own lease at most: a gate that hangs goes dark."""

FAULT: Final = "the set-up met a fault of the firmware and ends; please report it"


class SettingUp:
    """One door's set-up; `Turning` drives it around the controller's turns."""

    def __init__(
        self,
        errands: SetupErrands,
        outputs: Outputs,
        window: Window,
        *,
        readers: Mapping[str, Side],
        lists_ready: Callable[[], bool],
        seen: Callable[[], Mapping[str, str | None]],
        restart: Callable[[], None],
        frees: Callable[[], bool],
    ) -> None:
        """Begin where an earlier process was; while the door `frees` somebody no restart is asked for."""
        self._errands, self._outputs, self._window = errands, outputs, window
        self._readers, self._lists_ready, self._restart = readers, lists_ready, restart
        self._look, self._frees = seen, frees
        self.showing = Showing()
        self._asked: list[tuple[Future[SetupEvent], int]] = []
        self._setup = machine.Setup(Stage.DONE)
        self._poll_ms = self._began_ms = 0
        self._frames = dict.fromkeys(readers, 0)
        self.counts: Counter[str] = Counter()
        self._over = self._ends = self.restarting = False

    @property
    def blank(self) -> bool:
        """Whether this is no gate yet."""
        return self._window.always

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return self._setup.stage

    def begin(self, now: Instant) -> None:
        """Begin, and read a document that lies on the boot partition."""
        self._began_ms = now.ms
        errands = self._errands
        self._do(machine.begin(errands.resumes(), now.ms, errands.home(), rooted=errands.rooted()))
        boot = self._errands.look_at_boot() if self.blank else None
        if boot is not None:
            self.ask(boot)

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) `settle` is due though nothing happens."""
        if self._over:
            return None
        own = (machine.deadline(self._setup), self._window.deadline_ms(), self.showing.deadline_ms())
        due = [*own, self._poll_ms if self._asked or self._ends or self._setup.stage is Stage.LISTS else None]
        return min((one for one in due if one is not None), default=None)

    def heard(self, event: Event | None, now: Instant) -> Event | None:
        """Take an event in, and leave to the door what is the door's: all but codes of a document, shown outside."""
        if self._over:
            return event
        try:
            return self._heard(event, now)
        except Exception:
            log.exception(FAULT)
            self._end()
            return event

    def settle(self, now: Instant) -> None:
        """Do what is due, and take what the errands brought."""
        if self._over:
            return
        try:
            self._settle(now)
        except Exception:
            log.exception(FAULT)
            self._end()

    def instead_of(self, light: ShowLight) -> bool:
        """Show how far the set-up is where the door has nothing to say to anybody."""
        if self._over or self._setup.stage is Stage.DONE:
            return False
        colour, rhythm = words.lamp(self._setup)
        self._outputs.lamp(colour, light.limit_ms, rhythm)
        self._outputs.text(words.lines(self._setup.why or self._setup.stage), light.limit_ms)
        return True

    def open_window(self, for_ms: int, now_ms: int) -> None:
        """Take documents for so long, because somebody entitled said so."""
        self._window.open(for_ms, now_ms)

    def _heard(self, event: Event | None, now: Instant) -> Event | None:
        match event:
            case CodesPresented(reader, shown):
                rest = self._presented(shown, now)
                if rest != shown and self._readers.get(reader) is Side.OUTSIDE:
                    return replace(event, codes=rest) if rest else None
            case ContactChanged(contact, level):
                self._window.contact(contact, level)
            case LinkChanged(up):
                self._step(Reached(Stage.BROKER) if up else Lost(), now)
            case ReaderBeat(reader, values):
                self._frames[reader] = dict(values).get("frames", 0)
            case Stopped():
                self._errands.stop()
            case _:
                pass
        return event

    def _settle(self, now: Instant) -> None:
        if self._window.settle(now.ms):
            log.warning("the window for provisioning documents is open: the button in the case")
            self._outputs.tune(Tune.GOOD)
        if (half := self.showing.settle(now.ms)) is not None:
            self._step(half, now)
        waiting, self._asked = self._asked, []
        for errand, number in waiting:
            if errand.done():
                event = errand.result()
                self._step(replace(event, number=number) if isinstance(event, Did | Failed) else event, now)
            else:
                self._asked.append((errand, number))
        self._poll_ms = now.ms + POLL_MS
        if self._setup.stage is Stage.LISTS and self._lists_ready() and self._sees(now.ms):
            self._step(Reached(Stage.LISTS), now)
        self._step(None, now)
        if self._ends and not self._frees():
            self._ends, self.restarting = False, True
            self._restart()

    def _presented(self, shown: tuple[bytes, ...], now: Instant) -> tuple[bytes, ...]:
        """Look at every code of a frame that wants to be part of a document, and answer the others."""
        mine = [code for code in shown if is_provisioning(code)]
        told, whole = self.showing.shown(mine, now.ms, open_=self._window.is_open(now.ms))
        for event in told:
            self._step(event, now)
        for envelope in whole if len(self._asked) < MOST_ASKED else ():
            self.ask(self._errands.take(envelope))
        return tuple(code for code in shown if not is_provisioning(code))

    def _step(self, event: SetupEvent | None, now: Instant) -> None:
        self._do(machine.step(self._setup, event, now.ms))

    def _do(self, moved: tuple[machine.Setup, tuple[Effect, ...]]) -> None:
        """Do what the machine asks for."""
        self._setup, effects = moved
        for effect in effects:
            match effect:
                case Do(stage, number):
                    self.ask(self._errands.do(stage, self.seen()), number)
                case Show(stage):
                    log.info("set-up: %s", stage)
                    self._tell(stage, None if stage is Stage.CODES else Tune.GOOD)
                case Count(have, of):
                    log.info("set-up: %s of %s codes", have, of)
                    self._outputs.tune(Tune.BEEP)
                case Tell(why):
                    self.counts[why.value] += 1
                    log.warning("set-up: %s; %s", why, MEANINGS[why].action)
                    self._tell(why, Tune.BAD)
                case Forget():
                    self._errands.forget()
                case Restart():
                    self._ends = True
                case _:
                    assert_never(effect)

    def _tell(self, what: Stage | Why, tune: Tune | None) -> None:
        """Show, sound and say it; on the lamps only where the door has nothing to say to anybody."""
        if tune is not None:
            self._outputs.tune(tune)
        self._outputs.text(words.lines(what), LAMP_MS)
        self._outputs.say(words.PHRASE_PREFIX + what)
        if self._outputs.resting and what is not Stage.DONE:
            colour, rhythm = words.lamp(self._setup, what)
            self._outputs.lamp(colour, LAMP_MS, rhythm)

    def _sees(self, now_ms: int) -> bool:
        """Say whether every reader has shown its first frame, or has had the time to; the test says which had not."""
        return all(self._frames.values()) or now_ms - self._began_ms > FRAMES_MS

    def seen(self) -> Mapping[str, str | None]:
        """Say what this gate sees of itself: readers by their frames, and what else it can tell without a hand."""
        frames = {FRAMES + reader: None if number else "no_frames" for reader, number in sorted(self._frames.items())}
        return {**self._look(), **frames}

    def ask(self, errand: Future[SetupEvent], number: int = 0) -> None:
        """Take what an errand brings when it is done."""
        self._asked.append((errand, number))
        self._poll_ms = 0

    def _end(self) -> None:
        self._over = True
        self._errands.stop()
