"""decide(): may this code pass here, now? Pure, ordered, total: every input has one answer and deny is the default.

The order of the checks is a contract (ARCHITECTURE.md): the first that refuses gives the reason. Whoever is inside
gets out, so on the way out the same checks only leave a remark. Nothing here knows a door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never
from zoneinfo import ZoneInfo

from firmware.events import NEVER, NO_ENTRY, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted, validity
from firmware.rules.policy import covered

if TYPE_CHECKING:
    from firmware.rules.policy import ClassRule, Policy
    from firmware.rules.presence import Presence


@dataclass(frozen=True, slots=True)
class Place:
    """Which gate of which area asks."""

    gate: str
    area: str


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
) -> Decision:
    """Answer one presentation; what was odd about one that is let through becomes the remark.

    On the way out, and where a posture lets everybody in, the answer is always `allow`.
    """
    refusal = _refusal(reading, now, place, rules, presence)
    duress = isinstance(reading, Pass) and _under_duress(reading, rules.policy)
    match direction:
        case Direction.OUT:
            return Decision(Outcome.ALLOW, direction, remark=_odd_on_the_way_out(refusal), duress=duress)
        case Direction.IN if posture in NO_ENTRY:
            return Decision(Outcome.DENY, direction, reason=NO_ENTRY[posture], duress=duress)
        case Direction.IN if refusal is None or posture is Posture.FREE_ACCESS:
            return Decision(Outcome.ALLOW, direction, remark=refusal, duress=duress)
        case Direction.IN:
            return Decision(Outcome.DENY, direction, reason=refusal, duress=duress)
        case _:
            assert_never(direction)


def _under_duress(credential: Pass, policy: Policy | None) -> bool:
    """Say whether this pass is the one its holder shows when somebody forces them to."""
    rule = policy.classes.get(credential.pass_class) if policy else None
    return rule is not None and rule.duress is not None


def _odd_on_the_way_out(refusal: Reason | None) -> Reason | None:
    """Drop what is not odd for somebody who leaves: a one-entry pass is used up by the entry it gave."""
    return None if refusal is Reason.USED else refusal


def _refusal(reading: Reading, now: Instant, place: Place, rules: Rulebook, presence: Presence) -> Reason | None:
    """Walk the checks in their order; the first refusal is the reason."""
    match reading:
        case Unreadable(reason) | Untrusted(reason):
            return reason
        case Pass():
            return (
                validity(reading, now)
                or _policy_in_force(rules, now)
                or _blocked(reading, rules.policy)
                or _admitted(reading, now, place, rules.policy)
                or (Reason.USED if presence.used_up(reading) else None)
            )
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


def _admitted(credential: Pass, now: Instant, place: Place, policy: Policy | None) -> Reason | None:
    """Hold the pass against its class: format, area, gate, hours, health."""
    rule = policy.classes.get(credential.pass_class) if policy else None
    if policy is None or rule is None or credential.format not in policy.formats:
        return Reason.CLASS_NOT_ADMITTED
    if place.area not in credential.areas or (rule.areas is not None and place.area not in rule.areas):
        return Reason.WRONG_AREA
    if credential.gates and place.gate not in credential.gates:
        return Reason.WRONG_GATE
    if not _open_hours(rule, now, ZoneInfo(policy.timezone)):
        return Reason.HOURS
    return None if rule.health is None or _healthy(credential, now) else Reason.HEALTH


def _open_hours(rule: ClassRule, now: Instant, zone: ZoneInfo) -> bool:
    """Say whether the class may pass at both ends of the time interval."""
    if rule.hours is None:
        return True
    return all(covered(rule.hours, moment, zone) for moment in (now.earliest, now.latest))
