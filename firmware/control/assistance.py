"""Assistance: somebody waits at a reader while an officer, who need not be at the door, says yes or no.

It decides when a request begins, is told more loudly and ends, and what stands at the broker meanwhile. A yes waives
one named reason and has the pass judged again, at that moment and under all that holds then. An officer answers by a
signed command, by the button or the intercom's contact of the door, or by a pass of their own shown at the same
reader. It belongs to the controller thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.control.request import AT_THE_DOOR, ID_BYTES, Desk, Officer, Request, payload
from firmware.door.asked import Noticed, OfficerAsked, Refused
from firmware.events import NO_ENTRY, Alarm, Contact, Direction, Instant, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.records import wire
from firmware.rules.company import AWAITED
from firmware.rules.gathering import Member
from firmware.signed.command import CommandRefusal

if TYPE_CHECKING:
    from collections import Counter

    from firmware.control.accounts import Accounts, Journal
    from firmware.control.doorway import Doorway
    from firmware.control.presenting import Presenting, Shown

__all__ = ["Assistance", "Desk", "Request"]


class Assistance:
    """The requests that are open, one a reader at most; without a desk nobody is asked and everybody refused."""

    def __init__(
        self,
        desk: Desk | None,
        presenting: Presenting,
        doorway: Doorway,
        *,
        accounts: Accounts,
        journal: Journal,
        counts: Counter[str],
    ) -> None:
        """Begin with nobody waiting; the link takes back what an earlier run left at the broker."""
        self._desk = desk
        self._presenting = presenting
        self._doorway = doorway
        self._accounts = accounts
        self._journal = journal
        self._counts = counts
        self._open: dict[str, Request] = {}
        self.granted: str | None = None
        presenting.opened_by_hand, presenting.answers = self.withdraw, self.vouched

    def requests(self) -> tuple[Request, ...]:
        """List who waits now, the longest first."""
        return tuple(self._open.values())

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) the next of them has waited long enough for something to be done."""
        return min((one.due_ms for one in self._open.values()), default=None)

    def shown(self, shown: Shown | None, now: Instant) -> None:
        """Take in what was just decided at a reader: who shows something else waits no longer, who must be asked does.

        The same pass once more is the same person, whose time goes on. What was not judged (None) changes nothing.
        """
        if shown is None or shown.decision.direction is Direction.OUT:
            return
        decision, before = shown.decision, self._open.get(shown.reader)
        asked = decision.outcome is Outcome.VERIFY
        if asked and before is not None and (before.credential, before.reason) == (shown.reading, decision.reason):
            self._doorway.step(OfficerAsked(waiting=True), now)
            return
        if before is not None and decision.reason in AWAITED:
            return  # somebody comes along with whoever waits for an officer
        if before is not None:
            self._end(before, "withdrawn", now)
        if asked:
            self._ask(shown, frozenset(), now)

    def answer(self, request_id: str, admit: bool, operator: str, now: Instant) -> CommandRefusal | None:  # noqa: FBT001  a command's word
        """Do as an officer says; None if that counted, though the pass may have a second question to be asked.

        A yes has the pass judged again: what refuses it now, a posture above all, goes before the officer's word. What
        it gave is `granted`, and whether the door opens for that is the door's to say.
        """
        self.granted = None
        self.settle(now)
        request = next((one for one in self._open.values() if one.id == request_id), None)
        if request is None:
            return CommandRefusal.NO_REQUEST
        officer = Officer("operator", operator)
        if admit:
            return self._admit(request, officer, now)
        self._end(request, "refused", now, officer)
        self._doorway.step(Refused(request.reason), now)
        return None

    def pressed(self, contact: Contact, now: Instant) -> bool:
        """Take a hand at the door for a yes to whoever waits longest; False if nobody does."""
        by, request = AT_THE_DOOR.get(contact), next(iter(self._open.values()), None)
        if by is None or request is None:
            return False
        self._admit(request, Officer(by), now)
        return True

    def vouched(self, reader: str, credential: Pass, now: Instant) -> bool:
        """Take a pass for an officer's yes to who waits at that reader; False if it is none and may be a visitor's."""
        request = self._open.get(reader)
        if request is None or credential.reference == request.credential.reference:
            return False
        officer = self._presenting.officer(credential, now)
        if officer is None:
            return False
        self._admit(request, officer, now)
        return True

    def settle(self, now: Instant) -> None:
        """Refuse whoever has waited long enough, and tell more loudly of whoever nobody has answered yet."""
        for request in [one for one in self._open.values() if one.due_ms <= now.ms]:
            if request.until_ms <= now.ms:
                self._end(request, "expired", now)
                self._doorway.step(Refused(request.reason), now)
            else:
                self._escalate(request, now)

    def withdraw(self, now: Instant) -> None:
        """End every request: the lists are other ones, somebody opened by hand, or the gate ends."""
        for request in self.requests():
            self._end(request, "withdrawn", now)

    def numbers(self) -> dict[str, int]:
        """Flat numbers for health."""
        return {"assistance_waiting": len(self._open)}

    def _ask(self, shown: Shown, waived: frozenset[Reason], now: Instant) -> None:
        """Let a person wait and an officer see it; where no officer can be reached, refuse at once."""
        desk, credential, reason = self._desk, shown.reading, shown.decision.reason
        if not isinstance(credential, Pass) or reason is None:
            return  # decide() asks about nothing else
        if desk is None or not self._in_reach():
            self._counts["assistance_unreachable"] += 1
            self._doorway.step(Refused(reason), now)
            return
        request = Request(
            id=desk.id_bytes(ID_BYTES).hex(),
            reader=shown.reader,
            credential=credential,
            pass_class=str(shown.record.body["class"]),
            reason=reason,
            told_reason=shown.decision.shown.reason or reason,
            waived=waived,
            began=now,
            louder_ms=desk.louder_ms(now.ms),
            until_ms=now.ms + desk.wait_ms,
        )
        self._open[shown.reader] = request
        desk.keep(wire.assist_topic(desk.gate, request.id), payload(request, desk.boot))
        self._counts["assistance_asked"] += 1
        self._doorway.step(OfficerAsked(waiting=True), now)

    def _in_reach(self) -> bool:
        """Say whether some officer can answer: at the broker, by a contact of this door, or by a pass."""
        door = self._doorway.door
        wired = any(contact in AT_THE_DOOR and heard.level.believed for contact, heard in door.contacts)
        return door.link_up is True or wired or self._presenting.has_officers

    def _escalate(self, request: Request, now: Instant) -> None:
        """Tell more loudly that nobody has answered: to officers, and as an alarm to the operations room."""
        louder = self._open[request.reader] = replace(request, escalated=now)
        if self._desk is not None:
            self._desk.keep(wire.assist_topic(self._desk.gate, request.id), payload(louder, self._desk.boot))
        self._counts["assistance_escalated"] += 1
        self._doorway.step(Noticed(Alarm.UNANSWERED, active=True, subject=request.reader), now)

    def _admit(self, request: Request, officer: Officer, now: Instant) -> CommandRefusal | None:
        """Waive the one reason, and let the door hear what the pass comes to now."""
        waived = request.waived | {request.reason}
        waiting = Member(request.credential, request.began.ms, now.ms, waived=waived)
        *others, (who, decision) = self._presenting.again(waiting, request.reader, now)
        decision = replace(decision, duress=True) if officer.duress else decision
        self._leave(request, now)
        shown = self._presenting.answer_together((*others, (who, decision)), request.reader, now)
        self.granted = shown.record.grant
        overruled = decision.outcome is Outcome.DENY
        self._note(request, "overruled" if overruled else "admitted", now, officer, shown.record.grant)
        if shown.decision.outcome is Outcome.VERIFY:
            self._ask(shown, waived if shown.reading is request.credential else frozenset(), now)
        if overruled:
            return CommandRefusal.POSTURE if decision.reason in NO_ENTRY.values() else CommandRefusal.NO_REQUEST
        return None

    def _leave(self, request: Request, now: Instant) -> None:
        """Take a request back from the broker, the alarms and the lamps."""
        del self._open[request.reader]
        if self._desk is not None:
            self._desk.keep(wire.assist_topic(self._desk.gate, request.id), b"")
        if request.escalated is not None:
            self._doorway.step(Noticed(Alarm.UNANSWERED, active=False, subject=request.reader), now)
        if not self._open:
            self._doorway.step(OfficerAsked(waiting=False), now)

    def _end(self, request: Request, outcome: str, now: Instant, officer: Officer | None = None) -> None:
        """End a request without letting anybody in."""
        self._leave(request, now)
        self._note(request, outcome, now, officer)

    def _note(
        self, request: Request, outcome: str, now: Instant, officer: Officer | None = None, grant: str | None = None
    ) -> None:
        """Count how a request ended, and record it for the few who may read it: who answered, and what was waived."""
        self._counts[f"assistance_{outcome}"] += 1
        self._journal.submit(self._accounts.assisted(request.ended(outcome, now, officer, grant), now))
