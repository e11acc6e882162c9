"""The controller: the one thread that takes events in order, stamps them, decides, and alone commands the door.

A turn takes one event and one reading of the clock, asks the pure rooms, and carries out what they answer. It never
waits for disk or network. The way out opens before anything is written; the way in opens when its record is on disk.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.control.accounts import Accounts
from firmware.control.attendance import Attendance
from firmware.control.buttons import Buttons
from firmware.control.hearsay import Hearsay
from firmware.control.judging import Judge
from firmware.control.service import Service
from firmware.control.timetable import Timetable
from firmware.door import machine
from firmware.door.asked import DoorEvent, Granted, Recalled, Refused
from firmware.events import (
    ClearAlarm,
    CodesPresented,
    ContactChanged,
    Decision,
    Direction,
    Effect,
    EndGrant,
    Event,
    Instant,
    LinkChanged,
    ListsChanged,
    OutputChecked,
    PostureCommanded,
    PostureScheduled,
    RaiseAlarm,
    Reason,
    Record,
    RecordCommitted,
    ShowLight,
    Stopped,
    TakePosture,
)
from firmware.passes.outcome import Pass, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from firmware.control.accounts import Journal, Knowledge
    from firmware.control.clock import Clock
    from firmware.control.documents import Lists
    from firmware.control.errands import Errands
    from firmware.control.outputs import Outputs
    from firmware.door.settings import Settings
    from firmware.rules.presence import Presence

log = logging.getLogger(__name__)

FORGET_EVERY_MS: Final = 3_600_000
LATEST_SCAN_MS: Final = 1_000
"""A way in is judged while the person stands there, or not at all."""

RELAY: Final = "relay"


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
    ) -> None:
        """Lock the door and begin; nothing from before the start energises anything."""
        self.counts: Counter[str] = Counter()
        self._knowledge = knowledge
        self._lists = lists
        self._clock = clock
        self._outputs = outputs
        self._journal = journal
        self._presence = presence
        self._judge = Judge(knowledge, presence, self.counts)
        self._accounts = Accounts(knowledge, presence)
        self._timetable = Timetable(knowledge.rules)
        self._buttons = Buttons(self.counts)
        self._service = Service(knowledge, outputs, errands)
        self._relay_works = True
        self.last: Decision | None = None
        now = clock.now()
        self._attendance = Attendance(now.ms)
        self._hearsay = Hearsay(self._attendance, presence, self.counts)
        self.readers = self._hearsay.readers
        self._forget_ms = now.ms + FORGET_EVERY_MS
        self.door, effects = machine.start(settings, now.ms)
        self._carry_out(effects)
        for record in self._accounts.told(effects, now):
            journal.submit(record)

    @property
    def phase(self) -> str:
        """Name what the door does, for people: `locked`, `waiting`, `unlocked`, `open`, ... `stopped`."""
        return self.door.phase

    @property
    def energised(self) -> bool:
        """Whether the door releases a lock now."""
        return bool(machine.energised(self.door))

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) the next turn is due though nothing happens."""
        moments = (machine.deadline(self.door), self._service.deadline_ms())
        return min((moment for moment in moments if moment is not None), default=None)

    def turn(self, event: Event | None) -> None:
        """Settle what is due, then take the event; everything in it sees the same reading of the clock."""
        now = self._clock.now()
        self._step(self._timetable.change(now), now)
        if self._service.heard(event, now):
            event = None
        match event:
            case CodesPresented():
                self._presented(event, now)
            case ContactChanged():
                before = dict(self.door.contacts).get(event.contact)
                self._step(event, now)
                posture, _ = self.door.postures.effective
                pressed = self._buttons.pressed(event, before, now, posture, released=self.energised)
                if pressed is not None:
                    self._answer(pressed, None, event.contact.value, now)
            case (
                RecordCommitted()
                | Stopped()
                | OutputChecked()
                | PostureCommanded()
                | PostureScheduled()
                | LinkChanged()
            ):
                self._step(event, now)
            case ListsChanged():
                self._relearn(now)
            case None:
                pass
            case _:
                if self._hearsay.take(event, now.ms):
                    self._step(Recalled(), now)
        self._after(now)

    def relay_agrees(self) -> bool:
        """Read the relays back: on though nothing is released means a fault, and they are released again here."""
        believed = machine.energised(self.door)
        astray = self._outputs.energised() - believed
        if astray:
            self.counts["relay_stuck"] += 1
            self._outputs.release(astray)
        if bool(astray) is self._relay_works:
            self._relay_works = not astray
            self._step(OutputChecked(RELAY, self._relay_works), self._clock.now())
        return not self._outputs.energised() - believed

    def _relearn(self, now: Instant) -> None:
        """Go by the lists that are in force now; whoever is on the way through keeps their grant."""
        if self._lists is None:
            return
        lists = self._lists()
        self._knowledge = replace(self._knowledge, trust=lists.trust, rules=lists.rules)
        self._judge = Judge(self._knowledge, self._presence, self.counts)
        self._timetable.relearn(lists.rules)
        self._journal.submit(self._accounts.relearn(self._knowledge, now))
        self._step(self._timetable.change(now), now)

    def _after(self, now: Instant) -> None:
        """End a turn: tell what outputs failed and which readers came or went, and keep what is released alive."""
        for checked in self._outputs.checked():
            self._step(checked, now)
        for what, reader in self._attendance.changes(now.ms):
            self._journal.submit(self._accounts.noted(what, reader, now))
        for kind, body in self._service.settle(now):
            self._journal.submit(self._accounts.told_by_service(kind, body, now))
        if now.ms >= self._forget_ms:
            self._forget_ms = now.ms + FORGET_EVERY_MS
            self._presence.forget_expired(now.earliest)
        if self.energised:
            self._outputs.keep_alive()

    def _presented(self, event: CodesPresented, now: Instant) -> None:
        """Judge what a reader saw; the side is the reader's own, whatever the code says.

        What waited behind a stalled controller lets nobody in any more, for whoever showed it may be gone. Of far too
        many bad codes the rest is only counted; a pass whose signature holds always gets its answer.
        """
        self._attendance.heard(event.reader, now.ms)
        direction = self._knowledge.direction(event.reader)
        if direction is Direction.IN and now.ms - event.arrived_ms > LATEST_SCAN_MS:
            self.counts["scans_late"] += 1
            return
        reading, decision = self._judge.judge(event.codes, direction, now, self.door.postures.effective[0])
        verified = isinstance(reading, Pass)
        if direction is Direction.IN and not verified and self.door.attempts.too_many(now.ms):
            self.counts["scans_unwritten"] += 1
            return
        self._answer(decision, reading, event.reader, now)

    def _answer(self, decision: Decision, reading: Reading | None, reader: str, now: Instant) -> None:
        """Tell the door and write the decision down.

        An entry waits in the door for its record; for an exit the door has moved before the record is handed over.
        """
        self.last = decision
        self.counts[f"{decision.direction}_{decision.outcome}"] += 1
        credential = reading if isinstance(reading, Pass) else None
        record = self._accounts.decided(decision, reading, reader, now)
        records = [record, *self._accounts.restricted(record, decision, reading, now)]
        if record.grant is not None:
            token = record.token if decision.direction is Direction.IN else None
            long = credential is not None and credential.accessible
            self._step(Granted(record.grant, decision.direction, token, long), now, records)
        else:
            reason = decision.reason or Reason.INTERNAL
            self._step(Refused(reason, verified=credential is not None or reading is None), now, records)
        why = decision.shown.reason or decision.shown.remark
        log.info("%s: %s %s%s", reader, decision.outcome, decision.direction, f" {why}" if why else "")

    def _step(self, event: DoorEvent | None, now: Instant, records: Iterable[Record] = ()) -> None:
        """Let the door answer and do what it says; then write down `records` and what follows from them.

        Broken hardware ends this process, and what was decided still gets out.
        """
        self.door, effects = machine.step(self.door, event, now.ms)
        try:
            self._carry_out(effects)
        finally:
            for record in (*records, *self._accounts.told(effects, now)):
                self._journal.submit(record)

    def _carry_out(self, effects: tuple[Effect, ...]) -> None:
        """Command the hardware."""
        for effect in effects:
            if isinstance(effect, ShowLight) and self._service.makes_way(effect):
                continue
            if not isinstance(effect, EndGrant | RaiseAlarm | ClearAlarm | TakePosture):
                self._outputs.carry_out(effect)
