"""The controller: the one thread that takes events in order, stamps them, decides, and alone commands the door.

A turn takes one event and one reading of the clock, asks the pure rooms, and carries out what they answer. It never
waits for disk or network. The way out opens before anything is written; the way in opens when its record is on disk.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.control.accounts import Accounts
from firmware.control.acting import POSTURE
from firmware.control.assistance import Assistance
from firmware.control.attendance import Attendance
from firmware.control.buttons import Buttons
from firmware.control.counting import Counting
from firmware.control.doorway import Doorway
from firmware.control.hearsay import Hearsay
from firmware.control.identifying import Identifying
from firmware.control.obeying import Obeying
from firmware.control.presenting import Presenting
from firmware.control.reach import NOWHERE, Reach
from firmware.control.service import Service
from firmware.control.timetable import Timetable
from firmware.door.asked import Noticed, Recalled
from firmware.events import (
    Alarm,
    ClockChanged,
    CodesPresented,
    CommandArrived,
    ContactChanged,
    Decision,
    Event,
    HistorySent,
    Instant,
    LinkChanged,
    ListsChanged,
    OutputChecked,
    PostureCommanded,
    PostureKept,
    PostureScheduled,
    RecordCommitted,
    ShowLight,
    Stopped,
    UsesRead,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.accounts import Journal, Knowledge
    from firmware.control.assistance import Desk
    from firmware.control.clock import Clock
    from firmware.control.conditions import Conditions
    from firmware.control.documents import Lists
    from firmware.control.errands import Errands
    from firmware.control.hearsay import Told
    from firmware.control.outputs import Outputs
    from firmware.door.settings import Settings
    from firmware.door.state import Door
    from firmware.rules.presence import Presence


class Controller:
    """The gate's only decider; all but `counts` belongs to the controller thread."""

    def __init__(
        self,
        knowledge: Knowledge,
        settings: Settings,
        clock: Clock,
        *,
        outputs: Outputs,
        journal: Journal,
        presence: Presence,
        errands: Errands | None = None,
        lists: Callable[[], Lists] | None = None,
        desk: Desk | None = None,
        conditions: Conditions | None = None,
        reach: Reach = NOWHERE,
        counting: Counting | None = None,
    ) -> None:
        """Lock the door and begin; nothing from before the start energises anything."""
        self.counts: Counter[str] = Counter()
        now = clock.now()
        self._timetable = Timetable(knowledge.rules, now, presence.came_in)
        self._knowledge = knowledge = replace(knowledge, rules=self._timetable.rules)
        self._lists, self._conditions = lists, conditions
        self._clock, self._journal, self._presence = clock, journal, presence
        self.counting = counting or Counting(presence)
        self._accounts = Accounts(knowledge, presence, self.counting)
        self._buttons, self._service = Buttons(self.counts), Service(knowledge, outputs, errands)
        self._identifying, self._attendance = Identifying(outputs), Attendance(now.ms)
        self._hearsay = Hearsay(self._attendance, presence, self.counts, now.ms, self.counting)
        self.readers = self._hearsay.readers
        self._doorway = Doorway(
            settings,
            now,
            outputs=outputs,
            journal=journal,
            accounts=self._accounts,
            counts=self.counts,
            makes_way=self._makes_way,
            commanded=reach.found.commanded,
        )
        self._presenting = Presenting(knowledge, presence, self._doorway, self._accounts, self.counts)
        self._company = self._presenting.company
        self.assistance = Assistance(
            desk, self._presenting, self._doorway, accounts=self._accounts, journal=journal, counts=self.counts
        )
        self._obeying = Obeying(
            knowledge,
            reach if desk is None else replace(reach, assistance=self.assistance),
            doorway=self._doorway,
            presenting=self._presenting,
            identifying=self._identifying,
            accounts=self._accounts,
            journal=journal,
            counts=self.counts,
        )
        if not reach.found.readable:
            self._doorway.step(OutputChecked(POSTURE, works=False), now)

    @property
    def door(self) -> Door:
        """All that the door remembers."""
        return self._doorway.door

    @property
    def last(self) -> Decision | None:
        """The newest decision."""
        return self._presenting.last

    @property
    def phase(self) -> str:
        """Name what the door does, for people: `locked`, `waiting`, `unlocked`, `open`, ... `stopped`."""
        return self.door.phase

    @property
    def energised(self) -> bool:
        """Whether the door releases a lock now."""
        return self._doorway.energised

    @property
    def restarting(self) -> bool:
        """Whether it stopped because somebody entitled ordered a restart."""
        return self._obeying.restarting

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) the next turn is due though nothing happens."""
        parts = (self._doorway, self._service, self._obeying, self.assistance, self._conditions, self._company)
        moments = (part.deadline_ms() for part in (*parts, self._presenting.collecting) if part is not None)
        return min((moment for moment in moments if moment is not None), default=None)

    def turn(self, event: Event | None) -> None:
        """Settle what is due, then take the event; everything in it sees the same reading of the clock."""
        now = self._clock.now()
        if self._timetable.turned(now):
            self._go_by(now)
        self._doorway.step(self._timetable.change(now), now)
        self.assistance.settle(now)
        event = None if self._service.heard(event, now) else event
        match event:
            case CodesPresented(reader):
                self._attendance.heard(reader, now.ms)
                self.assistance.shown(self._presenting.presented(event, now), now)
            case ContactChanged():
                self._contact_changed(event, now)
            case CommandArrived() | HistorySent() | PostureKept():
                self._obeying.take(event, now)
            case RecordCommitted(token):
                self._doorway.step(event, now)
                self._obeying.committed(token, now)
                self.counting.committed(token)
            case Stopped() | OutputChecked() | PostureCommanded() | PostureScheduled() | LinkChanged():
                self._doorway.step(event, now)
            case None:
                pass
            case _:
                self._learned(event, now)
        self._after(now)

    def relay_agrees(self) -> bool:
        """Read the relays back: on though nothing is released means a fault, and they are released again here."""
        return self._doorway.relay_agrees(self._clock.now)

    def _learned(self, event: Told | ListsChanged | ClockChanged, now: Instant) -> None:
        """Take in what changes what the gate knows; the door itself is not meant."""
        match event:
            case ClockChanged():
                self._journal.submit(self._accounts.clock(event, now))
            case ListsChanged():
                self._relearn(now)
            case UsesRead():
                self._hearsay.take(event, now)
                self._doorway.step(Recalled(), now)
                self._obeying.learn(event.obeyed, now)
            case _:
                self._hearsay.take(event, now)

    def _contact_changed(self, event: ContactChanged, now: Instant) -> None:
        """Let the door hear of a contact, and answer whoever asks by it."""
        before = dict(self.door.contacts).get(event.contact)
        self._doorway.step(event, now)
        pressed = self._buttons.pressed(event, before, now, self.door.postures.effective[0], released=self.energised)
        if pressed is not None and not (pressed.reason is None and self.assistance.pressed(event.contact, now)):
            self._presenting.answer(pressed, None, event.contact.value, now)

    def _makes_way(self, light: ShowLight, now_ms: int) -> bool:
        """Say whether somebody else has the lamps now that the door would rest: a guide, or who looks for this gate."""
        return self._service.makes_way(light) or self._identifying.instead_of(light, now_ms)

    def _relearn(self, now: Instant) -> None:
        """Take in the lists that are in force now."""
        if self._lists is not None:
            lists = self._lists()
            self._timetable.relearn(lists.rules, now)
            self._knowledge = replace(self._knowledge, trust=lists.trust)
            self._go_by(now)

    def _go_by(self, now: Instant) -> None:
        """Go by the policy whose time it is; whoever is on the way through keeps their grant."""
        self._knowledge = replace(self._knowledge, rules=self._timetable.rules)
        self._presenting.relearn(self._knowledge)
        self._journal.submit(self._accounts.relearn(self._knowledge, now))
        self.assistance.withdraw(now)
        self._doorway.step(self._timetable.change(now), now)

    def _after(self, now: Instant) -> None:
        """End a turn: tell what outputs failed and which readers came or went, and keep what is released alive."""
        self._doorway.after(now)
        self._obeying.settle(now)
        self._presenting.collecting.settle(now)
        if self.phase == "stopped":
            self.assistance.withdraw(now)
        for what, reader in self._attendance.changes(now.ms):
            self._journal.submit(self._accounts.noted(what, reader, now))
            self._doorway.step(Noticed(Alarm.READER_MISSING, what == "reader_lost", reader), now)
        if self._conditions is not None:
            for noticed in self._conditions.changes(self._knowledge.trust, self._knowledge.rules, now):
                self._doorway.step(noticed, now)
        for kind, body in self._service.settle(now):
            self._journal.submit(self._accounts.told_by_service(kind, body, now))
        self._hearsay.forget(now)
        self._company.settle(now)
        if (settled := self._accounts.settled(now)) is not None:
            self._journal.submit(settled)
        self._doorway.keep_alive()
