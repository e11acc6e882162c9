"""colour_of(): which colour facts have on a day by a profile. Total, deterministic; what no rule names has no colour.

A day after the one that is asked for has not come yet: a fact dated there counts for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.events import Colour
from firmware.passes.health import TestKind
from firmware.rules.health.profile import DOSES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from firmware.passes.health import HealthFacts, Test
    from firmware.rules.health.profile import Conditions, Doses, HealthProfile, NegativeTest, NegativeTests, Positive


def colour_of(facts: HealthFacts, profile: HealthProfile, day: date) -> Colour | None:
    """Return the colour on a local day; None where the profile has none for these facts or that day."""
    version = profile.version_on(day)
    for rule in () if version is None else version.rules:
        by_test = rule.when.negative_test is None or profile.green_by_test
        if by_test and _holds(rule.when, facts, day):
            return Colour(rule.colour)
    return None


def _holds(when: Conditions, facts: HealthFacts, day: date) -> bool:
    """Say whether every condition holds that is set."""
    return (
        _of_age(when, facts.born, day)
        and (when.doses is None or _vaccinated(when.doses, facts, day))
        and (when.recovered_under_days is None or _within(facts.recoveries, day, when.recovered_under_days))
        and (when.positive is None or _positive(when.positive, facts.tests, day))
        and (when.contact_under_days is None or _within(facts.contacts, day, when.contact_under_days))
        and (when.negative_test is None or _negative(when.negative_test, facts.tests, day))
    )


def _of_age(when: Conditions, born: date | None, day: date) -> bool:
    """Hold the age in completed years against the band; whose age nobody knows is in none."""
    if when.age_from is None and when.age_below is None:
        return True
    if born is None or born > day:
        return False
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return (when.age_from is None or age >= when.age_from) and (when.age_below is None or age < when.age_below)


def _vaccinated(least: Doses, facts: HealthFacts, day: date) -> bool:
    """Say whether somebody is vaccinated at least so far; of different courses the longest counts."""
    taken = [dose for dose in facts.doses if dose.day <= day]
    number = max((dose.number for dose in taken), default=0)
    course = max([1, *(dose.course for dose in taken)])
    reached = (number >= 1) + (number >= course) + (number > course)
    return reached > DOSES.index(least)


def _within(days: Iterable[date], day: date, limit: int) -> bool:
    """Say whether one of these days was fewer than `limit` days ago; the day itself is 0 days ago."""
    return any(0 <= (day - past).days < limit for past in days)


def _negative(when: NegativeTest, tests: Iterable[Test], day: date) -> bool:
    """Say whether a negative test still counts and none that is as new is positive."""
    known = sorted((test for test in tests if test.day <= day), key=lambda test: (test.day, test.positive))
    return any(
        _within([test.day], day, when.pcr_days if test.kind is TestKind.PCR else when.antigen_days)
        for test in known
        if not test.positive and not known[-1].positive
    )


def _positive(when: Positive, tests: Iterable[Test], day: date) -> bool:
    """Say whether an infection goes on: a positive test begins one, others within it do not begin another."""
    begun: date | None = None
    negative: list[date] = []
    # Of several results of one day the positive one comes last, so that it outweighs the others.
    for test in sorted((test for test in tests if test.day <= day), key=lambda test: (test.day, test.positive)):
        if begun is not None and _over(when, begun, negative, test.day):
            begun = None
        if test.positive:
            begun, negative = begun or test.day, []
        elif begun is not None and test.kind is TestKind.PCR:
            negative.append(test.day)
    return begun is not None and not _over(when, begun, negative, day)


def _over(when: Positive, begun: date, negative: Iterable[date], day: date) -> bool:
    """Say whether an infection has ended by a day, by time or by the tests that end it."""
    return (day - begun).days >= when.under_days or (
        when.ended_by is not None and _enough(when.ended_by, begun, negative)
    )


def _enough(tests: NegativeTests, begun: date, negative: Iterable[date]) -> bool:
    """Say whether enough days brought a negative test late enough."""
    return len({past for past in negative if (past - begun).days >= tests.from_day}) >= tests.pcr
