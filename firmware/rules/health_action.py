"""What the health of a pass's holder comes to at this door, now: the question that decide() asks.

Judged on the whole time interval: the stricter of its two ends counts. What is not known is denied.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from firmware.rules.health.colour import colour_of

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from firmware.events import Colour, Instant
    from firmware.passes.outcome import Pass
    from firmware.rules.health.profile import Action
    from firmware.rules.policy import Policy

_STRICTER: Final[tuple[Action, ...]] = ("allow", "verify", "deny")


def health_action(credential: Pass, policy: Policy, area: str, now: Instant) -> Action:
    """Return what the health that the class of the pass asks for comes to."""
    rule = policy.classes.get(credential.pass_class)
    match None if rule is None else rule.health:
        case None:
            return "allow"
        case "required":
            until = credential.health_ok_until
            return "allow" if until is not None and now.latest < until else "deny"
        case "rules":
            return "allow" if _acceptable(credential, policy, now) else "deny"
        case "colour":
            profile = policy.health_profile
            if profile is None:
                return "deny"
            actions = [profile.action(colour, area) for colour in _colours(credential, policy, now)]
            return max(actions, key=_STRICTER.index)


def _acceptable(credential: Pass, policy: Policy, now: Instant) -> bool:
    """Say whether the certificate passes the national rules at both ends of the time interval."""
    rules, certificate = policy.national_rules, credential.certificate
    if rules is None or certificate is None:
        return False
    ends = [_local(moment, policy.zone) for moment in (now.earliest, now.latest)]
    return all(end is not None and rules.acceptable(certificate, end) for end in ends)


def colour_shown(credential: Pass, policy: Policy, area: str, now: Instant) -> Colour | None:
    """Return the colour behind the answer, for the few who may read it; None where there is none or it is unknown."""
    rule, profile = policy.classes.get(credential.pass_class), policy.health_profile
    if rule is None or rule.health != "colour" or profile is None:
        return None
    return max(_colours(credential, policy, now), key=lambda colour: _STRICTER.index(profile.action(colour, area)))


def _colours(credential: Pass, policy: Policy, now: Instant) -> tuple[Colour | None, Colour | None]:
    """Return the colour at both ends of the time interval."""
    zone = policy.zone
    first, last = _day(now.earliest, zone), _day(now.latest, zone)
    return _colour(credential, policy, first), _colour(credential, policy, last)


def _colour(credential: Pass, policy: Policy, day: date | None) -> Colour | None:
    if credential.health is None or policy.health_profile is None or day is None:
        return None
    return colour_of(credential.health, policy.health_profile, day)


def _day(moment: int, zone: ZoneInfo) -> date | None:
    local = _local(moment, zone)
    return None if local is None else local.date()


def _local(moment: int, zone: ZoneInfo) -> datetime | None:
    """Return the local time of a Unix second; None where no calendar has it."""
    try:
        return datetime.fromtimestamp(moment, zone)
    except (OverflowError, ValueError, OSError):
        return None
