"""Everything for which decide() can refuse somebody, in the design's order, each as a change of a case that is good.

Changes go together as they like, so that any number of them makes a case; `expected` says from the order alone what has
to come of it. As a program it decides every pair and prints what came of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from firmware.events import (
    NEVER,
    NO_ENTRY,
    SOFTENED,
    STAGE_OF,
    WAIVABLE,
    Decision,
    Direction,
    Instant,
    Outcome,
    Posture,
    Reason,
    Stage,
)
from firmware.passes.outcome import Pass, Presented, Unreadable, Untrusted
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.trust import revocation_ids
from firmware.trust.revocation import FOR_GOOD, open_list
from firmware.trust.revocation_ids import NameKind
from firmware.trust.revocation_writing import build
from tests.issuing import AT_NOON, NOON

GOOD: Final = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, NOON - 3600, NOON + 3600, NEVER)
SUNDAYS: Final = [{"days": ["sun"], "from": "00:00", "until": "24:00"}]
TODAY: Final = [{"date": "2026-01-05", "kind": "public_holiday", "name": "A Monday"}]
LISTED: Final = revocation_ids.shc_rid("kid", "rid")
LIST: Final = open_list(build({NameKind(LISTED[0]): {LISTED[1][:8]: FOR_GOOD}}))
NOTHING: Final[frozenset[Reason]] = frozenset()


@dataclass
class Case:
    """One presentation and all it rests on; good as it begins."""

    changes: dict[str, Any] = field(default_factory=dict)
    rule: dict[str, object] = field(default_factory=dict)
    policy: dict[str, Any] | None = field(default_factory=lambda: {"profile": "test"})
    book: dict[str, Any] = field(default_factory=dict)
    unread: Unreadable | Untrusted | None = None
    now: Instant = AT_NOON
    posture: Posture = Posture.SECURE
    used: bool = False
    inside: bool = False
    shown: bool = False
    left: frozenset[Reason] = NOTHING
    mode: str = "enforce"

    def decided(
        self, direction: Direction, *, waived: frozenset[Reason] = NOTHING, observing: bool = False
    ) -> Decision:
        """Ask decide()."""
        credential = replace(GOOD, **self.changes)
        presence = Presence({GOOD.reference: (1, NOON + 3600)} if self.used else {})
        if self.inside:
            presence.area.moves.note(GOOD.reference, Direction.IN, AT_NOON)
        if self.shown:
            presence.proofs.newest[GOOD.reference] = NOON
        place = Place("gate-1", "lobby", observing)
        reading = self.unread or credential
        return decide(reading, direction, self.now, place, self._rules(), presence, self.posture, waived)

    def _rules(self) -> Rulebook:
        if self.policy is None:
            return Rulebook()
        rule = self.rule | {"verify": sorted(reason.value for reason in self.left)}
        body = self.policy | {"classes": {"visitor": rule}, "mode": self.mode}
        return replace(Rulebook.unlimited(Policy.model_validate(body)), **self.book)


Fault = Callable[[Case], None]


def _holder(**changes: object) -> Fault:
    return lambda case: case.changes.update(changes)


def _ruled(**rule: object) -> Fault:
    return lambda case: case.rule.update(rule)


def _policy(**keys: object) -> Fault:
    return lambda case: None if case.policy is None else case.policy.update(keys)


def _set(**values: object) -> Fault:
    def change(case: Case) -> None:
        for name, value in values.items():
            setattr(case, name, value)

    return change


def _both(*faults: Fault) -> Fault:
    return lambda case: [fault(case) for fault in faults].clear()


UNREAD: Final = tuple(reason for reason in Reason if STAGE_OF[reason] not in {Stage.VALIDITY, Stage.RULES})
"""What reading a code comes to where it comes to no pass: nothing of the rest is known of it then."""

FAULTS: Final[tuple[tuple[Reason, Fault], ...]] = (
    *((reason, _set(posture=posture)) for posture, reason in NO_ENTRY.items()),
    *((reason, _set(unread=Unreadable(reason))) for reason in UNREAD),
    *((reason, _set(unread=Untrusted(reason, "gp1"))) for reason in UNREAD),
    (Reason.EXPIRED, _holder(expires=NOON - 1800)),
    (Reason.NOT_YET_VALID, _holder(not_before=NOON + 1800)),
    (Reason.CLOCK_UNTRUSTED, _both(_set(now=Instant(0, NOON - 5, NOON + 5)), _holder(expires=NOON))),
    (Reason.TRUST_EXPIRED, _holder(trust_until=NOON)),
    (Reason.NO_POLICY, _set(policy=None)),
    (Reason.POLICY_EXPIRED, lambda case: case.book.update(expires=NOON)),
    (Reason.REVOKED, _both(_holder(revocation_ids=(LISTED,)), lambda case: case.book.update(revocations=LIST))),
    (Reason.BLOCKED, _policy(blocked=[GOOD.reference])),
    (Reason.LISTS_TOO_OLD, _both(_ruled(limits={"trust_s": 60}), _holder(trust_issued=NOON - 61))),
    (Reason.NO_PROOF, _holder(holder_key=b"\2" * 33, presented=None)),
    (Reason.STALE, _holder(presented=Presented(NOON - 31, "lobby"))),
    (Reason.REPLAYED, _both(_holder(presented=Presented(NOON - 9, "lobby")), _set(shown=True))),
    (Reason.CLASS_NOT_ADMITTED, _holder(format="paper")),
    (Reason.WRONG_AREA, _holder(areas=("vault",))),
    (Reason.WRONG_GATE, _holder(gates=("gate-9",))),
    (Reason.HOLIDAY, _both(_ruled(holidays="closed"), _policy(calendar=TODAY))),
    (Reason.HOURS, _ruled(hours=SUNDAYS)),
    (Reason.HEALTH, _ruled(health="required")),
    (Reason.IDENTITY, _both(_holder(format="hc1"), _policy(formats=["gp1", "hc1"]))),
    (Reason.USED, _both(_holder(entries=1), _set(used=True))),
    (Reason.PASSBACK, _both(_policy(passback={"mode": "hard"}), _set(inside=True))),
    (Reason.SECOND_PERSON, _policy(two_person={"lobby": {}})),
    (Reason.NO_ESCORT, _ruled(escort={"by": ["staff"]})),
    (Reason.FULL, _policy(capacity={"lobby": {"places": 0, "gates": ["gate-1"]}})),
)
"""In the order of ARCHITECTURE.md. A reason that decide() learns to give has its row here."""

FEW: Final = tuple(row for row, (reason, _) in enumerate(FAULTS) if reason not in UNREAD[1:])
"""Rows for tests that put many together: what reading comes to stands once for all of it."""

ONLY_IN: Final = frozenset({Reason.PASSBACK, Reason.SECOND_PERSON, Reason.NO_ESCORT, Reason.FULL})
"""What these rows have against somebody who comes in and not against the same person who leaves."""

AFTERWARDS: Final = frozenset(
    {Reason.SEE_OFFICER, Reason.INTERLOCK, Reason.NOT_READY, Reason.UNDERVOLTAGE, Reason.STORAGE, Reason.INTERNAL}
)
"""What the door and the journal say once decide() is done, and the word for what is not everybody's business."""


