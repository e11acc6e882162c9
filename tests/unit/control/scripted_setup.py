"""A set-up with everything around it in memory: its errands answer when a test says so, its lamps are remembered."""

from __future__ import annotations

import hashlib
from concurrent.futures import Future
from typing import TYPE_CHECKING

from firmware.control.outputs import Fittings, Outputs
from firmware.control.setting_up import SettingUp
from firmware.events import (
    CodesPresented,
    Instant,
    Line,
    ShowLight,
    Side,
    Signal,
)
from firmware.setup.stages import Stage
from firmware.setup.window import Window
from firmware.signed import codes
from hw.simulated import SimulatedDisplay, SimulatedLight, SimulatedRelay, SimulatedSounder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.setup.machine import Event

ENVELOPE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64))
CODES = codes.split(ENVELOPE)
READERS = {"outside": Side.OUTSIDE, "inside": Side.INSIDE}


class Errands:
    """What a set-up asks for, answered when the test says so."""

    def __init__(self, stage: Stage) -> None:
        """Begin at a stage."""
        self._stage = stage
        self.asked: list[Stage | bytes | str] = []
        self.afar = False
        self.waiting: list[Future[Event]] = []
        self.seen: Mapping[str, str | None] = {}

    def resumes(self) -> Stage:
        """Say where to begin."""
        return self._stage

    def home(self) -> Stage:
        """Say where a bad document leads back to."""
        return Stage.CODES if self._stage.blank else Stage.DONE

    def rooted(self) -> bool:
        """Say that there is a root."""
        return True

    def do(self, stage: Stage, seen: Mapping[str, str | None]) -> Future[Event]:
        """Note what was asked for."""
        self.seen = seen
        return self._ask(stage)

    def take(self, envelope: bytes, *, afar: bool = False) -> Future[Event]:
        """Note what was brought, and whether it came over the broker."""
        self.afar = afar
        return self._ask(envelope)

    def in_force(self, envelope: bytes) -> bool:
        """Say of one document that it is."""
        return envelope == b"in force"

    def look_at_boot(self) -> Future[Event] | None:
        """Find nothing."""
        return None

    def renew(self, seen: Mapping[str, str | None]) -> Future[bool]:
        """Note it."""
        self.seen = seen
        self.asked.append("renew")
        self.renewed: Future[bool] = Future()
        return self.renewed

    def settle(self) -> None:
        """Note it."""
        self.asked.append("settle")

    def retire(self) -> Future[bool]:
        """Note it."""
        self.asked.append("retire")
        self.retired: Future[bool] = Future()
        return self.retired

    def forget(self) -> None:
        """Note it."""
        self.asked.append("forget")

    def stop(self) -> None:
        """Note it."""
        self.asked.append("stop")

    def answer(self, event: Event) -> None:
        """Answer the oldest errand."""
        self.waiting.pop(0).set_result(event)

    def _ask(self, what: Stage | bytes) -> Future[Event]:
        self.asked.append(what)
        self.waiting.append(Future())
        return self.waiting[-1]


class Door:
    """A set-up with everything around it in memory."""

    def __init__(self, stage: Stage = Stage.CODES, *, always: bool = True) -> None:
        """Begin."""
        self.now_ms = 0
        self.relay = SimulatedRelay(5000, lambda: self.now_ms)
        self.light = SimulatedLight(lambda: self.now_ms)
        self.sounder = SimulatedSounder()
        self.display = SimulatedDisplay(lambda: self.now_ms)
        self.outputs = Outputs(Fittings({Line.RELAY: self.relay}, self.light, self.sounder, self.display))
        self.errands = Errands(stage)
        self.restarts = 0
        self.freed = False
        self.left: tuple[bytes, ...] = ()
        self.lists = False
        self.setting = SettingUp(
            self.errands,
            self.outputs,
            Window(always=always, for_ms=60_000),
            readers=READERS,
            lists_ready=lambda: self.lists,
            seen=lambda: {"journal": None},
            restart=self._restart,
            frees=lambda: self.freed,
        )
        self.outputs.at_rest = self.setting.instead_of
        self.setting.begin(self.now)
        self.rest()

    def is_at(self, stage: Stage) -> bool:
        """Say whether it has come so far."""
        return self.setting.stage is stage

    @property
    def now(self) -> Instant:
        """The time, which nobody vouches for."""
        return Instant(self.now_ms)

    def rest(self) -> None:
        """Let the door say that nothing happens."""
        self.outputs.carry_out(ShowLight(Signal.IDLE, 6000))

    def show(self, *shown: bytes, reader: str = "outside") -> bool:
        """Hold codes before a reader and say whether the door hears of none; `left` are those that it hears of."""
        left = self.setting.heard(CodesPresented(reader, shown, self.now_ms), self.now)
        self.setting.settle(self.now)
        self.left = left.codes if isinstance(left, CodesPresented) else ()
        return left is None

    def answer(self, event: Event) -> None:
        """Let an errand end, and the set-up hear of it."""
        self.errands.answer(event)
        self.setting.settle(self.now)

    def _restart(self) -> None:
        self.restarts += 1
