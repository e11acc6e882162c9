"""The edges of times, colours and national rules: the second, the day and the word at which the answer turns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from firmware.events import NEVER, Colour, Instant
from firmware.passes.health import HealthFacts, Test, TestKind
from firmware.passes.outcome import Pass
from firmware.rules.certlogic.rule import Rule
from firmware.rules.certlogic.ruleset import NationalRules
from firmware.rules.effective import ALWAYS, Effective, moment
from firmware.rules.health.colour import _negative
from firmware.rules.health.profile import Conditions, NegativeTest
from firmware.rules.health_action import colour_shown, health_action
from firmware.rules.policy import Policy, visitor_management
from firmware.rules.rulebook import Rulebook
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.colours import profile
from tests.unit.rules.test_certlogic import RULE

ZONE = ZoneInfo("Asia/Jakarta")
OPEN = visitor_management()
DAY = date(2022, 8, 1)
PASS = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, NOON - 3600, NOON + 3600, NEVER)


def test_policies_change_by_the_latest_second_and_by_the_earliest_of_a_clock_nobody_vouches_for() -> None:
    """The bound itself is a clock that nobody vouches for."""
    assert moment(Instant(0, NOON, NOON + 9)) == NOON + 9
    assert moment(Instant(0, NOON, NEVER - 1)) == NEVER - 1
    assert moment(Instant(0, NOON, NEVER)) == NOON


def test_what_is_left_open_holds_at_every_second() -> None:
    """A time of its own without an end, one without a beginning, and a policy that a tool's operator vouches for."""
    first = int(datetime(2026, 1, 5, 8, tzinfo=ZONE).timestamp())
    assert Effective.model_validate({"from": "2026-01-05T08:00"}).seconds(ZONE) == (first, ALWAYS[1])
    assert Effective.model_validate({"until": "2026-01-05T08:00"}).seconds(ZONE) == (ALWAYS[0], first)
    assert ALWAYS == (0, NEVER + 1)
    assert Rulebook.unlimited(OPEN) == Rulebook(OPEN, expires=NEVER + 1, revocations_issued=0)


def test_no_policy_at_all_has_no_time_of_its_own() -> None:
    """At the first second and at the last nothing earlier counts in its place."""
    none = Rulebook(earlier=(Rulebook.unlimited(OPEN),))
    for second in ALWAYS[0], ALWAYS[1] - 1:
        assert none.at(Instant(0, second, NEVER)) is none


def test_what_is_known_of_revocations_is_known_by_earlier_policies_too() -> None:
    """The list that lies here is one, whichever policy counts."""
    book = replace(Rulebook.unlimited(OPEN), version=2, earlier=(Rulebook(OPEN, 1, 5, 9),))
    told = book.knowing(NOON, None)
    assert told == replace(
        book,
        revocations_issued=NOON,
        revocations_lost=True,
        earlier=(Rulebook(OPEN, 1, 5, 9, NOON, revocations_lost=True),),
    )


NO_SUCH_TIMES: list[tuple[dict[str, object], str]] = [
    ({"effective": {"from": "2026-02-30T08:00"}}, "no time of the calendar (found '2026-02-30T08:00')"),
    (
        {"calendar": [{"date": "2026-02-30", "kind": "public_holiday", "name": "x"}]},
        "no day of the calendar (found '2026",
    ),
]


@pytest.mark.parametrize(("keys", "told"), NO_SUCH_TIMES)
def test_a_time_that_no_calendar_has_is_named(keys: dict[str, object], told: str) -> None:
    """Whoever wrote it reads what they wrote."""
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate({"profile": "t", "classes": {"visitor": {}}} | keys)
    assert told in str(caught.value)


def policy(health: str | None, **keys: object) -> Policy:
    """Ask one class for its health."""
    return Policy.model_validate({"profile": "t", "classes": {"visitor": {"health": health}}} | keys)


COLOURED = policy(
    "colour",
    health_profile=profile(areas={"clinic": {"yellow": "deny", "red": "allow", "black": "allow"}}).model_dump(
        by_alias=True, exclude_none=True
    ),
)
ACTIONS: list[tuple[Policy, Pass, str]] = [
    (policy(None), PASS, "allow"),
    (policy("required"), PASS, "deny"),
    (policy("required"), replace(PASS, health_ok_until=NOON + 1), "allow"),
    (policy("required"), replace(PASS, pass_class="nobody"), "allow"),
    (policy("rules"), PASS, "deny"),
    (policy("colour"), PASS, "deny"),
    (COLOURED, PASS, "deny"),
]


