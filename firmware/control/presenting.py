"""What readers saw and buttons asked: judged, answered by the door, and written down.

An entry waits in the door for its record; for an exit the door has moved before the record is handed over. It belongs
to the controller thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.control.judging import Judge
from firmware.control.witness import attested
from firmware.door.asked import Granted, Refused
from firmware.events import Direction, Outcome, Reason
from firmware.passes.outcome import Pass

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from firmware.control.accounts import Accounts, Knowledge
    from firmware.control.doorway import Doorway
    from firmware.control.judging import Judged
    from firmware.events import CodesPresented, Decision, Instant, Record
    from firmware.passes.outcome import Reading
    from firmware.rules.presence import Presence
    from firmware.signed.facts import Facts

log = logging.getLogger(__name__)

LATEST_SCAN_MS: Final = 1_000
"""A way in is judged while the person stands there, or not at all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader saw, what was decided about it, and the record of that."""

    reader: str
    reading: Reading
    decision: Decision
    record: Record


class Presenting:
    """The answers to whoever asks at this door; `last` is the newest decision.

    `opened_by_hand` hears when somebody was let in of whom no pass is known: by a button, or by a command.
    """

    def __init__(
        self, knowledge: Knowledge, presence: Presence, doorway: Doorway, accounts: Accounts, counts: Counter[str]
    ) -> None:
        """Take what decisions rest on and who carries them out."""
        self._knowledge = knowledge
        self._presence = presence
        self._doorway = doorway
        self._accounts = accounts
        self._counts = counts
        self._judge = Judge(knowledge, presence, counts)
        self.last: Decision | None = None
        self.opened_by_hand: Callable[[Instant], object] = lambda _now: None

    def relearn(self, knowledge: Knowledge) -> None:
        """Judge by other lists from now on."""
        self._knowledge = knowledge
        self._judge = Judge(knowledge, self._presence, self._counts)

    def presented(self, event: CodesPresented, now: Instant) -> Shown | None:
        """Judge what a reader saw; the side is the reader's own, whatever the code says. None if it was not judged.

        What waited behind a stalled controller lets nobody in any more, for whoever showed it may be gone. Of far too
        many bad codes the rest is only counted; a pass whose signature holds always gets its answer.
        """
        door = self._doorway.door
        direction = self._knowledge.direction(event.reader)
        if direction is Direction.IN and now.ms - event.arrived_ms > LATEST_SCAN_MS:
            self._counts["scans_late"] += 1
            return None
        judged = self._judge.judge(event.codes, direction, now, door.postures.effective[0])
        verified = isinstance(judged.reading, Pass)
        if direction is Direction.IN and not verified and door.attempts.too_many(now.ms):
            self._counts["scans_unwritten"] += 1
            return None
        record = self.answer(judged.decision, judged.reading, event.reader, now, judged.facts)
        return Shown(event.reader, judged.reading, judged.decision, record)

    def again(self, credential: Pass, now: Instant, waived: frozenset[Reason]) -> Judged:
        """Judge anew somebody who waits for an officer, who has said yes to what is `waived`."""
        return self._judge.again(credential, now, self._doorway.door.postures.effective[0], waived)

    def answer(
        self, decision: Decision, reading: Reading | None, reader: str, now: Instant, facts: Facts | None = None
    ) -> Record:
        """Tell the door and write the decision down; returns its record, whose grant is None where nobody may go.

        `facts` are what it rested on, where decide() was asked.

        Of somebody about whom an officer is asked the door hears from `assistance`.
        """
        self.last = decision
        self._counts[f"{decision.direction}_{decision.outcome}"] += 1
        if decision.observed is not None:
            self._counts[f"observed_{decision.observed}"] += 1
        credential = reading if isinstance(reading, Pass) else None
        record = self._accounts.decided(decision, reading, reader, now)
        restricted = self._accounts.restricted(record, decision, reading, now)
        record, *restricted = attested([record, *restricted], facts, self._knowledge.rules.policy)
        records = [record, *restricted]
        if record.grant is not None:
            token = record.token if decision.direction is Direction.IN else None
            long = credential is not None and credential.accessible
            self._doorway.step(Granted(record.grant, decision.direction, token, long), now, records)
        elif decision.outcome is Outcome.VERIFY:
            self._doorway.step(None, now, records)
        else:
            reason = decision.reason or Reason.INTERNAL
            refused = Refused(reason, verified=credential is not None or reading is None)
            self._doorway.step(refused, now, records)
        if record.grant is not None and decision.direction is Direction.IN and reading is None:
            self.opened_by_hand(now)
        why = decision.shown.reason or decision.shown.remark
        log.info("%s: %s %s%s", reader, decision.outcome, decision.direction, f" {why}" if why else "")
        return record