def case_of(rows: frozenset[int] | set[int]) -> Case:
    """Put these rows of the table together; what of two cannot stand together is as the earlier has it."""
    case = Case()
    for row in sorted(rows, reverse=True):
        FAULTS[row][1](case)
    return case


def expected(
    rows: set[int],
    case: Case,
    direction: Direction,
    *,
    waived: frozenset[Reason] = NOTHING,
    observing: bool = False,
) -> Decision:
    """Say from the order of the table alone what has to be decided."""
    reasons = [FAULTS[row][0] for row in sorted(rows)]
    postures = {*NO_ENTRY.values()}
    odd = [reason for reason in reasons if reason not in postures]
    if Reason.HOLIDAY in odd and Reason.HOURS in odd:
        odd.remove(Reason.HOURS)  # on a day of the calendar its own rule is asked alone
    if direction is Direction.OUT:
        seen = [reason for reason in odd if reason not in ONLY_IN]
        first = seen[0] if seen and seen[0] is not Reason.USED else None
        return Decision(Outcome.ALLOW, direction, remark=first)
    soft = case.mode == "observe" and case.policy is not None
    if case.posture in NO_ENTRY:
        observed = Outcome.DENY if observing or soft else None
        return Decision(Outcome.DENY, direction, NO_ENTRY[case.posture], observed=observed)
    left = NOTHING if case.policy is None or case.unread is not None else case.left
    outcome, reason = _weighed(odd, left, waived)
    if observing:
        return Decision(Outcome.ALLOW, direction, remark=reason, observed=outcome)
    if soft:
        now, why = _weighed([one for one in odd if one not in SOFTENED], left, waived)
        if now is Outcome.ALLOW:
            return Decision(now, direction, remark=reason, observed=outcome)
        return Decision(now, direction, why, None if reason is why else reason, observed=outcome)
    why, remark = (None, reason) if outcome is Outcome.ALLOW else (reason, None)
    return Decision(outcome, direction, why, remark)


def _weighed(odd: list[Reason], left: frozenset[Reason], waived: frozenset[Reason]) -> tuple[Outcome, Reason | None]:
    """Take the first that nobody may wave through, else the first that nobody has, else the one most worth a remark."""
    refused = [reason for reason in odd if reason not in left]
    if refused:
        return Outcome.DENY, refused[0]
    asked = [reason for reason in odd if reason not in waived]
    if asked:
        return Outcome.VERIFY, asked[0]
    told = [Reason.HEALTH] if Reason.HEALTH in odd else odd
    return Outcome.ALLOW, told[0] if told else None


def main() -> None:
    """Print what comes of every pair, both ways, with and without everybody's leave."""
    for at, first in enumerate(FEW):
        for second in FEW[at:]:
            case = case_of({first, second})
            case.left = WAIVABLE
            for direction in Direction:
                for waived in (NOTHING, WAIVABLE):
                    sys.stdout.write(f"{first} {second} {case.decided(direction, waived=waived)}\n")


if __name__ == "__main__":
    main()
