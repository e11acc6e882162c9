"""`gapura run`: put the gate together, run it, and take it apart again whatever ended it.

No line is touched while another process runs this gate. The relay is the first thing opened and the first released. A
missing broker, reader, list or disk does not keep the gate from starting: it lets people out, admits nobody it should
not, and says what is missing.
"""

from __future__ import annotations

import logging
import secrets
import signal
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from firmware.commands.alone import alone
from firmware.control import kept_posture, loop, trial
from firmware.control.accounts import Knowledge
from firmware.control.alerts import Alerts
from firmware.control.clock import KernelAlone, boottime_ms
from firmware.control.controller import Controller
from firmware.control.errands import GateErrands
from firmware.control.identity import signer
from firmware.control.inbox import Inbox
from firmware.control.kept_posture import Keeper
from firmware.control.library import Library
from firmware.control.outputs import Fittings, Outputs
from firmware.control.reach import Reach, ToLink
from firmware.control.routing import route
from firmware.control.telling import birth_facts, broker, health
from firmware.control.threads import Threads
from firmware.control.timekeeper import Timekeeper
from firmware.control.trial import Effective, Trial
from firmware.records.journal import Journal
from firmware.records.lines import boot_id
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.rules.decide import Place
from firmware.rules.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from firmware.control.commissioning import Board
    from firmware.control.config import Config
    from firmware.control.fetcher import Topics
    from firmware.events import Contact
    from hw.ports import Clocks, ScanSource
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


class Drivers(Protocol):
    """Opens the hardware a configuration names; the composition root knows how."""

    def __call__(self, config: Config) -> Hardware:
        """Open everything, the relay first; raises OSError or a hardware error in one line."""


Notify = Callable[[Literal["READY=1", "WATCHDOG=1", "STOPPING=1"]], bool]
"""Tells the service manager how this process fares (sd_notify)."""


def run(config: Config, drivers: Drivers, notify: Notify, path: Path | None = None) -> bool:
    """Run until SIGTERM, SIGINT or a command to restart, and answer whether it was that.

    Raises for broken hardware or a dead thread, after the relay was released.
    """
    inbox = Inbox(boottime_ms)
    _until_asked(inbox.stop)
    with Threads(inbox.stop), ExitStack() as stack:
        stack.enter_context(alone(config.gate.state_dir))
        effective = Effective(config, config, {}) if path is None else trial.begin(config, path)
        config = effective.config
        if path is not None and (note := effective.note(path)) is not None:
            log.warning("%s", note)
        hardware = drivers(config)
        if (remark := config.hardware.remark()) is not None:
            log.warning("%s", remark)
        outputs = Outputs(hardware.fittings)
        stack.callback(outputs.close)
        clock = Timekeeper(
            config.gate.state_dir, hardware.clocks, config.clock.error_s, boot=boot_id(), told=inbox.clock_changed
        )
        library = Library(config, clock, changed=inbox.lists_changed)
        lists = library.lists()
        for problem in lists.problems:
            log.error("%s; nobody is admitted until then, everybody gets out", problem)
        journal = Journal(
            config.gate.state_dir / "journal.db",
            config.gate.id,
            committed=inbox.committed,
            now=clock.now,
            reopened=inbox.uses_read,
            checked=inbox.output_checked,
            sign=signer(config),
            limits=config.journal.limits(),
        )
        stack.callback(journal.close)
        knowledge = Knowledge(
            run=secrets.token_hex(4),
            place=Place(config.gate.id, config.gate.area),
            sides={name: reader.side for name, reader in config.readers.items()},
            trust=lists.trust,
            rules=lists.rules,
            root=lists.root,
            subjects=library.keyring,
        )
        errands = GateErrands(config, hardware.board, boot_id())
        stack.callback(errands.close)
        presence = Presence.rebuilt(journal.uses(), journal.uses_since)
        notices = Notices()
        keeper = stack.enter_context(closing(Keeper(config.gate.state_dir, inbox.posture_kept)))
        to_link = ToLink(inbox.history_sent)
        controller = Controller(
            knowledge,
            config.door.settings,
            clock,
            outputs=outputs,
            journal=Alerts(journal, notices.keep, config.gate.id, boot_id()),
            presence=presence,
            errands=errands,
            lists=library.lists,
            reach=Reach(
                groups=config.gate.every_group,
                obeyed=journal.obeyed(),
                found=kept_posture.read(config.gate.state_dir, clock.now()),
                tell=notices.tell,
                replay=to_link.replay,
                report=to_link.report,
                keep=keeper.keep,
            ),
        )
        topics: Topics | None = None
        if config.mqtt is not None:
            link = Link(
                broker(config.mqtt),
                config.gate.id,
                journal,
                info=lambda: (
                    birth_facts(config, boot_id(), knowledge.run)
                    | {"config_version": effective.version}
                    | clock.asked()
                ),
                health=lambda: (
                    health(controller, inbox, outputs)
                    | journal.counters()
                    | link.counters()
                    | library.counters()
                    | clock.counters()
                ),
                changed=partial(_link_changed, (inbox.link_changed, library.link_changed)),
                heard=partial(route, commanded=inbox.commanded, timed=clock.heard, delivered=library.heard),
                notices=notices,
                groups=config.gate.every_group,
                asks=lambda: clock.lost,
            )
            to_link.made(link)
            topics = link
            stack.callback(link.close)
            link.start()
        stack.callback(clock.close)
        clock.start(notices, gate=config.gate.id, root=lists.root, issued=library.issued)
        stack.callback(library.close)
        at_rest = lambda: controller.phase == "locked" and not controller.energised  # noqa: E731  read by the library
        library.start(notices, topics, Trial(effective, boottime_ms(), restart=inbox.stop, at_rest=at_rest))
        for name, contact in hardware.contacts.items():
            stack.callback(contact.close)
            contact.watch(partial(inbox.contact_changed, name))
        stack.callback(hardware.scans.close)
        hardware.scans.start(inbox)
        notify("READY=1")
        log.info("gate %s is ready", config.gate.id)
        try:
            loop.run(controller, inbox, clock, lambda: notify("WATCHDOG=1"))
        finally:
            outputs.close()  # before the link and the journal, whose ends may wait for a broker or a disk
        notify("STOPPING=1")
        return controller.restarting


def _until_asked(stop: Callable[[], None]) -> None:
    """End when the service manager or a terminal asks for it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def _link_changed(those: tuple[Callable[[bool], None], ...], up: bool) -> None:  # noqa: FBT001  the link's callback
    """Tell everybody who has to know that the broker came or went."""
    for one in those:
        one(up)
