"""The door's timetable: which posture the policy wants at this moment. Pure.

It holds only while the clock is trusted and the policy in force, at every instant that the clock allows: a gate that
does not know what time it is does not stand open.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from firmware.events import NEVER, Posture
from firmware.rules.hours import local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.events import Instant
    from firmware.rules.decide import Rulebook
    from firmware.rules.hours import Local, Timed
    from firmware.rules.policy import Policy

NOBODY: Final[Mapping[str, int]] = MappingProxyType({})


def posture_of(rules: Rulebook, now: Instant, came_in: Mapping[str, int] = NOBODY) -> Posture | None:
    """Return the posture that the timetable wants now; None if it wants none, or must not be believed.

    `came_in` names by class when (Unix seconds) a pass of it last went in, for what waits for the first person.
    """
    policy = rules.policy
    if policy is None or now.latest >= NEVER or not rules.begins <= now.latest < rules.ends:
        return None
    ends = [local(moment, policy.zone) for moment in (now.earliest, now.latest)]
    days = {at.date for at in ends}
    for timed in policy.postures:
        if all(_holds(timed, at, policy) for at in ends) and _somebody_came(timed, days, policy, came_in):
            return Posture(timed.posture)
    return None


def _holds(timed: Timed, at: Local, policy: Policy) -> bool:
    """Say whether a time of the week holds at one end of the interval."""
    off = policy.days_off.get(at.date)
    return timed.holds_at(at, None if off is None else off.kind)


def _somebody_came(timed: Timed, days: set[str], policy: Policy, came_in: Mapping[str, int]) -> bool:
    """Say whether the first person that a time waits for came in on the only day that it can be."""
    if timed.first_in is None:
        return True
    came = {local(came_in[name], policy.zone).date for name in timed.first_in if name in came_in}
    return len(days) == 1 and days <= came
