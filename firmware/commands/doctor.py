"""`gapura doctor`: walk a technician through this door at a terminal, or alone through what needs no person.

It opens the hardware itself, so the gate must not run. The lock obeys its limits and is let go on every way out. What
was settled is on disk at once; whoever comes back goes on behind it.
"""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from firmware.commands import doctor_talk as talk
from firmware.commands.alone import alone
from firmware.commands.doctor_ears import Ears
from firmware.commands.doctor_walk import Session
from firmware.commands.guardian import Guardian
from firmware.control.commissioning import Walk
from firmware.control.outputs import Outputs
from firmware.control.ruled import Ruled
from firmware.records.lines import boot_id

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from firmware.commands.gate import Drivers
    from firmware.control.clock import Clock
    from firmware.control.config import Config
    from firmware.doctor.report import Way

STOP: Final = "for the door's own sake only one may drive it: sudo systemctl stop gapura, then gapura doctor again"


@dataclass(frozen=True, slots=True)
class Call:
    """How the command was called: which configuration, whether to begin anew, who walks."""

    path: Path
    again: bool
    technician: str | None


def run(call: Call, config: Config, drivers: Drivers, clock: Clock) -> int:
    """Walk through the door; 0 if nothing failed and the record is signed, else 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    keyboard = sys.stdin.fileno() if sys.stdin.isatty() else None
    with ExitStack() as stack:
        stack.enter_context(alone(config.gate.state_dir, STOP))
        stack.enter_context(Guardian(call.path))
        hardware = drivers(config)
        outputs = Outputs(hardware.fittings)
        stack.callback(outputs.close)
        if (remark := config.hardware.remark()) is not None:
            talk.say(f"warning: {remark}")
        if (said := Ruled.here(config).note()) is not None:
            talk.say(f"note: {said}")
        ears = Ears(keyboard)
        stack.callback(ears.close)
        for name, contact in hardware.contacts.items():
            stack.callback(contact.close)
            contact.watch(partial(ears.contact_changed, name))
        stack.callback(hardware.scans.close)
        hardware.scans.start(ears)
        way: Way = "unattended" if keyboard is None else "terminal"
        walk = Walk.through(config, boot_id(), way, call.technician, clock.now())
        try:
            return Session(walk, outputs, ears, hardware.board, clock).run(again=call.again)
        except KeyboardInterrupt:
            talk.say("stopped, and the door is let go; gapura doctor goes on behind the last step that ended")
            raise


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: the lock is let go, what was settled stays."""
    raise KeyboardInterrupt
