"""What is said of a command: answers for whoever sent it, records for everybody, and for a few who sent it and why.

Refusals are counted without end and written down a few times an hour at most, or whoever owns the broker could fill
the disk. It decides nothing about a command, and belongs to the controller thread.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Literal

from firmware.events import Obeyed
from firmware.records.contract import Response
from firmware.records.wire import dump, response_topic, rfc3339

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping

    from firmware.control.accounts import Accounts, Journal
    from firmware.events import Instant
    from firmware.signed.command import CommandRefusal, Order, Turned

log = logging.getLogger(__name__)

EXPIRY_S: Final = 60
"""For how long the broker may hold an answer back: whoever asked waits no longer."""

AGAIN_MS: Final = 600_000
MOST_SIGNED: Final = 10
MOST_UNSIGNED: Final = 1
"""Refusals that are written down within AGAIN_MS: of commands whose signature held, and of all others."""

State = Literal["accepted", "executing", "successful", "failed"]


class Answers:
    """One gate's answers; `tell(topic, payload, expiry_s)` says something once, while there is a connection."""

    def __init__(
        self,
        gate: str,
        tell: Callable[[str, bytes, int], None],
        accounts: Accounts,
        journal: Journal,
        counts: Counter[str],
    ) -> None:
        """Take where it is said, written down and counted."""
        self._gate = gate
        self._tell = tell
        self._accounts = accounts
        self._journal = journal
        self._counts = counts
        self._refused_ms: dict[bool, list[int]] = {True: [], False: []}

    def tell(
        self,
        order: Order | Turned,
        state: State,
        now: Instant,
        reason: CommandRefusal | None = None,
        result: Mapping[str, object] | None = None,
    ) -> None:
        """Answer whoever sent it; what nobody signed is not answered."""
        if order.id is None:
            return
        answer = Response(
            id=order.id,
            op=order.op,
            state=state,
            reason=reason,
            at=rfc3339(now),
            result=None if result is None else dict(result),
        )
        payload = dump(answer.model_dump(exclude_none=True))
        self._tell(response_topic(self._gate, order.op), payload, EXPIRY_S)

    def write(
        self,
        order: Order,
        state: State,
        now: Instant,
        *,
        reason: CommandRefusal | None = None,
        grant: str | None = None,
        remembered: bool = False,
    ) -> int:
        """Write down what becomes of an order, `remembered` with its id and once with who sent it and why.

        Returns the token of the record.
        """
        obeyed = Obeyed(order.id, order.expires) if remembered else None
        told = {"op": order.op, "command": order.id, "group": order.group, "state": state, "reason": reason}
        record = self._accounts.commanded(told | ({} if grant is None else {"grant": grant}), now, obeyed)
        self._journal.submit(record)
        if remembered:
            self._why(order, now)
        log.info("command %s: %s%s", order.op, state, f", {reason}" if reason else "")
        return record.token

    def refuse(self, order: Order | Turned, reason: CommandRefusal, now: Instant) -> None:
        """Count a command that is not obeyed, answer it, and write it down unless there were too many."""
        self._counts["commands_refused"] += 1
        self._counts[f"commands_refused_{reason}"] += 1
        self.tell(order, "failed", now, reason)
        signed = order.id is not None
        if not self._worth_a_line(now.ms, signed=signed):
            return
        log.warning("command %s: refused: %s", order.op, reason)
        told = {"op": order.op, "command": order.id, "state": "failed", "reason": reason}
        self._journal.submit(self._accounts.commanded(told, now, None))

    def _why(self, order: Order, now: Instant) -> None:
        """Tell the few who may read it who sent this and why."""
        told = {"op": order.op, "command": order.id, "operator": order.operator, "words": order.reason}
        self._journal.submit(self._accounts.told_by_service("command-reason", dict(told), now))

    def _worth_a_line(self, now_ms: int, *, signed: bool) -> bool:
        """Say whether there were few enough lately."""
        lately = [at for at in self._refused_ms[signed] if now_ms - at < AGAIN_MS]
        self._refused_ms[signed] = lately
        if len(lately) >= (MOST_SIGNED if signed else MOST_UNSIGNED):
            return False
        lately.append(now_ms)
        return True
