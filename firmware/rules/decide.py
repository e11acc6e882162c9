"""decide(): may this code pass here, now? Pure, ordered, total: every input has one answer and deny is the default.

The order of the checks is a contract (ARCHITECTURE.md): the first that refuses gives the reason. What the policy leaves
to an officer refuses only where nothing else does. Whoever is inside gets out, so on the way out the same checks only
leave a remark. Nothing here knows a door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from firmware.events import (
    NO_ENTRY,
    RESTRICTED_REASONS,
    SOFTENED,
    WAIVABLE,
    Decision,
    Direction,
    Instant,
    Outcome,
    Posture,
    Reason,
)
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted, validity
from firmware.rules.accepted import accepted
from firmware.rules.health_action import health_action
from firmware.rules.identity import unmatched
from firmware.rules.passback import noted_only
from firmware.rules.proofs import lacking
from firmware.rules.rulebook import Rulebook
from firmware.rules.times import out_of_hours

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from firmware.rules.companions import Beside
    from firmware.rules.policy import Policy
    from firmware.rules.presence import Presence

__all__ = ["Place", "Rulebook", "decide"]


@dataclass(frozen=True, slots=True)
class Place:
    """Which gate of which area asks; one that is `observing` is not in service and refuses only by posture.

    Presentations for the area or for one of the `groups` are for this gate.
    """

    gate: str
    area: str
    observing: bool = False
    groups: frozenset[str] = frozenset()


def decide(  # noqa: PLR0917  what a decision rests on, in the order of its telling
    reading: Reading,
    direction: Direction,
    now: Instant,
    place: Place,
    rules: Rulebook,
    presence: Presence,
    posture: Posture = Posture.SECURE,
    waived: frozenset[Reason] = frozenset(),
    beside: Beside = (),
) -> Decision:
    """Answer one presentation; what was odd about one that is let through becomes the remark.

    On the way out, and where a posture lets everybody in, the answer is always `allow`. `waived` are the reasons to
    which an officer said yes; one counts only where the policy leaves that very reason to them. `beside` are those at
    the same reader who were let in before, or go in together with whoever is judged. Where the gate or the policy is
    only observing, `observed` says what the answer would have been and the remark why.
    """
    rules = rules.at(now)
    left = _left_to_officers(reading, rules, place, now) if direction is Direction.IN else frozenset()
    noted = frozenset({Reason.PASSBACK}) if rules.policy and noted_only(rules.policy.passback) else frozenset()
    left, waived = left | noted, waived | noted
    outcome, reason = _judged(_odd(reading, direction, now, place, rules, presence, beside), left, waived)
    duress = isinstance(reading, Pass) and _under_duress(reading, rules.policy)
    soft = rules.policy is not None and rules.policy.mode == "observe"
    match direction:
        case Direction.OUT:
            return Decision(Outcome.ALLOW, direction, remark=_odd_on_the_way_out(reason), duress=duress)
        case Direction.IN if posture in NO_ENTRY:
            observed = Outcome.DENY if place.observing or soft else None
            return Decision(Outcome.DENY, direction, reason=NO_ENTRY[posture], duress=duress, observed=observed)
        case Direction.IN if posture is Posture.FREE_ACCESS:
            observed = Outcome.ALLOW if place.observing or soft else None
            return Decision(Outcome.ALLOW, direction, remark=reason, duress=duress, observed=observed)
        case Direction.IN if place.observing:
            return Decision(Outcome.ALLOW, direction, remark=reason, duress=duress, observed=outcome)
        case Direction.IN if soft:
            odd = (one for one in _odd(reading, direction, now, place, rules, presence, beside) if one not in SOFTENED)
            return _observed(_judged(odd, left, waived), (outcome, reason), duress=duress)
        case Direction.IN:
            why, remark = (None, reason) if outcome is Outcome.ALLOW else (reason, None)
            return Decision(outcome, direction, why, remark, duress=duress)
        case _:
            assert_never(direction)


Judged = tuple[Outcome, Reason | None]


def _observed(softened: Judged, enforced: Judged, *, duress: bool) -> Decision:
    """Decide by what is left when a policy only observes, and say what it would have been."""
    (outcome, reason), (observed, remark) = softened, enforced
    if outcome is Outcome.ALLOW:
        return Decision(outcome, Direction.IN, remark=remark, duress=duress, observed=observed)
    other = None if remark is reason else remark
    return Decision(outcome, Direction.IN, reason, other, duress=duress, observed=observed)


def _judged(odd: Iterable[Reason], left: frozenset[Reason], waived: frozenset[Reason]) -> Judged:
    """Weigh what is odd, in its order: the first refusal ends it, however much before it was left to an officer.

    Of several that were waived the one that only a few may read is told, or the rest would tell of it.
    """
    asked: Reason | None = None
    passed: Reason | None = None
    for reason in odd:
        if reason not in left:
            return Outcome.DENY, reason
        if reason in waived:
            passed = reason if passed is None or reason in RESTRICTED_REASONS else passed
        else:
            asked = asked or reason
    return (Outcome.ALLOW, passed) if asked is None else (Outcome.VERIFY, asked)


def _left_to_officers(reading: Reading, rules: Rulebook, place: Place, now: Instant) -> frozenset[Reason]:
    """Name what the policy leaves to an officer for the class of this pass, a colour included."""
    if rules.policy is None or not isinstance(reading, Pass):
        return frozenset()
    rule = rules.policy.classes.get(reading.pass_class)
    if rule is None:
        return frozenset()
    coloured = rule.health == "colour" and health_action(reading, rules.policy, place.area, now) == "verify"
    return WAIVABLE & {*map(Reason, rule.verify), *([Reason.HEALTH] if coloured else [])}


def _under_duress(credential: Pass, policy: Policy | None) -> bool:
    """Say whether this pass is the one its holder shows when somebody forces them to."""
    rule = policy.classes.get(credential.pass_class) if policy else None
    return rule is not None and rule.duress is not None


def _odd_on_the_way_out(refusal: Reason | None) -> Reason | None:
    """Drop what is not odd for somebody who leaves: a one-entry pass is used up by the entry it gave."""
    return None if refusal is Reason.USED else refusal


def _odd(  # noqa: PLR0917  as decide() has them
    reading: Reading,
    direction: Direction,
    now: Instant,
    place: Place,
    rules: Rulebook,
    presence: Presence,
    beside: Beside,
) -> Iterator[Reason]:
    """Walk the checks in their order and name everything that refuses."""
    match reading:
        case Unreadable(reason) | Untrusted(reason):
            yield reason
        case Pass():
            out = validity(reading, now) or _policy_in_force(rules, now) or _unsure(reading, rules.policy, now)
            out = out or _taken_back(reading, rules)
            if out is not None:
                yield out
            else:
                if _too_old(reading, now, rules):
                    yield Reason.LISTS_TOO_OLD
                yield from _unproven(reading, now, place, rules.policy, presence)
                yield from _not_admitted(reading, now, place, rules.policy)
                if presence.used_up(reading, now):
                    yield Reason.USED
                if rules.policy is not None:
                    yield from presence.odd(reading, direction, now, place.area, rules.policy, beside)
        case _:
            assert_never(reading)


def _policy_in_force(rules: Rulebook, now: Instant) -> Reason | None:
    """Demand a policy that is unexpired at every instant the clock allows."""
    if rules.policy is None:
        return Reason.NO_POLICY
    return None if rules.begins <= now.latest < rules.ends else Reason.POLICY_EXPIRED


def _unsure(credential: Pass, policy: Policy | None, now: Instant) -> Reason | None:
    """Say whether the clock is less sure of the time than the policy demands for this class."""
    rule = policy.classes.get(credential.pass_class) if policy else None
    unsure = rule is not None and rule.limits is not None and rule.limits.unsure(now)
    return Reason.CLOCK_UNTRUSTED if unsure else None


def _taken_back(credential: Pass, rules: Rulebook) -> Reason | None:
    """Say whether this very pass is named as one that gets in nowhere: on a list of revoked ones, or by the policy."""
    listed = rules.revocations
    if listed is not None and listed.revoked(credential.revocation_ids, credential.issued) is not None:
        return Reason.REVOKED
    return Reason.BLOCKED if rules.policy is not None and credential.reference in rules.policy.blocked else None


def _too_old(credential: Pass, now: Instant, rules: Rulebook) -> bool:
    """Say whether a list by which this pass would be admitted is older than the policy allows its class."""
    if rules.revocations_lost:
        return True
    rule = rules.policy.classes.get(credential.pass_class) if rules.policy else None
    if rule is None or rule.limits is None:
        return False
    issued, revocations = rules.issued, rules.revocations_issued
    return rule.limits.exceeded(now.latest, trust=credential.trust_issued, policy=issued, revocations=revocations)


def _unproven(
    credential: Pass, now: Instant, place: Place, policy: Policy | None, presence: Presence
) -> Iterator[Reason]:
    """Ask for the holder's own proof where the pass or its class does: of now, for this gate, and unused."""
    lacks = lacking(credential, now, place.groups | {place.area}, policy)
    if lacks is not None:
        yield lacks
    elif presence.replayed(credential, now):
        yield Reason.REPLAYED


def _not_admitted(credential: Pass, now: Instant, place: Place, policy: Policy | None) -> Iterator[Reason]:
    """Hold the pass against its class: format and issuer, area, gate, hours, health, and whether it is who shows it."""
    rule = policy.classes.get(credential.pass_class) if policy else None
    if policy is None or rule is None or not accepted(credential, rule, policy):
        yield Reason.CLASS_NOT_ADMITTED
        return
    if any(areas is not None and place.area not in areas for areas in (credential.areas, rule.areas)):
        yield Reason.WRONG_AREA
    if credential.gates and place.gate not in credential.gates:
        yield Reason.WRONG_GATE
    yield from out_of_hours(rule, policy, now)
    if health_action(credential, policy, place.area, now) != "allow":
        yield Reason.HEALTH
    if unmatched(credential):
        yield Reason.IDENTITY
