"""Hours that say nothing, days that no calendar has, postures that never come. Pure; `soundness` asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from firmware.rules.hours import HolidayHours, Hours, Timed
    from firmware.rules.policy import Policy


def openings(policy: Policy) -> Iterator[str]:
    """An opening that lies inside another of its class says nothing."""
    for name, rule in policy.classes.items():
        hours = rule.hours or ()
        for at, one in enumerate(hours):
            for other_at, other in enumerate(hours):
                twice = one == other and at > other_at
                if at != other_at and _inside(one, other) and (one != other or twice):
                    yield f"classes.{name}.hours.{at}: lies inside of hours.{other_at}; leave it out"
                    break


def _inside(one: Hours, other: Hours) -> bool:
    """Say whether whenever one opening holds the other does."""
    begins, ends = other.minutes
    return set(one.days) <= set(other.days) and begins <= one.minutes[0] and one.minutes[1] <= ends


def _twice(name: str, hours: Sequence[HolidayHours]) -> Iterator[str]:
    """An opening on days of the calendar that lies inside another one says nothing either."""
    for at, one in enumerate(hours):
        for other_at, other in enumerate(hours):
            kinds, (begins, ends) = set(one.kinds) <= set(other.kinds), other.minutes
            inside = kinds and begins <= one.minutes[0] and one.minutes[1] <= ends
            same = set(one.kinds) == set(other.kinds) and one.minutes == other.minutes
            if at != other_at and inside and (not same or at > other_at):
                yield f"classes.{name}.holiday_hours.{at}: lies inside of holiday_hours.{other_at}; leave it out"
                break


def holidays(policy: Policy) -> Iterator[str]:
    """What is said of days of the calendar needs such days, and is said once."""
    seen: dict[str, int] = {}
    for at, off in enumerate(policy.calendar):
        if (first := seen.setdefault(off.date, at)) != at:
            yield f"calendar.{at}.date: {off.date} is calendar.{first} already; leave one of them out"
    kinds = {off.kind for off in policy.calendar}
    for name, rule in policy.classes.items():
        if rule.holidays is not None and rule.holiday_hours is not None:
            yield f"classes.{name}.holidays: is closed, and holiday_hours say when it is open; leave one of them out"
        if (rule.holidays is not None or rule.holiday_hours is not None) and not kinds:
            key = "holidays" if rule.holidays is not None else "holiday_hours"
            yield f"classes.{name}.{key}: there is no calendar, so it never holds; add 'calendar' or leave it out"
        yield from _twice(name, rule.holiday_hours or ())
        for at, one in enumerate(rule.holiday_hours or ()):
            if kinds and not kinds & set(one.kinds):
                yield f"classes.{name}.holiday_hours.{at}: no day of the calendar is of its kind; leave it out"
    for at, timed in enumerate(policy.postures):
        if timed.holidays is not None and not kinds:
            yield f"postures.{at}.holidays: there is no calendar; add 'calendar' or leave it out"


def postures(policy: Policy) -> Iterator[str]:
    """A time whose every minute belongs to times before it in the list never gives its posture."""
    for at, timed in enumerate(policy.postures):
        before = policy.postures[:at]
        if all(
            _shadowed(timed, day, off, before) for day in timed.days for off in (False, True) if _meant(timed, off=off)
        ):
            yield f"postures.{at}: never holds, for those before it do; leave it out or put it before them"
        for name in timed.first_in or ():
            if name not in policy.classes:
                yield f"postures.{at}.first_in: {name} is no class of this policy, so it never opens; name one that is"


def _meant(timed: Timed, *, off: bool) -> bool:
    """Say whether a time is meant for days of the calendar (`off`), or for all others."""
    return timed.holidays is None or (timed.holidays == "only") is off


def _shadowed(timed: Timed, day: str, off: bool, before: Sequence[Timed]) -> bool:  # noqa: FBT001  one of two kinds of day
    """Say whether every minute of a time on such a day is covered by times that surely hold before it."""
    spans = sorted(one.minutes for one in before if day in one.days and _meant(one, off=off) and one.first_in is None)
    reached, end = timed.minutes
    for begins, ends in spans:
        if begins <= reached < ends:
            reached = ends
    return reached >= end
