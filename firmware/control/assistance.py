"""Assistance: somebody waits at a reader while an officer, who need not be at the door, says yes or no.

It decides when a request begins and ends, and what stands at the broker meanwhile. A yes waives one named reason and
has the pass judged again, at that moment and under all that holds then. It belongs to the controller thread.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.door.asked import OfficerAsked, Refused
from firmware.events import NO_ENTRY, Direction, Instant, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.records import wire
from firmware.records.contract import Assistance as Waiting
from firmware.rules.company import AWAITED
from firmware.rules.gathering import Member
from firmware.signed.command import CommandRefusal

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from firmware.control.accounts import Accounts, Journal
    from firmware.control.doorway import Doorway
    from firmware.control.presenting import Presenting, Shown
    from firmware.events import Decision

WAIT_MS: Final = 60_000
ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Desk:
    """Where officers see a request: `keep` lets a topic say something until it is taken back (an empty payload)."""

    keep: Callable[[str, bytes], None]
    gate: str
    boot: str
    wait_ms: int = WAIT_MS
    id_bytes: Callable[[int], bytes] = secrets.token_bytes


@dataclass(frozen=True, slots=True)
class Request:
    """One person who waits: their pass, why, to what an officer has said yes already, and until when (ms).

    `pass_class` is what may be told of the class: of a pass shown under duress it is another one.
    """

    id: str
    reader: str
    credential: Pass
    pass_class: str
    reason: Reason
    waived: frozenset[Reason]
    began: Instant
    until_ms: int


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
        presenting.opened_by_hand = self.withdraw

    def requests(self) -> tuple[Request, ...]:
        """List who waits now, the longest first."""
        return tuple(self._open.values())

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) the next of them has waited long enough."""
        return min((one.until_ms for one in self._open.values()), default=None)

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
        if not admit:
            self._end(request, "refused", now, operator=operator)
            self._doorway.step(Refused(request.reason), now)
            return None
        waived = request.waived | {request.reason}
        waiting = Member(request.credential, request.began.ms, now.ms, waived=waived)
        told = self._presenting.again(waiting, request.reader, now)
        self._leave(request, now)
        shown = self._presenting.answer_together(told, request.reader, now)
        (_, decision), record = told[-1], shown.record
        self.granted = record.grant
        overruled = decision.outcome is Outcome.DENY
        self._note(request, "overruled" if overruled else "admitted", now, operator=operator, grant=record.grant)
        if shown.decision.outcome is Outcome.VERIFY:
            self._ask(shown, waived if shown.reading is request.credential else frozenset(), now)
        if overruled:
            return CommandRefusal.POSTURE if decision.reason in NO_ENTRY.values() else CommandRefusal.NO_REQUEST
        return None

    def settle(self, now: Instant) -> None:
        """Refuse whoever has waited long enough."""
        for request in [one for one in self._open.values() if one.until_ms <= now.ms]:
            self._end(request, "expired", now)
            self._doorway.step(Refused(request.reason), now)

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
        if desk is None or self._doorway.door.link_up is not True:
            self._counts["assistance_unreachable"] += 1
            self._doorway.step(Refused(reason), now)
            return
        request = Request(
            id=desk.id_bytes(ID_BYTES).hex(),
            reader=shown.reader,
            credential=credential,
            pass_class=str(shown.record.body["class"]),
            reason=reason,
            waived=waived,
            began=now,
            until_ms=now.ms + desk.wait_ms,
        )
        self._open[shown.reader] = request
        desk.keep(wire.assist_topic(desk.gate, request.id), _payload(request, desk, shown.decision))
        self._counts["assistance_asked"] += 1
        self._doorway.step(OfficerAsked(waiting=True), now)

    def _leave(self, request: Request, now: Instant) -> None:
        """Take a request back from the broker and from the lamps."""
        del self._open[request.reader]
        if self._desk is not None:
            self._desk.keep(wire.assist_topic(self._desk.gate, request.id), b"")
        if not self._open:
            self._doorway.step(OfficerAsked(waiting=False), now)

    def _end(self, request: Request, outcome: str, now: Instant, operator: str | None = None) -> None:
        """End a request without letting anybody in."""
        self._leave(request, now)
        self._note(request, outcome, now, operator=operator)

    def _note(
        self, request: Request, outcome: str, now: Instant, *, operator: str | None = None, grant: str | None = None
    ) -> None:
        """Count how a request ended, and record it for the few who may read it: who answered, and what was waived."""
        self._counts[f"assistance_{outcome}"] += 1
        body: dict[str, object] = {
            "request": request.id,
            "reader": request.reader,
            "outcome": outcome,
            "reason": request.reason,
            "class": request.pass_class,
            "operator": operator,
            "grant": grant,
            "waited_ms": now.ms - request.began.ms,
        }
        self._journal.submit(self._accounts.assisted(body, now))


def _payload(request: Request, desk: Desk, decision: Decision) -> bytes:
    """Word what an officer sees; nothing in it says who the person is."""
    began = request.began
    ends_s = (request.until_ms - began.ms) // 1000
    until = Instant(request.until_ms, began.earliest + ends_s, began.latest + ends_s, began.source)
    waiting = Waiting.model_validate(
        {
            "reader": request.reader,
            "direction": Direction.IN.value,
            "reason": decision.shown.reason,
            "class": request.pass_class,
            "since": wire.rfc3339(began),
            "expires_at": wire.rfc3339(until),
            "boot": desk.boot,
            "boottime_ms": began.ms,
            "until_ms": request.until_ms,
        }
    )
    return wire.dump(waiting.model_dump(by_alias=True, exclude_none=True))
