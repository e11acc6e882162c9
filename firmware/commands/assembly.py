"""How the parts of one gate hang together: what it remembers, who decides, what leads to the broker.

Nothing here waits or decides. What is opened here is closed by the stack it is given, the newest first.
"""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from firmware.control import kept_posture
from firmware.control.accounts import Knowledge
from firmware.control.alerts import Alerts
from firmware.control.assistance import Desk
from firmware.control.clock import boottime_ms
from firmware.control.conditions import Conditions, Term
from firmware.control.controller import Controller
from firmware.control.counting import Counting
from firmware.control.errands import GateErrands
from firmware.control.home_assistant import announcement
from firmware.control.identity import CertificateEnd, signer
from firmware.control.kept_posture import Keeper
from firmware.control.leaves import Leaves
from firmware.control.library import Library
from firmware.control.reach import Reach, ToLink
from firmware.control.routing import route
from firmware.control.telling import birth_facts, broker, health
from firmware.control.timekeeper import Timekeeper
from firmware.records import arrivals, wire
from firmware.records.heard import area_topics
from firmware.records.journal import Journal
from firmware.records.lines import boot_id
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.rules.decide import Place
from firmware.rules.presence import Presence
from firmware.signed.envelope import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack

    from firmware.control.commissioning import Board
    from firmware.control.documents import Lists
    from firmware.control.inbox import Inbox
    from firmware.control.outputs import Outputs
    from firmware.control.told_setup import ToSetup
    from firmware.control.trial import Effective
    from hw.ports import Clocks

JOURNAL: Final = "journal.db"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a gate knows and writes on, before anybody decides."""

    effective: Effective
    inbox: Inbox
    clock: Timekeeper
    library: Library
    lists: Lists
    journal: Journal
    notices: Notices
    leaves: Leaves
    certificate: CertificateEnd
    run: str


def remember(effective: Effective, clocks: Clocks, inbox: Inbox, stack: ExitStack) -> Parts:
    """Open what a gate remembers: time, documents, journal."""
    config = effective.config
    state_dir = config.gate.state_dir
    clock = Timekeeper(state_dir, clocks, config.clock.error_s, boot=boot_id(), told=inbox.clock_changed)
    library = Library(config, clock, changed=inbox.lists_changed, own_groups=effective.groups)
    clock.rulings = library.ruled
    lists = library.lists()
    journal = Journal(
        state_dir / JOURNAL,
        config.gate.id,
        committed=inbox.committed,
        now=clock.now,
        reopened=inbox.uses_read,
        checked=inbox.output_checked,
        sign=signer(config),
        limits=config.journal.limits(),
    )
    stack.callback(journal.close)
    notices, ends, run = Notices(), CertificateEnd(config), secrets.token_hex(4)
    leaves = stack.enter_context(closing(Leaves(config, notices.keep, inbox.leaf_heard)))
    return Parts(effective, inbox, clock, library, lists, journal, notices, leaves, ends, run)


def decider(
    parts: Parts, outputs: Outputs, board: Board, to_link: ToLink, stack: ExitStack, *, to_setup: ToSetup
) -> Controller:
    """Make the controller out of what the gate remembers and what hangs at the door."""
    config = parts.effective.config
    journal, library, notices, inbox = parts.journal, parts.library, parts.notices, parts.inbox
    presence = Presence.rebuilt(journal.uses(), journal.uses_since, arrivals.read(config.gate.state_dir / JOURNAL))
    presence.subject = library.keyring.subject
    keeper = stack.enter_context(closing(Keeper(config.gate.state_dir, inbox.posture_kept)))
    return Controller(
        Knowledge(
            run=parts.run,
            place=Place(config.gate.id, config.gate.area, config.observing, config.gate.groups),
            sides={name: reader.side for name, reader in config.readers.items()},
            trust=parts.lists.trust,
            rules=parts.lists.rules,
            root=parts.lists.root,
            subjects=library.keyring,
            rulings=library.ruled,
        ),
        config.settings,
        parts.clock,
        outputs=outputs,
        journal=Alerts(journal, notices.keep, config.gate.id, boot_id()),
        presence=presence,
        errands=stack.enter_context(closing(GateErrands(config, board, boot_id()))),
        lists=library.lists,
        desk=_desk(parts),
        conditions=Conditions(
            boottime_ms(),
            lambda: parts.certificate.at,
            partial(_revocations, library),
            partial(_keys, library),
            library.wrong,
        ),
        reach=Reach(
            groups=config.gate.every_group,
            obeyed=journal.obeyed(),
            found=kept_posture.read(config.gate.state_dir, parts.clock.now()),
            tell=notices.tell,
            replay=to_link.replay,
            report=to_link.report,
            keep=keeper.keep,
            provision=to_setup.provision,
            retire=to_setup.retire,
        ),
        counting=Counting(
            presence,
            epoch=secrets.token_hex(4),
            kept=lambda: journal.kept if journal.available else None,
            tell=parts.leaves.tell,
        ),
    )


def way_to_broker(parts: Parts, controller: Controller, outputs: Outputs, to_setup: ToSetup) -> Link | None:
    """Make what leads to the broker, if there is one; nothing runs yet."""
    effective = parts.effective
    config = effective.config
    if config.mqtt is None:
        return None
    journal, library, clock = parts.journal, parts.library, parts.clock
    link = Link(
        broker(config.mqtt),
        config.gate.id,
        journal,
        info=lambda: birth_facts(config, boot_id(), parts.run) | {"config_version": effective.version} | clock.asked(),
        health=lambda: (
            health(controller, parts.inbox, outputs)
            | journal.counters()
            | link.counters()
            | library.counters()
            | clock.counters()
            | to_setup.counters()
            | parts.leaves.counters()
        ),
        changed=partial(
            _link_changed, (parts.inbox.link_changed, library.link_changed, parts.certificate.link_changed)
        ),
        heard=partial(
            route,
            commanded=parts.inbox.commanded,
            timed=clock.heard,
            delivered=library.heard,
            provisioned=to_setup.desired,
            counted=parts.leaves.hear,
        ),
        notices=parts.notices,
        groups=config.gate.every_group | (effective.groups or frozenset()),
        asks=lambda: clock.asks_again,
        dated=lambda: clock.kernel_believed,
    )
    link.follow(area_topics(config.gate.area))
    parts.notices.keep(wire.discovery_topic(config.gate.id), announcement(config))
    return link


def _desk(parts: Parts) -> Desk:
    """Name where officers see who waits, and for how long; without a broker only officers at the door can answer."""
    config = parts.effective.config
    said = config.assistance
    keep, gate = parts.notices.keep, config.gate.id
    return Desk(keep, gate, boot_id(), 1000 * said.wait_s, escalate_ms=said.escalate_ms)


def _revocations(library: Library) -> Term | None:
    """Name the term of the revocation list in force, if there is one."""
    held = library.in_force(Kind.REVOCATIONS)
    return None if held is None else Term(held.document.issued, held.document.expires)


def _keys(library: Library) -> Term | None:
    """Name from when until when there are keys of the day, if there ever were."""
    span = library.keyring.span
    return None if span is None else Term(*span)


def _link_changed(those: tuple[Callable[[bool], None], ...], up: bool) -> None:  # noqa: FBT001  the link's callback
    """Tell everybody who has to know that the broker came or went."""
    for one in those:
        one(up)
