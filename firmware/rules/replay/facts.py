"""From what decide() was given to the facts that are written down; what they may tell of whom is decided here.

Pure. A record that everybody reads tells of health, and of who is blocked, no more than its own answer does: a fact
that the answer implies, or none. What only a few may read tells it as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from firmware.events import NEVER, NO_ENTRY, RESTRICTED_REASONS, Direction, Outcome, Posture, Reason
from firmware.passes.outcome import Pass, Unreadable, Untrusted, validity
from firmware.rules import passback
from firmware.rules.companions import left_alone
from firmware.rules.company import AWAITED
from firmware.rules.health_action import health_action
from firmware.rules.proofs import lacking
from firmware.signed.facts import Facts

if TYPE_CHECKING:
    from firmware.events import Decision, Instant
    from firmware.passes.outcome import Reading
    from firmware.rules.companions import Beside, Companion
    from firmware.rules.decide import Place, Rulebook
    from firmware.rules.policy import Policy
    from firmware.rules.presence import Presence
    from firmware.rules.replay.marks import Marks

AFTER_HEALTH: Final = frozenset({Reason.USED, Reason.PASSBACK, Reason.FULL, Reason.IDENTITY, *AWAITED})
"""Reasons that decide() comes to only where health was good enough, or is left to an officer."""

BEFORE_BLOCKED: Final = frozenset(
    {
        *(Reason.EXPIRED, Reason.NOT_YET_VALID, Reason.CLOCK_UNTRUSTED, Reason.TRUST_EXPIRED),
        *(Reason.NO_POLICY, Reason.POLICY_EXPIRED),
    }
)
"""Reasons after which nobody asks whether the pass is blocked."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one call of decide() was given beside the rules that its answer follows from."""

    reading: Reading
    direction: Direction
    now: Instant
    place: Place
    rules: Rulebook
    presence: Presence
    posture: Posture = Posture.SECURE
    waived: frozenset[Reason] = frozenset()
    beside: Beside = ()


def facts_of(given: Given, decision: Decision, marks: Marks | None, trust: str, sealed: str | None = None) -> Facts:
    """Write down a decision; `given.rules` are those in force, `marks` their policy's, `trust` that of the trust list.

    `sealed` is the part for the health office.
    """
    now, rules = given.now, given.rules
    waived = given.waived if decision.restricted else given.waived - RESTRICTED_REASONS
    values: dict[str, object] = {
        "gate": given.place.gate,
        "area": given.place.area,
        "at": (now.earliest, None if now.latest >= NEVER else now.latest),
        "decision": decision.outcome,
        "direction": decision.direction,
        "reason": decision.reason,
        "remark": decision.remark,
        "observed": decision.observed,
        "duress": decision.duress,
        "observing": given.place.observing,
        "posture": given.posture,
        "waived": tuple(sorted(waived)),
        "policy": marks and marks.policy,
        "trust": trust,
        "out_of_date": not rules.issued <= now.latest < rules.expires and rules.policy is not None,
        "sealed": sealed,
    }
    match given.reading:
        case Unreadable(reason):
            values["unread"] = reason
        case Untrusted(reason, name):
            values |= {"unread": reason, "format": name}
        case Pass():
            values |= _of_pass(given.reading, given, decision, marks)
    return Facts.model_validate(values)


def _of_pass(credential: Pass, given: Given, decision: Decision, marks: Marks | None) -> dict[str, object]:
    """Say what a pass is to this gate at this moment."""
    place, now = given.place, given.now
    told: dict[str, object] = {
        "format": credential.format,
        "class": credential.pass_class,
        "validity": validity(credential, now),
        "elsewhere": credential.areas is not None and place.area not in credential.areas,
        "other_gate": bool(credential.gates) and place.gate not in credential.gates,
        "used": given.presence.used_up(credential, now),
        "proof": lacking(credential, now, place.groups | {place.area}, None) or (credential.presented and "good"),
        "replayed": given.presence.replayed(credential, now),
        "revoked": _revoked(credential, given, decision),
        "lists_lost": given.rules.revocations_lost,
    }
    policy = given.rules.policy
    return told if policy is None or marks is None else told | _asked(credential, policy, given, decision, marks)


