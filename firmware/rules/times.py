"""May a class come at this time? Its week, and the days of the calendar on which a week is not as usual. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.events import Reason
from firmware.rules.hours import local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.events import Instant
    from firmware.rules.policy import ClassRule, Policy


def out_of_hours(rule: ClassRule, policy: Policy, now: Instant) -> Iterator[Reason]:
    """Name why the class may not come, `holiday` before `hours`, at either end of what the clock allows."""
    if rule.hours is None and rule.holidays is None and rule.holiday_hours is None:
        return
    found = {_closed(rule, policy, moment) for moment in (now.earliest, now.latest)}
    yield from (reason for reason in (Reason.HOLIDAY, Reason.HOURS) if reason in found)


def _closed(rule: ClassRule, policy: Policy, moment: int) -> Reason | None:
    """Say why the class may not come at this Unix second; on a day of the calendar its holiday rule is asked alone."""
    at = local(moment, policy.zone)
    off = policy.days_off.get(at.date)
    if off is None or (rule.holidays is None and rule.holiday_hours is None):
        return None if rule.hours is None or any(one.covers(at) for one in rule.hours) else Reason.HOURS
    open_now = any(one.covers(off.kind, at) for one in rule.holiday_hours or ())
    return None if open_now and rule.holidays is None else Reason.HOLIDAY
