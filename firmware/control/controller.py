"""The controller: the one thread that takes events in order, stamps them, decides, and alone commands the door.

A turn takes one event and one reading of the clock, asks the pure rooms, and carries out what they answer. It never
waits for disk or network. The way out opens before anything is written; the way in opens when its record is on disk.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final, Protocol, assert_never

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
    Side,
    Stopped,
    Use,
    UsesRead,
)
from firmware.passes.outcome import Pass, Reading, Unreadable
from firmware.passes.reading import read_first
from firmware.rules.decide import Place, Rulebook, decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.control.clock import Clock
    from firmware.control.outputs import Outputs
    from firmware.rules.presence import Presence
    from firmware.trust.keys import TrustSet

log = logging.getLogger(__name__)

FORGET_EVERY_MS: Final = 3_600_000
REX: Final = "rex"


class Journal(Protocol):
    """Where records go; `firmware/records` keeps them."""

    def submit(self, record: Record) -> None:
        """Take a record without waiting; its token comes back as `RecordCommitted` when it is on disk."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the gate goes by: where it stands, which way each reader leads, whom it trusts, which rules hold.

    `run` names this run of the process and begins every grant id, so that no two runs give the same one.
    """

    run: str
    place: Place
    sides: Mapping[str, Side]
    trust: TrustSet
    rules: Rulebook


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
        self._tokens = count(1)
        self._grants = count(1)
        self._uses: dict[str, Use] = {}
        self.counts: Counter[str] = Counter()
        self.readers: dict[str, dict[str, int]] = {}
        self.link_up = False
        self.last: Decision | None = None
        now = clock.now()
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
                self._answer(Decision(Outcome.ALLOW, Direction.OUT), None, {"reader": REX}, now)
            case RecordCommitted() | Stopped():
                self._step(event, now)
            case None:
                pass
            case _:
                self._note(event)
        if now.ms >= self._forget_ms:
            self._forget_ms = now.ms + FORGET_EVERY_MS
            self._presence.forget_expired(now.earliest)

    def _note(self, event: ReaderBeat | ReaderLost | MessageRefused | UsesRead | LinkChanged) -> None:
        """Take in what is to be known but moves no door."""
        match event:
            case ReaderBeat(reader, values):
                self.readers[reader] = dict(values)
            case ReaderLost(reader):
                self.readers.pop(reader, None)
                self.counts["readers_lost"] += 1
            case MessageRefused(_, cause):
                self.counts[f"refused_{cause}"] += 1
            case UsesRead(uses):
                for reference, entries, expires in uses:
                    self._presence.note(Use(reference, entries, expires))
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
        """Judge what a reader saw; the side is the reader's own, whatever the code says."""
        side = self._knowledge.sides.get(event.reader, Side.OUTSIDE)
        direction = Direction.IN if side is Side.OUTSIDE else Direction.OUT
        reading, decision = self._judge(event.codes, direction, now)
        body: dict[str, object] = {"reader": event.reader}
        if not isinstance(reading, Unreadable):
            body["format"] = reading.format
        self._answer(decision, reading, body, now)

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

    def _answer(self, decision: Decision, reading: Reading | None, body: dict[str, object], now: Instant) -> None:
        """Write the decision down and tell the door; an exit opens before it is written."""
        self.last = decision
        self.counts[f"{decision.direction}_{decision.outcome}"] += 1
        credential = reading if isinstance(reading, Pass) else None
        record = self._access(decision, credential, body, now)
        if decision.direction is Direction.OUT and record.grant is not None:
            try:
                self._step(machine.Granted(record.grant, decision.direction), now)
            finally:  # broken hardware ends this process, and the record of what was decided still gets out
                self._journal.submit(record)
            return
        if record.use is not None and record.grant is not None:
            self._presence.note(record.use)
            self._uses[record.grant] = record.use
        if record.grant is not None:
            self._step(machine.Granted(record.grant, decision.direction, record.token), now)
        elif decision.reason is not None:
            self._step(machine.Refused(decision.reason), now)
        self._journal.submit(record)

    def _access(self, decision: Decision, credential: Pass | None, body: dict[str, object], now: Instant) -> Record:
        """Write one decision as a record: what was decided by which lists, never who it was."""
        know = self._knowledge
        grant = f"{know.run}-{next(self._grants)}" if decision.outcome is Outcome.ALLOW else None
        enters = decision.direction is Direction.IN and grant is not None
        facts = {
            "decision": decision.outcome.value,
            "direction": decision.direction.value,
            "reason": decision.reason and decision.reason.value,
            "remark": decision.remark and decision.remark.value,
            "class": credential and credential.pass_class,
            "area": know.place.area,
            "grant": grant,
            "policy_version": know.rules.version,
            "trust_version": know.trust.version,
        }
        counted = credential is not None and credential.entries is not None and enters
        use = Use(credential.reference, 1, credential.expires) if credential and counted else None
        return Record(next(self._tokens), "access", now, body | facts, grant, opens=grant is not None, use=use)

    def _step(self, event: machine.DoorEvent | None, now: Instant) -> None:
        """Let the door answer and do what it says."""
        self._door, effects = machine.step(self._door, event, now.ms)
        self._carry_out(effects, now)

    def _carry_out(self, effects: tuple[Effect, ...], now: Instant) -> None:
        """Command the hardware, and write down how grants ended."""
        for effect in effects:
            if isinstance(effect, EndGrant):
                self._end_grant(effect, now)
            else:
                self._outputs.carry_out(effect)

    def _end_grant(self, end: EndGrant, now: Instant) -> None:
        """Write down how a grant ended; an annulled one gives its entry back."""
        use = self._uses.pop(end.grant, None)
        back = Use(use.reference, -1, use.expires) if use is not None and end.result == "annulled" else None
        if back is not None:
            self._presence.note(back)
        body: dict[str, object] = {"grant": end.grant, "result": end.result, "reason": end.reason and end.reason.value}
        self._journal.submit(Record(next(self._tokens), "grant", now, body, end.grant, use=back))