def _asked(credential: Pass, policy: Policy, given: Given, decision: Decision, marks: Marks) -> dict[str, object]:
    """Say what the policy asked beside that, and nothing that it did not ask."""
    rules, presence, place, now = given.rules, given.presence, given.place, given.now
    told: dict[str, object] = {}
    rule = policy.classes.get(credential.pass_class)
    if rule is not None and rule.limits is not None and rule.limits.ages:
        told["ages"] = (credential.trust_issued, rules.issued, rules.revocations_issued)
    if rule is not None and rule.issuers is not None:
        named = bool(rule.issuers & {credential.issuer_name, credential.issuer.hex()})
        told |= {"issuer": named, "issuers": marks.issuers[credential.pass_class]}
    if marks.passback is not None and policy.passback is not None:
        last = presence.last(credential, now)
        soft = policy.passback.model_copy(update={"mode": "soft", "exempt": frozenset()})
        odd = passback.odd(soft, credential.pass_class, given.direction, last, now, policy.zone)
        told |= {"again": odd, "passback": marks.passback}
    limit = policy.capacity.get(place.area)
    if limit is not None:
        told["room"] = presence.area.counted(limit)
    if given.direction is Direction.OUT and place.area in policy.two_person:
        told["alone"] = left_alone(place.area, policy, presence.area.staying())
    if given.beside or (given.direction is Direction.IN and asks_company(policy, place.area, credential.pass_class)):
        told["beside"] = tuple(_companion(one, credential) for one in given.beside)
    if marks.blocklist is not None:
        blocked = credential.reference in policy.blocked if decision.restricted else _implied_unblocked(given, decision)
        told |= {} if blocked is None else {"blocked": blocked, "blocklist": marks.blocklist}
    if (health_rules := marks.health.get(credential.pass_class)) is not None:
        implied = _implied_health(given, decision)
        health = health_action(credential, policy, place.area, now) if decision.restricted else implied
        told |= {} if health is None else {"health": health, "health_rules": health_rules}
    return told


def _revoked(credential: Pass, given: Given, decision: Decision) -> bool | None:
    """Say whether the pass stood on the list of revoked ones, as far as the answer tells; without a list it did not."""
    listed = given.rules.revocations
    if listed is None:
        return False
    if decision.restricted:
        return listed.revoked(credential.revocation_ids, credential.issued) is not None
    return _implied_unblocked(given, decision)


def asks_company(policy: Policy, area: str, pass_class: str) -> bool:
    """Say whether the policy asks who else is at the reader."""
    rule = policy.classes.get(pass_class)
    return area in policy.two_person or (rule is not None and rule.escort is not None)


def _companion(one: Companion, credential: Pass) -> tuple[str, int, bool, bool, bool]:
    """Say of somebody at the reader what decide() is told, and in place of who they are whether it is the same pass."""
    return one.pass_class, one.apart_ms, one.goes_in, one.ahead, one.reference == credential.reference


def _implied_unblocked(given: Given, decision: Decision) -> bool | None:
    """Say False where the answer itself tells that the pass is not blocked, else nothing."""
    hidden = given.direction is Direction.IN and given.posture in NO_ENTRY
    return None if hidden or (decision.remark or decision.reason) in BEFORE_BLOCKED else False


def _implied_health(given: Given, decision: Decision) -> Literal["allow", "passable"] | None:
    """Say what an answer that is no secret tells of health: it was good enough, or not refused, or nothing.

    It follows from the answer alone, or its absence would tell what must not be told.
    """
    if given.direction is Direction.IN and given.posture in NO_ENTRY:
        return None
    last = decision.remark or decision.reason
    if last is None:
        return "allow"
    if given.direction is Direction.OUT:
        return "allow" if last in AFTER_HEALTH else None
    would = decision.observed or decision.outcome
    if given.posture is not Posture.FREE_ACCESS and would is not Outcome.DENY:
        return "allow" if would is Outcome.ALLOW else "passable"
    return "passable" if last in AFTER_HEALTH else None