@pytest.mark.parametrize(("asked", "credential", "action"), ACTIONS)
def test_each_answer_of_health_is_one_of_three_words(asked: Policy, credential: Pass, action: str) -> None:
    """A class that asks for none is none of its business, one of which nothing is known is denied."""
    assert health_action(credential, asked, "lobby", AT_NOON) == action


def test_the_colour_that_is_told_is_the_stricter_one_of_this_area() -> None:
    """Between two days yellow turns to red: told is whichever comes to less where somebody stands."""
    midnight = datetime(2022, 6, 2, tzinfo=ZONE)
    recovered = midnight.date() - timedelta(days=90)
    holder = replace(PASS, health=HealthFacts(recoveries=(recovered,), born=date(1990, 1, 1)))
    second = int(midnight.timestamp())
    for area, told in (("lobby", Colour.RED), ("clinic", Colour.YELLOW)):
        assert colour_shown(holder, COLOURED, area, Instant(0, second - 1, second)) is told
        assert colour_shown(holder, COLOURED, area, Instant(0, second, second + 1)) is Colour.RED
    assert colour_shown(replace(holder, pass_class="nobody"), COLOURED, "lobby", AT_NOON) is None
    uncoloured = COLOURED.model_copy(update={"classes": policy("required").classes})
    assert colour_shown(holder, uncoloured, "lobby", Instant(0, second, second)) is None
    assert colour_shown(holder, policy("colour"), "lobby", Instant(0, second, second)) is None


TESTED: list[tuple[tuple[tuple[int, TestKind, bool], ...], bool]] = [
    (((0, TestKind.ANTIGEN, False),), True),
    (((2, TestKind.PCR, True), (1, TestKind.ANTIGEN, False)), False),
    (((1, TestKind.PCR, False), (0, TestKind.ANTIGEN, True)), False),
    (((2, TestKind.PCR, False), (1, TestKind.ANTIGEN, False)), True),
    (((3, TestKind.PCR, False),), False),
]


@pytest.mark.parametrize(("tests", "counts"), TESTED)
def test_a_negative_test_counts_for_its_days_where_none_that_is_newer_is_positive(
    tests: tuple[tuple[int, TestKind, bool], ...],
    counts: bool,  # noqa: FBT001  a table
) -> None:
    """An antigen test for its day, a PCR test for three; a positive one never counts as one of them."""
    known = [Test(DAY - timedelta(days=ago), kind, positive=positive) for ago, kind, positive in tests]
    assert _negative(NegativeTest(antigen_days=1, pcr_days=3), known, DAY) is counts


HIDING: list[tuple[Conditions, Conditions, bool]] = [
    (Conditions(age_from=18), Conditions(age_from=18, doses="full"), True),
    (Conditions(age_from=18), Conditions(age_from=17, doses="full"), False),
    (Conditions(doses="some"), Conditions(doses="some", age_from=6), True),
    (Conditions(age_below=18), Conditions(age_below=18, doses="full"), True),
]


@pytest.mark.parametrize(("earlier", "later", "hidden"), HIDING)
def test_a_rule_with_the_same_bound_is_hidden(earlier: Conditions, later: Conditions, hidden: bool) -> None:  # noqa: FBT001  a table
    """A bound includes itself."""
    assert earlier.hides(later) is hidden


ONCE = {"v": [{"dn": 1}]}
FAILS = {"===": [1, 2]}
BEGINS, ENDS = datetime(2022, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)


def test_a_national_rule_holds_from_its_first_second_to_its_last() -> None:
    """Both are its own; of two that call themselves the same version in two spellings the first counts."""
    passes = RULE | {"Logic": {"===": [1, 1]}}
    rules = NationalRules.model_validate({"rules": [passes, RULE | {"Version": "01.0.0", "Logic": FAILS}]})
    assert [rules.acceptable(ONCE, at) for at in (BEGINS, ENDS)] == [True, True]
    apart = timedelta(seconds=1)
    assert [rules.acceptable(ONCE, at) for at in (BEGINS - apart, ENDS + apart)] == [False, False]


NAMED: list[tuple[dict[str, object], str]] = [
    ({"Logic": {"if": [True, 2.5, {"var": "x."}]}}, "2.5 is a non-integer number; data access path"),
    ({"EngineVersion": "2" * 30}, f"version {'2' * 20} is newer"),
]


@pytest.mark.parametrize(("changes", "told"), NAMED)
def test_every_mistake_of_a_rule_is_named_and_none_at_length(changes: dict[str, object], told: str) -> None:
    """One after the other, and of a version no more than its beginning."""
    with pytest.raises(ValidationError) as caught:
        Rule.model_validate(RULE | changes)
    assert told in str(caught.value)
