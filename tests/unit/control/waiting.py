"""A gate whose visitors have to be confirmed by an officer, in a test's hand, with what officers see of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from firmware.control.documents import Lists
from firmware.control.reach import Reach
from firmware.control.request import Desk
from firmware.events import CodesPresented, CommandArrived, LinkChanged, ListsChanged, Record
from firmware.records.kinds import DATA
from firmware.rules.decide import Rulebook
from firmware.rules.hours import Hours
from firmware.rules.policy import ClassRule, Policy
from tests.unit.control.bench import Bench
from tests.unit.control.ordering import AYU, NONCE, ROOT

if TYPE_CHECKING:
    from firmware.control.subjects import Subjects
    from firmware.signed.command import CommandRefusal, Op
    from tests.issuing import Issuer

SUNDAY = Hours.model_validate({"days": ["sun"], "from": "00:00", "until": "24:00"})
LATE = ClassRule(hours=(SUNDAY,), verify=frozenset({"hours"}))
SICK = ClassRule(health="required", verify=frozenset({"health"}))
BOTH = ClassRule(hours=(SUNDAY,), health="required", verify=frozenset({"hours", "health"}))
WAIT_MS = 20_000
LOUDER_MS = 8_000


def book(**classes: ClassRule) -> Rulebook:
    """Make a policy."""
    return Rulebook.unlimited(Policy(profile="test", classes=dict(classes)))


@dataclass
class Office:
    """A gate at noon on a Monday whose visitors are too late, and what officers see of it."""

    rule: ClassRule = LATE
    linked: bool = True
    rules: Rulebook | None = None
    subjects: Subjects | None = None
    board: dict[str, bytes] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Build the gate within reach of its broker."""
        ids = count(1)
        numbered = lambda size: next(ids).to_bytes(size, "big")  # noqa: E731  a stand-in for chance
        desk = Desk(self._keep, "gate-1", "boot-1", WAIT_MS, numbered, LOUDER_MS)
        reach = Reach(tell=lambda _, payload, __: self.told.append(json.loads(payload)["state"]))
        rules = self.rules or book(visitor=self.rule)
        self.bench = Bench(rules=rules, desk=desk, root=ROOT.root_raw, reach=reach, subjects=self.subjects)
        if self.linked:
            self.bench.controller.turn(LinkChanged(up=True))

    def _keep(self, topic: str, payload: bytes) -> None:
        self.board[topic] = payload
        self.said.append(payload)
        if not payload:
            del self.board[topic]

    def show(self, code: bytes | None = None, reader: str = "outside") -> Record:
        """Hold a pass before the reader."""
        return self.bench.show(self.bench.issuer.code() if code is None else code, reader=reader)

    def say(self, *, admit: bool, request: str | None = None) -> CommandRefusal | None:
        """Answer as an officer does, the only request if none is named, and let records reach the disk."""
        if request is None:
            (topic,) = self.board
            request = topic.rpartition("/")[2]
        before = len(self.bench.journal.records)
        said = self.bench.controller.assistance.answer(request, admit, "guard", self.bench.clock.now())
        for record in self.bench.journal.records[before:]:
            self.bench.commit(record)
        return said

    def order(self, op: Op) -> None:
        """Answer the only request by a signed command, and let every record reach the disk in its order."""
        (topic,) = self.board
        data = AYU.order(op, {"request": topic.rpartition("/")[2]})
        self.bench.controller.turn(CommandArrived(op, None, data, NONCE, retained=False))
        for _ in range(2):
            for record in tuple(self.bench.journal.records):
                self.bench.commit(record)

    def ended(self) -> list[tuple[object, object, object]]:
        """List (outcome, reason, operator) of every request that ended; each is what the contract says."""
        found = [one.body for one in self.bench.journal.records if one.kind == "assistance-ended"]
        at = {"boot": "boot-1", "boottime_ms": 0, "clock": "virtual"}
        for body in found:
            DATA["assistance-ended"].model_validate_json(json.dumps({**body, "at": at}))
        return [(one["outcome"], one["reason"], one["operator"]) for one in found]

    def answers(self) -> list[tuple[object, ...]]:
        """List (outcome, by what, operator, subject) of every request that ended."""
        found = [one.body for one in self.bench.journal.records if one.kind == "assistance-ended"]
        return [(one["outcome"], one["answered_by"], one["operator"], one.get("subject")) for one in found]

    def alarms(self) -> list[tuple[object, object]]:
        """List (alarm, state) of every alarm that was told."""
        told = [one.body for one in self.bench.journal.records if one.kind == "alarm"]
        return [(one["alarm"], one["state"]) for one in told]

    def louder(self) -> list[object]:
        """List after how long (ms) each request that ended was told more loudly, None for never."""
        return [one.body["escalated_ms"] for one in self.bench.journal.records if one.kind == "assistance-ended"]

    def present(self, code: bytes, reader: str = "outside") -> None:
        """Hold a code before a reader, whether or not anything is written of it."""
        clock = self.bench.clock
        self.bench.controller.turn(CodesPresented(reader, (code,), clock.ms))

    def trust(self, issuer: Issuer) -> None:
        """Let the gate trust this issuer in place of its own."""
        self.bench.lists = Lists(issuer.trust(), self.rules or book(visitor=self.rule), ())
        self.bench.controller.turn(ListsChanged())

    def granted(self) -> Record:
        """Find the record of the first grant."""
        return next(one for one in self.bench.journal.records if one.kind == "access" and one.grant is not None)

    def light(self) -> object:
        """Say what the lamps were told last."""
        return [value for _, kind, value in self.bench.heard if kind == "light"][-1]
