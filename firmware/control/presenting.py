"""What readers saw and buttons asked: judged, answered by the door, and written down.

An entry waits in the door for its record; for an exit the door has moved before the record is handed over. It belongs
to the controller thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.control.collecting import Collecting
from firmware.control.company import Company
from firmware.control.judging import Judge
from firmware.control.request import Officer
from firmware.control.witness import attested
from firmware.door.asked import Granted, Refused
from firmware.events import Direction, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.rules.company import AWAITED
from firmware.rules.gathering import Member

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from firmware.control.accounts import Accounts, Knowledge
    from firmware.control.doorway import Doorway
    from firmware.events import CodesPresented, Decision, Instant, Record
    from firmware.passes.outcome import Reading
    from firmware.rules.gathering import Together
    from firmware.rules.presence import Presence

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

    `opened_by_hand` hears when somebody was let in of whom no pass is known: by a button, or by a command. `answers`
    is asked about each pass at an outside reader (by name) whether it is an officer's word about somebody else.
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
        self.collecting = Collecting()
        self.company = Company(knowledge, self._judge, presence.gathering, doorway)
        self.last: Decision | None = None
        self.opened_by_hand: Callable[[Instant], object] = lambda _now: None
        self.answers: Callable[[str, Pass, Instant], bool] = lambda _reader, _credential, _now: False

    @property
    def has_officers(self) -> bool:
        """Whether passes of some class are an officer's word."""
        policy = self._knowledge.rules.policy
        return policy is not None and bool(policy.officers)

    def relearn(self, knowledge: Knowledge) -> None:
        """Judge by other lists from now on."""
        self._knowledge = knowledge
        self._judge = Judge(knowledge, self._presence, self._counts)
        self.company.relearn(knowledge, self._judge)

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
        codes = self.collecting.take(event, now)
        reading, decision = self._judge.judge(codes, direction, now, door.postures.effective[0])
        verified = isinstance(reading, Pass)
        if decision.outcome is Outcome.DENY and decision.reason is Reason.INCOMPLETE:
            self._ask_for_the_next(decision, now)
            return None
        if direction is Direction.IN and isinstance(reading, Pass) and self.answers(event.reader, reading, now):
            return None
        if direction is Direction.IN and not verified and door.attempts.too_many(now.ms):
            self._counts["scans_unwritten"] += 1
            return None
        if direction is Direction.OUT and isinstance(reading, Pass):
            self.company.left(reading)
        if direction is Direction.OUT or not isinstance(reading, Pass):
            return Shown(event.reader, reading, decision, self.answer(decision, reading, event.reader, now))
        told = self.company.come(Member(reading, now.ms, now.ms), decision, event.reader, now)
        return self.answer_together(told, event.reader, now)

    def _ask_for_the_next(self, decision: Decision, now: Instant) -> None:
        """Prompt for the next code: nothing is decided yet of whoever shows them, so nothing is written down."""
        self.last = decision
        self._counts["scans_incomplete"] += 1
        self._doorway.step(Refused(Reason.INCOMPLETE), now)

    def again(self, waiting: Member, reader: str, now: Instant) -> Together:
        """Judge anew somebody who waits for an officer, who has said yes to what is waived; the last answer is theirs.

        Whoever waited for them to come along is judged with them.
        """
        posture = self._doorway.door.postures.effective[0]
        alone = self._judge.again(waiting.credential, now, posture, waiting.waived)
        return self.company.come(replace(waiting, until_ms=now.ms), alone, reader, now)

    def answer_together(self, told: Together, reader: str, now: Instant) -> Shown:
        """Answer the last of these, and with them those who may go in together: all, or nobody.

        Of whoever waited and still has to, nothing is written anew. Where that is because somebody else needs an
        officer, they are whom an officer is asked about.
        """
        *waited, (comer, decision) = told
        going = tuple(one for one in told if one[1].outcome is Outcome.ALLOW and decision.outcome is Outcome.ALLOW)
        asked = next((one for one in waited if one[1].outcome is Outcome.VERIFY), None)
        leader = self.company.leader(going, reader, now) if going else None
        records = self._answer([(one, who.credential) for who, one in going or told[-1:]], reader, now, leader)
        for (who, one), record in zip(going or told[-1:], records, strict=True):
            self.company.answered(who, one, record, reader, now)
        if decision.reason in AWAITED and asked is not None:
            return self.answer_together((asked,), reader, now)
        return Shown(reader, comer.credential, decision, records[-1])

    def officer(self, credential: Pass, now: Instant) -> Officer | None:
        """Say whose word a pass is, where it is an officer's and would get in itself."""
        vouched = self._judge.vouched(credential, now)
        if vouched is None:
            return None
        self._presence.proofs.note(credential, now)
        subject = self._knowledge.subjects.subject(credential.reference, now)
        return Officer("pass", subject=subject, duress=vouched.duress)

    def answer(self, decision: Decision, reading: Reading | None, reader: str, now: Instant) -> Record:
        """Tell the door and write the decision down; returns its record, whose grant is None where nobody may go.

        Of somebody about whom an officer is asked the door hears from `assistance`.
        """
        (record,) = self._answer([(decision, reading)], reader, now)
        if record.grant is not None and decision.direction is Direction.IN and reading is None:
            self.company.dismiss()
            self.opened_by_hand(now)
        return record

    def _answer(
        self, answers: Sequence[tuple[Decision, Reading | None]], reader: str, now: Instant, leader: str | None = None
    ) -> list[Record]:
        """Answer those who go in together, or one: the door opens for none of them before all of it is on disk."""
        rested_on = [self._judge.witness.facts(decision) for decision, _ in answers]
        written = [self._accounts.decided(decision, reading, reader, now) for decision, reading in answers]
        if leader is not None or len(written) > 1:
            leader = leader or written[0].grant
            written = [replace(record, body=record.body | {"company": leader}) for record in written]
        for (decision, reading), record, facts in zip(answers, written, rested_on, strict=True):
            waits = written[-1].token if decision.direction is Direction.IN else None
            granted = None if record.grant is None else Granted(record.grant, decision.direction, waits, company=leader)
            records = [record, *self._accounts.restricted(record, decision, reading, now)]
            self._tell(decision, reading, attested(records, facts, self._knowledge.rules.policy), granted, now)
        return written

    def _tell(
        self, decision: Decision, reading: Reading | None, records: list[Record], granted: Granted | None, now: Instant
    ) -> None:
        """Let the door hear of one answer and write it down."""
        self.last = decision
        self._counts[f"{decision.direction}_{decision.outcome}"] += 1
        if decision.observed is not None:
            self._counts[f"observed_{decision.observed}"] += 1
        credential = reading if isinstance(reading, Pass) else None
        if granted is not None:
            long = credential is not None and credential.accessible
            self._doorway.step(replace(granted, long=long), now, records)
        elif decision.outcome is Outcome.VERIFY or decision.reason in AWAITED:
            self._doorway.step(None, now, records)
        else:
            reason = decision.reason or Reason.INTERNAL
            refused = Refused(reason, verified=credential is not None or reading is None)
            self._doorway.step(refused, now, records)
        why = decision.shown.reason or decision.shown.remark
        log.info(
            "%s: %s %s%s", records[0].body["reader"], decision.outcome, decision.direction, f" {why}" if why else ""
        )
