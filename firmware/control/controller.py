"""The controller: the one thread that takes events in order, stamps them, decides, and alone commands the door.

A turn takes one event and one reading of the clock, asks the pure rooms, and carries out what they answer. It never
waits for disk or network. The way out opens before anything is written; the way in opens when its record is on disk.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from firmware.control.accounts import Accounts
from firmware.control.attendance import Attendance
from firmware.door import machine
from firmware.events import (
    CodesPresented,
    Decision,
    Direction,
    Effect,
    EndGrant,
    Event,
    ExitRequested,
    Instant,
    LinkChanged,
    MessageRefused,
    Outcome,
    ReaderBeat,
    ReaderLost,
    Reason,
    Record,
    RecordCommitted,
    Stopped,
    Use,
    UsesRead,
)
from firmware.passes.outcome import Reading, Unreadable
from firmware.passes.reading import read_first
from firmware.rules.decide import decide

if TYPE_CHECKING:
    from firmware.control.accounts import Knowledge
    from firmware.control.clock import Clock
    from firmware.control.outputs import Outputs
    from firmware.rules.presence import Presence

log = logging.getLogger(__name__)

FORGET_EVERY_MS: Final = 3_600_000
LATEST_SCAN_MS: Final = 1_000
"""A way in is judged while the person stands there, or not at all."""

REX: Final = "rex"


class Journal(Protocol):
    """Where records go; `firmware/records` keeps them."""

    def submit(self, record: Record) -> None:
        """Take a record without waiting; its token comes back as `RecordCommitted` when it is on disk."""


class Controller:
    """The gate's only decider; all but `counts` belongs to the controller thread."""

    def __init__(
        self,
        knowledge: Knowledge,
        settings: machine.Settings,
        clock: Clock,
        *,
        outputs: Outputs,
        journal: Journal,
        presence: Presence,
    ) -> None:
        """Lock the door and begin; nothing from before the start energises anything."""
        self._knowledge = knowledge
        self._clock = clock
        self._outputs = outputs
        self._journal = journal
        self._presence = presence
        self._accounts = Accounts(knowledge, presence)
        self.counts: Counter[str] = Counter()
        self.readers: dict[str, dict[str, int]] = {}
        self.link_up = False
        self.last: Decision | None = None
        now = clock.now()
        self._attendance = Attendance(now.ms)
        self._forget_ms = now.ms + FORGET_EVERY_MS
        self._door, effects = machine.start(settings, now.ms)
        self._carry_out(effects, now)

    @property
    def phase(self) -> str:
        """Name what the lock does, for people: locked, waiting, unlocked, stopped."""
        return self._door.phase

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) the next turn is due though nothing happens."""
        return machine.deadline(self._door)

    def turn(self, event: Event | None) -> None:
        """Settle what is due, then take the event; everything in it sees the same reading of the clock."""
        now = self._clock.now()
        self._step(None, now)
        match event:
            case CodesPresented():
                self._presented(event, now)
            case ExitRequested():
                self._answer(Decision(Outcome.ALLOW, Direction.OUT), None, REX, now)
            case RecordCommitted() | Stopped():
                self._step(event, now)
            case None:
                pass
            case _:
                self._note(event, now)
        for what, reader in self._attendance.changes(now.ms):
            self._journal.submit(self._accounts.noted(what, reader, now))
        if now.ms >= self._forget_ms:
            self._forget_ms = now.ms + FORGET_EVERY_MS
            self._presence.forget_expired(now.earliest)

    def _note(self, event: ReaderBeat | ReaderLost | MessageRefused | UsesRead | LinkChanged, now: Instant) -> None:
        """Take in what is to be known; it opens no door, and late uses take back what was granted without them."""
        match event:
            case ReaderBeat(reader, values):
                self.readers[reader] = dict(values)
                self._attendance.heard(reader, now.ms)
            case ReaderLost(reader):
                self.readers.pop(reader, None)
                self.counts["readers_lost"] += 1
                self._attendance.lost(reader)
            case MessageRefused(_, cause):
                self._attendance.refused(event, now.ms)
                self.counts[f"refused_{cause}"] += 1
            case UsesRead(uses, since):
                self._presence.since = max(self._presence.since, since)
                for reference, entries, expires in uses:
                    self._presence.note(Use(reference, entries, expires))
                self._step(machine.Recalled(), now)
            case LinkChanged(up):
                self.link_up = up
            case _:
                assert_never(event)

    def relay_agrees(self) -> bool:
        """Read the relay back: energised though no pulse runs means a fault, and it is released again here."""
        if self._door.pulse is not None or not self._outputs.energised():
            return True
        self.counts["relay_stuck"] += 1
        self._outputs.release()
        return not self._outputs.energised()

    def _presented(self, event: CodesPresented, now: Instant) -> None:
        """Judge what a reader saw; the side is the reader's own, whatever the code says.

        What waited behind a stalled controller lets nobody in any more, for whoever showed it may be gone.
        """
        self._attendance.heard(event.reader, now.ms)
        direction = self._knowledge.direction(event.reader)
        if direction is Direction.IN and now.ms - event.arrived_ms > LATEST_SCAN_MS:
            self.counts["scans_late"] += 1
            return
        reading, decision = self._judge(event.codes, direction, now)
        self._answer(decision, reading, event.reader, now)

    def _judge(self, codes: tuple[bytes, ...], direction: Direction, now: Instant) -> tuple[Reading, Decision]:
        """Read and decide. A bug in either denies the way in and never the way out."""
        know = self._knowledge
        try:
            _, reading = read_first(codes, know.trust)
            return reading, decide(reading, direction, now, know.place, know.rules, self._presence)
        except Exception:
            log.exception("a code could not be judged; this is a fault of the firmware, please report it")
            self.counts["internal"] += 1
        fault = Unreadable(Reason.INTERNAL)
        return fault, decide(fault, direction, now, know.place, know.rules, self._presence)

    def _answer(self, decision: Decision, reading: Reading | None, reader: str, now: Instant) -> None:
        """Tell the door and write the decision down.

        An entry waits in the door for its record; for an exit the door has moved before the record is handed over.
        Broken hardware ends this process, and the record of what was decided still gets out.
        """
        self.last = decision
        self.counts[f"{decision.direction}_{decision.outcome}"] += 1
        record = self._accounts.decided(decision, reading, reader, now)
        token = record.token if decision.direction is Direction.IN else None
        try:
            if record.grant is not None:
                self._step(machine.Granted(record.grant, decision.direction, token), now)
            elif decision.reason is not None:
                self._step(machine.Refused(decision.reason), now)
        finally:
            self._journal.submit(record)
        why = decision.reason or decision.remark
        log.info("%s: %s %s%s", reader, decision.outcome, decision.direction, f" {why}" if why else "")

    def _step(self, event: machine.DoorEvent | None, now: Instant) -> None:
        """Let the door answer and do what it says."""
        self._door, effects = machine.step(self._door, event, now.ms)
        self._carry_out(effects, now)

    def _carry_out(self, effects: tuple[Effect, ...], now: Instant) -> None:
        """Command the hardware, and write down how grants ended."""
        for effect in effects:
            if isinstance(effect, EndGrant):
                self._journal.submit(self._accounts.ended(effect, now))
            else:
                self._outputs.carry_out(effect)
