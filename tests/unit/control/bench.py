"""A controller on simulated hardware whose journal commits when the test says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.control.accounts import Knowledge
from firmware.control.clock import VirtualClock
from firmware.control.controller import Controller
from firmware.control.documents import Lists
from firmware.control.inbox import Inbox
from firmware.control.outputs import Fittings, Outputs
from firmware.control.reach import NOWHERE, Reach
from firmware.control.subjects import NoSubjects, Subjects
from firmware.door.settings import Settings
from firmware.events import CodesPresented, Contact, ContactChanged, Level, Line, Record, RecordCommitted, Side
from firmware.rules.decide import Place, Rulebook
from firmware.rules.policy import visitor_management
from firmware.rules.presence import Presence
from firmware.trust.keys import TrustSet
from hw.simulated import SimulatedLight, SimulatedRelay, SimulatedSounder
from tests.issuing import NOON, Issuer

if TYPE_CHECKING:
    from firmware.control.assistance import Desk
    from firmware.control.conditions import Conditions


@dataclass
class HeldJournal:
    """Takes records and keeps them uncommitted until asked."""

    records: list[Record] = field(default_factory=list)

    def submit(self, record: Record) -> None:
        """Take a record."""
        self.records.append(record)


SETTINGS = Settings(unlock_ms=5000, max_unlock_ms=15_000)


class Bench:
    """One gate in a test's hand."""

    def __init__(
        self,
        trust: TrustSet | None = None,
        rules: Rulebook | None = None,
        settings: Settings = SETTINGS,
        *,
        root: bytes | None = None,
        reach: Reach = NOWHERE,
        subjects: Subjects | None = None,
        desk: Desk | None = None,
        conditions: Conditions | None = None,
    ) -> None:
        """Build the gate at noon, locked."""
        self.issuer = Issuer()
        self.clock = VirtualClock(NOON)
        self.heard: list[tuple[int, str, object]] = []
        self.relay = SimulatedRelay(
            settings.max_unlock_ms, lambda: self.clock.ms, self._hear, continuous=settings.continuous
        )
        self.light = SimulatedLight(lambda: self.clock.ms)
        self.outputs = Outputs(Fittings({Line.RELAY: self.relay}, self.light, SimulatedSounder()), self._hear)
        self.journal = HeldJournal()
        self.inbox = Inbox(lambda: self.clock.ms)
        self.lists = Lists(TrustSet(), Rulebook(), ())
        self.controller = Controller(
            Knowledge(
                run="run",
                place=Place("gate-1", "lobby"),
                sides={"outside": Side.OUTSIDE, "inside": Side.INSIDE},
                trust=self.issuer.trust() if trust is None else trust,
                rules=Rulebook.unlimited(visitor_management()) if rules is None else rules,
                root=root,
                subjects=subjects or NoSubjects(),
            ),
            settings,
            self.clock,
            outputs=self.outputs,
            journal=self.journal,
            presence=Presence(),
            lists=lambda: self.lists,
            desk=desk,
            conditions=conditions,
            reach=reach,
        )

    def _hear(self, kind: str, value: object) -> None:
        """Note what left the gate and when."""
        self.heard.append((self.clock.ms, kind, value))

    def show(self, *codes: bytes, reader: str = "outside", waited_ms: int = 0) -> Record:
        """Hold codes before a reader and return what was written about it; they may have waited for their turn."""
        before = len(self.journal.records)
        self.controller.turn(CodesPresented(reader, codes, self.clock.ms - waited_ms))
        return next(record for record in self.journal.records[before:] if record.kind == "access")

    def commit(self, record: Record) -> None:
        """Let a record reach the disk."""
        self.controller.turn(RecordCommitted(record.token))

    def contact(self, contact: Contact, level: Level = Level.ACTIVE) -> None:
        """Set a contact; one that never spoke rests first, as if it were wired."""
        if contact not in dict(self.controller.door.contacts) and level is not Level.REST:
            self.controller.turn(ContactChanged(contact, Level.REST))
        self.controller.turn(ContactChanged(contact, level))

    def rex(self) -> None:
        """Press the exit button and let it go."""
        self.contact(Contact.REX)
        self.contact(Contact.REX, Level.REST)

    def wait(self, ms: int) -> None:
        """Let time pass, deadline by deadline."""
        until_ms = self.clock.ms + ms
        while (due := self.controller.deadline_ms()) is not None and due <= until_ms:
            self.clock.ms = due
            self.controller.turn(None)
        self.clock.ms = until_ms
        self.controller.turn(None)

    def ends(self) -> list[tuple[object, object]]:
        """Return (grant, result) of every grant that ended, in order."""
        return [(r.body["grant"], r.body["result"]) for r in self.journal.records if r.kind == "grant"]
