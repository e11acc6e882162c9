"""`gapura run`: put the gate together, run it, and take it apart again whatever ended it.

No line is touched while another process runs this gate. The relay is the first thing opened and the first released. A
missing broker, reader, list or disk does not keep the gate from starting: it lets people out, admits nobody it should
not, and says what is missing.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from firmware.commands.alone import alone
from firmware.commands.assembly import decider, remember, way_to_broker
from firmware.commands.setting import with_setup
from firmware.control import loop, trial
from firmware.control.clock import KernelAlone, boottime_ms
from firmware.control.inbox import Inbox
from firmware.control.looking import look
from firmware.control.outputs import Fittings, Outputs
from firmware.control.reach import ToLink
from firmware.control.threads import Threads
from firmware.control.told_setup import ToSetup
from firmware.control.trial import Effective, Trial
from firmware.door.machine import frees

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from firmware.control import board as boards
    from firmware.control.commissioning import Board
    from firmware.control.config import Config
    from firmware.control.controller import Controller
    from firmware.control.turning import Turning
    from firmware.events import Contact
    from hw.ports import Clocks, Network, ScanSource
    from hw.ports import Contact as ContactPort

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hardware:
    """The opened hardware of one door."""

    fittings: Fittings
    contacts: Mapping[Contact, ContactPort]
    scans: ScanSource
    board: Board
    clocks: Clocks = field(default_factory=KernelAlone)
    network: Network | None = None


class Drivers(Protocol):
    """Opens the hardware a configuration names; the composition root knows how."""

    def __call__(self, config: Config) -> Hardware:
        """Open everything, the relay first; raises OSError or a hardware error in one line."""


Notify = Callable[[Literal["READY=1", "WATCHDOG=1", "STOPPING=1"]], bool]
"""Tells the service manager how this process fares (sd_notify)."""


def run(
    config: Config, drivers: Drivers, notify: Notify, path: Path | None = None, board: boards.Board | None = None
) -> bool:
    """Run until SIGTERM, SIGINT or something that wants a restart, and answer whether it was that.

    With a `board` the gate can be set up: a blank one waits for its codes, one that is set up for new ones.
    Raises for broken hardware or a dead thread, after the relay was released.
    """
    inbox = Inbox(boottime_ms)
    _until_asked(inbox.stop)
    with Threads(inbox.stop), ExitStack() as stack:
        stack.enter_context(alone(config.gate.state_dir))
        effective = _effective(config, path)
        config = effective.config
        hardware = drivers(config)
        if (remark := config.hardware.remark()) is not None:
            log.warning("%s", remark)
        outputs = Outputs(hardware.fittings)
        stack.callback(outputs.close)
        parts = remember(effective, hardware.clocks, inbox, stack)
        for problem in parts.lists.problems if board is None or board.gate is not None else ():
            log.error("%s; nobody is admitted until then, everybody gets out", problem)
        to_link, to_setup = ToLink(inbox.history_sent), ToSetup(boottime_ms)
        controller = decider(parts, outputs, hardware.board, to_link, stack, to_setup=to_setup)
        turning: Turning | Controller = controller
        if board is not None and (network := hardware.network) is not None:
            turning = with_setup(
                board, parts, controller, outputs, stack, look=hardware.board, network=network, told=to_setup
            )
        link = way_to_broker(parts, controller, outputs, to_setup)
        if link is not None:
            to_link.made(link)
            stack.callback(link.close)
            link.start()
        stack.callback(parts.clock.close)
        parts.clock.start(parts.notices, gate=config.gate.id, root=parts.lists.root, issued=parts.library.issued)
        stack.callback(parts.library.close)
        at_rest = lambda: controller.phase == "locked" and not frees(controller.door)  # noqa: E731  read by the library
        trying = Trial(effective, boottime_ms(), restart=inbox.stop, at_rest=at_rest)
        parts.library.start(parts.notices, link, trying, partial(look, controller))
        for name, contact in hardware.contacts.items():
            stack.callback(contact.close)
            contact.watch(partial(inbox.contact_changed, name))
        stack.callback(hardware.scans.close)
        hardware.scans.start(inbox)
        notify("READY=1")
        log.info("gate %s is ready", config.gate.id)
        try:
            loop.run(turning, inbox, parts.clock, lambda: notify("WATCHDOG=1"))
        finally:
            outputs.close()  # before the link and the journal, whose ends may wait for a broker or a disk
        notify("STOPPING=1")
        return turning.restarting


def _effective(config: Config, path: Path | None) -> Effective:
    """Say which configuration holds: the file's, or one from afar that is on trial or was good."""
    if path is None:
        return Effective(config, config, {})
    effective = trial.begin(config, path)
    if (note := effective.note(path)) is not None:
        log.warning("%s", note)
    return effective


def _until_asked(stop: Callable[[], None]) -> None:
    """End when the service manager or a terminal asks for it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
