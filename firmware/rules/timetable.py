"""The door's timetable: which posture the policy wants at this moment. Pure.

It holds only while the clock is trusted and the policy is in force, at every instant that the clock allows: a gate that
does not know what time it is does not stand open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from firmware.events import NEVER, Posture
from firmware.rules.policy import covered

if TYPE_CHECKING:
    from firmware.events import Instant
    from firmware.rules.decide import Rulebook


def posture_of(rules: Rulebook, now: Instant) -> Posture | None:
    """Return the posture that the timetable wants now; None if it wants none, or must not be believed."""
    if rules.policy is None or now.latest >= NEVER or not rules.issued <= now.latest < rules.expires:
        return None
    zone = ZoneInfo(rules.policy.timezone)
    for timed in rules.policy.postures:
        if all(covered((timed,), moment, zone) for moment in (now.earliest, now.latest)):
            return Posture(timed.posture)
    return None
