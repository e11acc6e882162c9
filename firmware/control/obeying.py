"""Obeying: from the bytes of a command to what it does, at most once, and every step of that answered.

An order's id is on disk before the gate acts on it; only what lets people out acts first and is written down after. An
id counts once, whatever came of it. Nothing is raised for any bytes. It belongs to the controller thread.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from firmware.control.acting import POSTURE, UNABLE, Acting, refusal_of
from firmware.control.answers import Answers
from firmware.control.hearing import Hearing
from firmware.control.known import Known
from firmware.control.seconding import Seconding
from firmware.events import CommandArrived, HistorySent, OutputChecked, PostureKept, Stopped
from firmware.signed.command import CommandRefusal, Op, Order, Turned

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Mapping

    from firmware.control.accounts import Accounts, Journal, Knowledge
    from firmware.control.answers import State
    from firmware.control.doorway import Doorway
    from firmware.control.identifying import Identifying
    from firmware.control.presenting import Presenting
    from firmware.control.reach import Reach
    from firmware.events import Instant

RECORD_WITHIN_MS: Final = 500
"""An order whose record is not on disk by then is not obeyed."""


class Obeying:
    """The commands of one gate."""

    def __init__(
        self,
        knowledge: Knowledge,
        reach: Reach,
        *,
        doorway: Doorway,
        presenting: Presenting,
        identifying: Identifying,
        accounts: Accounts,
        journal: Journal,
        counts: Counter[str],
    ) -> None:
        """Begin with what the journal remembers of commands that were obeyed."""
        self._hearing = Hearing(knowledge, reach.groups, counts)
        self._doorway = doorway
        self._counts = counts
        self._known = Known(reach.obeyed)
        self._seconding = Seconding()
        self._acting = Acting(doorway, presenting, reach)
        self._answers = Answers(knowledge.place.gate, reach.tell, accounts, journal, counts)
        self._identifying = identifying
        self._waiting: dict[int, tuple[Order, int]] = {}
        self._keeping: deque[Order] = deque()
        self._sending: dict[str, Order] = {}
        self.restarting = False

    def take(self, event: CommandArrived | HistorySent | PostureKept, now: Instant) -> None:
        """Take in a command, or word of one that is under way."""
        match event:
            case CommandArrived():
                self._arrived(event, now)
            case HistorySent():
                self._history_sent(event, now)
            case PostureKept(works):
                self._posture_kept(now, works=works)

    def _arrived(self, event: CommandArrived, now: Instant) -> None:
        """Obey a command, begin to, or refuse it."""
        found = self._hearing.read(event, now)
        if found is None:
            return
        if isinstance(found, Turned):
            repeated = found.id is not None and found.id in self._known and not event.retained
            self._answers.refuse(found, CommandRefusal.REPEATED if repeated else found.reason, now)
        elif found.id in self._known:
            self._answers.refuse(found, CommandRefusal.REPEATED, now)
        elif not self._known.add(found.id, found.expires, now.earliest):
            self._answers.refuse(found, CommandRefusal.BUSY, now)
        elif (hindrance := self._acting.hindrance(found)) is not None:
            self._answers.refuse(found, hindrance, now)
        elif found.group is not None and found.op is Op.EVACUATE:
            self._evacuate(found, now)
        else:
            self._begin(found, now)

    def committed(self, token: int, now: Instant) -> None:
        """Act on the order whose record this is, unless it comes too late; a record that no order waits for is none."""
        order, until_ms = self._waiting.pop(token, (None, 0))
        if order is None:
            return
        if now.ms >= until_ms:
            self._end(order, now, CommandRefusal.STORAGE)
            return
        self._act(order, now)

    def learn(self, obeyed: Iterable[tuple[str, int]], now: Instant) -> None:
        """Take in what a late journal remembers; what waits and was obeyed before the start is not obeyed again."""
        before = dict(obeyed)
        for token, (order, _) in list(self._waiting.items()):
            if order.id in before:
                del self._waiting[token]
                self._answers.refuse(order, CommandRefusal.REPEATED, now)
        self._known.learn(before.items())

    def _history_sent(self, event: HistorySent, now: Instant) -> None:
        """Say how far the history is that somebody asked for."""
        order = self._sending.get(event.command)
        if order is None:
            return
        rows = {"rows": event.rows}
        if event.state == "going_on":
            self._answers.tell(order, "executing", now, result=rows)
            return
        del self._sending[event.command]
        self._end(order, now, UNABLE.get(event.state), rows)

    def _posture_kept(self, now: Instant, *, works: bool) -> None:
        """Say of the oldest posture that waits for the disk that it holds, and whether it will after a restart."""
        self._doorway.step(OutputChecked(POSTURE, works), now)
        if self._keeping:
            self._end(self._keeping.popleft(), now, None, self._posture() | {"kept": works})

    def settle(self, now: Instant) -> None:
        """End a turn: what waited too long fails, and whoever was let through is let through."""
        for token, (order, until_ms) in list(self._waiting.items()):
            if now.ms >= until_ms:
                del self._waiting[token]
                self._end(order, now, CommandRefusal.STORAGE)
        for order in self._seconding.over(now):
            self._end(order, now, CommandRefusal.SECOND_SIGNER)
        for order, grant, back in self._acting.unlocked(self._doorway.ended()):
            refused = None if back is None else refusal_of(back)
            self._end(order, now, refused, None if back is None else {"door": back.value}, grant=grant)
        self._identifying.settle(now.ms)

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) `settle` is due though nothing happens."""
        moments = [until_ms for _, until_ms in self._waiting.values()]
        blinking_ms = self._identifying.deadline_ms()
        return min(moments if blinking_ms is None else [*moments, blinking_ms], default=None)

    def _evacuate(self, order: Order, now: Instant) -> None:
        """Evacuate with a group: the first signature waits for another, and the second one acts for both."""
        if order.second is None:
            if not self._seconding.wait(order):
                self._answers.refuse(order, CommandRefusal.BUSY, now)
                return
            self._answers.write(order, "accepted", now, reason=CommandRefusal.SECOND_SIGNER, remembered=True)
            self._answers.tell(order, "accepted", now, CommandRefusal.SECOND_SIGNER)
        elif (first := self._seconding.seconded(order, now)) is None:
            self._answers.refuse(order, CommandRefusal.SECOND_SIGNER, now)
        else:
            self._begin(order, now)
            self._end(first, now, None, self._posture())

    def _begin(self, order: Order, now: Instant) -> None:
        """Write the order down and act when that is on disk; what lets people out acts before."""
        if self._acting.first(order):
            self._answers.tell(order, "accepted", now)
            self._act(order, now, remembered=True)
            return
        token = self._answers.write(order, "accepted", now, remembered=True)
        self._answers.tell(order, "accepted", now)
        if order.op is Op.UNLOCK:
            self._act(order, now)  # the door itself waits for a record that is written after this one
        else:
            self._waiting[token] = (order, now.ms + RECORD_WITHIN_MS)

    def _act(self, order: Order, now: Instant, *, remembered: bool = False) -> None:
        """Do what is asked; `remembered` writes the order down only now."""
        hindrance = self._acting.hindrance(order)
        if hindrance is not None:
            self._end(order, now, hindrance)
            return
        match order.op:
            case Op.UNLOCK:
                self._acting.unlock(order, now)
                if remembered:
                    self._answers.write(order, "accepted", now, remembered=True)
            case Op.HOLD | Op.POSTURE | Op.LOCKDOWN | Op.EVACUATE:
                waits = self._acting.posture(order, now)
                if remembered:
                    self._answers.write(order, "accepted", now, remembered=True)
                if waits:
                    self._keeping.append(order)
                else:
                    self._end(order, now, None, self._posture())
            case Op.IDENTIFY:
                self._identifying.begin(int(order.args["for_s"]) * 1000, now.ms)
                self._end(order, now, None)
            case Op.RESTART if self._waiting or self._keeping:
                self._end(order, now, CommandRefusal.BUSY)
            case Op.RESTART:
                self._end(order, now, None)
                self.restarting = True
                self._doorway.step(Stopped(), now)
            case _:
                self._ask(order, now)

    def _ask(self, order: Order, now: Instant) -> None:
        """Let somebody else do it, and answer: at once, or of history and of a grant when it is known how it ended."""
        refused = self._acting.ask(order, now)
        if order.op is Op.REPLAY and refused is None:
            self._sending[order.id] = order
            self._answers.tell(order, "executing", now)
        elif not self._acting.waits(order):
            self._end(order, now, refused)

    def _end(
        self,
        order: Order,
        now: Instant,
        reason: CommandRefusal | None,
        result: Mapping[str, object] | None = None,
        *,
        grant: str | None = None,
    ) -> None:
        """Say how an order that was begun ended."""
        self._counts["commands_obeyed" if reason is None else "commands_failed"] += 1
        state: State = "successful" if reason is None else "failed"
        self._answers.write(order, state, now, reason=reason, grant=grant)
        self._answers.tell(order, state, now, reason, result)

    def _posture(self) -> dict[str, object]:
        """Name the posture that holds now: fire outranks every order."""
        return {"posture": self._doorway.door.postures.effective[0].value}
