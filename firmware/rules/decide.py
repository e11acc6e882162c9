"""decide(): may this code pass here, now? Pure, ordered, total: every input has one answer and deny is the default.

The order of the checks is a contract (ARCHITECTURE.md): the first that refuses gives the reason. What the policy leaves
to an officer refuses only where nothing else does. Whoever is inside gets out, so on the way out the same checks only
leave a remark. Nothing here knows a door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never
from zoneinfo import ZoneInfo

from firmware.events import (
    NEVER,
    NO_ENTRY,
    RESTRICTED_REASONS,
    WAIVABLE,
    Decision,
    Direction,
    Instant,
    Outcome,
    Posture,
    Reason,
)
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted, validity
from firmware.rules.passback import noted_only
from firmware.rules.policy import covered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from firmware.rules.policy import ClassRule, Policy
    from firmware.rules.presence import Presence


@dataclass(frozen=True, slots=True)
class Place:
    """Which gate of which area asks; one that is `observing` is not in service and refuses only by posture."""

    gate: str
    area: str
    observing: bool = False


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The policy in force and from when until when it may be applied (Unix seconds); no policy admits nobody."""

    policy: Policy | None = None
    version: int = 0
    issued: int = 0
    expires: int = 0

    @classmethod
    def unlimited(cls, policy: Policy) -> Rulebook:
        """Take a policy without dates: a tool's operator vouches for it."""
        return cls(policy, expires=NEVER + 1)


def decide(  # noqa: PLR0917  what a decision rests on, in the order of its telling
    reading: Reading,
    direction: Direction,
    now: Instant,
    place: Place,
    rules: Rulebook,
    presence: Presence,
    posture: Posture = Posture.SECURE,
    waived: frozenset[Reason] = frozenset(),
) -> Decision:
    """Answer one presentation; what was odd about one that is let through becomes the remark.

    On the way out, and where a posture lets everybody in, the answer is always `allow`. `waived` are the reasons to
    which an officer said yes; one counts only where the policy leaves that very reason to them. Where the gate is only
    observing, `observed` says what the answer would have been and the remark why.
    """
    left = _left_to_officers(reading, rules) if direction is Direction.IN else frozenset()
    noted = frozenset({Reason.PASSBACK}) if rules.policy and noted_only(rules.policy.passback) else frozenset()
    odd = _odd(reading, direction, now, place, rules, presence)
    outcome, reason = _judged(odd, left | noted, waived | noted)
    duress = isinstance(reading, Pass) and _under_duress(reading, rules.policy)
    match direction:
        case Direction.OUT:
            return Decision(Outcome.ALLOW, direction, remark=_odd_on_the_way_out(reason), duress=duress)
        case Direction.IN if posture in NO_ENTRY:
            observed = Outcome.DENY if place.observing else None
            return Decision(Outcome.DENY, direction, reason=NO_ENTRY[posture], duress=duress, observed=observed)
        case Direction.IN if place.observing:
            observed = Outcome.ALLOW if posture is Posture.FREE_ACCESS else outcome
            return Decision(Outcome.ALLOW, direction, remark=reason, duress=duress, observed=observed)
        case Direction.IN if outcome is Outcome.ALLOW or posture is Posture.FREE_ACCESS:
            return Decision(Outcome.ALLOW, direction, remark=reason, duress=duress)
        case Direction.IN:
            return Decision(outcome, direction, reason=reason, duress=duress)
        case _:
            assert_never(direction)


def _judged(odd: Iterable[Reason], left: frozenset[Reason], waived: frozenset[Reason]) -> tuple[Outcome, Reason | None]:
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


def _left_to_officers(reading: Reading, rules: Rulebook) -> frozenset[Reason]:
    """Name what the policy leaves to an officer for the class of this pass."""
    if rules.policy is None or not isinstance(reading, Pass):
        return frozenset()
    rule = rules.policy.classes.get(reading.pass_class)
    return frozenset() if rule is None else WAIVABLE & {Reason(name) for name in rule.verify}


def _under_duress(credential: Pass, policy: Policy | None) -> bool:
    """Say whether this pass is the one its holder shows when somebody forces them to."""
    rule = policy.classes.get(credential.pass_class) if policy else None
    return rule is not None and rule.duress is not None


def _odd_on_the_way_out(refusal: Reason | None) -> Reason | None:
    """Drop what is not odd for somebody who leaves: a one-entry pass is used up by the entry it gave."""
    return None if refusal is Reason.USED else refusal


def _odd(  # noqa: PLR0917  as decide() has them
    reading: Reading, direction: Direction, now: Instant, place: Place, rules: Rulebook, presence: Presence
) -> Iterator[Reason]:
    """Walk the checks in their order and name everything that refuses."""
    match reading:
        case Unreadable(reason) | Untrusted(reason):
            yield reason
        case Pass():
            out = validity(reading, now) or _policy_in_force(rules, now) or _blocked(reading, rules.policy)
            if out is not None:
                yield out
            else:
                yield from _not_admitted(reading, now, place, rules.policy)
                if presence.used_up(reading, now):
                    yield Reason.USED
                if rules.policy is not None:
                    zone = ZoneInfo(rules.policy.timezone)
                    yield from presence.odd(reading, direction, now, place.area, rules.policy, zone)
        case _:
            assert_never(reading)


def _policy_in_force(rules: Rulebook, now: Instant) -> Reason | None:
    """Demand a policy that is unexpired at every instant the clock allows."""
    if rules.policy is None:
        return Reason.NO_POLICY
    return None if rules.issued <= now.latest < rules.expires else Reason.POLICY_EXPIRED


def _blocked(credential: Pass, policy: Policy | None) -> Reason | None:
    """Say whether this very pass is named as one that gets in nowhere."""
    return Reason.BLOCKED if policy is not None and credential.reference in policy.blocked else None


def _healthy(credential: Pass, now: Instant) -> bool:
    """Say whether the pass vouches for its holder's health at every instant the clock allows."""
    return credential.health_ok_until is not None and now.latest < credential.health_ok_until


def _not_admitted(credential: Pass, now: Instant, place: Place, policy: Policy | None) -> Iterator[Reason]:
    """Hold the pass against its class: format, area, gate, hours, health."""
    rule = policy.classes.get(credential.pass_class) if policy else None
    if policy is None or rule is None or credential.format not in policy.formats:
        yield Reason.CLASS_NOT_ADMITTED
        return
    if place.area not in credential.areas or (rule.areas is not None and place.area not in rule.areas):
        yield Reason.WRONG_AREA
    if credential.gates and place.gate not in credential.gates:
        yield Reason.WRONG_GATE
    if not _open_hours(rule, now, ZoneInfo(policy.timezone)):
        yield Reason.HOURS
    if rule.health is not None and not _healthy(credential, now):
        yield Reason.HEALTH


def _open_hours(rule: ClassRule, now: Instant, zone: ZoneInfo) -> bool:
    """Say whether the class may pass at both ends of the time interval."""
    if rule.hours is None:
        return True
    return all(covered(rule.hours, moment, zone) for moment in (now.earliest, now.latest))
