"""The colours of the shipped profile: four versions, each side of every boundary, as tables beside this file."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.events import Colour
from firmware.passes.health import Dose, HealthFacts, Test, TestKind
from firmware.rules.health.colour import colour_of
from firmware.rules.health.profile import HealthProfile
from tests.unit.rules.colours import Case, cases, profile

VERSIONS = ("2021-08-10", "2021-09-06", "2022-02-14", "2022-07-17")
SHIPPED = profile()
BY_TEST = profile(green_by_test=True)
TABLES = {version: cases(version) for version in VERSIONS}
ROWS = [pytest.param(case, id=f"{version}-{case.words}") for version in VERSIONS for case in TABLES[version]]


@pytest.mark.parametrize("case", ROWS)
def test_each_row_has_its_colour(case: Case) -> None:
    """Doses, days 9/10, 13/14 and 89/90, ages 5/6 and 17/18, tests of days 5 and 6, the first day of a version."""
    assert colour_of(case.facts, BY_TEST if case.by_test else SHIPPED, case.day) is case.colour, case.why


def test_every_version_has_its_table() -> None:
    """The shipped profile has these four versions, each at least sixty cases, and every colour that it can give."""
    assert tuple(version.from_ for version in SHIPPED.versions) == VERSIONS
    for version in SHIPPED.versions:
        table = TABLES[version.from_]
        assert len(table) >= 60
        assert {rule.colour for rule in version.rules} <= {case.colour for case in table}


def test_the_order_of_facts_does_not_matter() -> None:
    """Tests and doses come in whatever order a certificate has them; the colour is the same."""
    for case in (case for table in TABLES.values() for case in table if 1 < len(case.tests) <= 4):
        for tests in permutations(case.facts.tests):
            mixed = replace(case.facts, tests=tests, doses=tuple(reversed(case.facts.doses)))
            assert colour_of(mixed, BY_TEST if case.by_test else SHIPPED, case.day) is case.colour


DAYS = st.dates(date(2021, 1, 1), date(2023, 12, 31))
FACTS = st.builds(
    HealthFacts,
    st.lists(st.builds(Dose, DAYS, st.integers(0, 5), st.integers(0, 3)), max_size=4).map(tuple),
    st.lists(st.builds(Test, DAYS, st.sampled_from(TestKind), positive=st.booleans()), max_size=6).map(tuple),
    st.lists(DAYS, max_size=2).map(tuple),
    st.lists(DAYS, max_size=2).map(tuple),
    st.none() | st.dates(date(1920, 1, 1), date(2023, 12, 31)),
)


@given(FACTS, DAYS)
def test_whoever_was_a_contact_or_turned_positive_today_is_black(facts: HealthFacts, day: date) -> None:
    """Once there is black no other fact outweighs it, and before that the same facts are red."""
    expected = Colour.BLACK if day >= date(2021, 9, 6) else Colour.RED if day >= date(2021, 8, 10) else None
    assert colour_of(replace(facts, contacts=(*facts.contacts, day)), BY_TEST, day) is expected
    ill = Test(day, TestKind.ANTIGEN, positive=True)
    assert colour_of(replace(facts, tests=(*facts.tests, ill)), BY_TEST, day) is expected


@given(FACTS, DAYS)
def test_what_has_not_come_yet_changes_nothing(facts: HealthFacts, day: date) -> None:
    """Facts of later days are as good as none."""
    known = replace(
        facts,
        doses=tuple(dose for dose in facts.doses if dose.day <= day),
        tests=tuple(test for test in facts.tests if test.day <= day),
        recoveries=tuple(past for past in facts.recoveries if past <= day),
        contacts=tuple(past for past in facts.contacts if past <= day),
    )
    assert colour_of(facts, BY_TEST, day) is colour_of(known, BY_TEST, day)


@given(FACTS, DAYS)
def test_doses_never_make_a_colour_worse(facts: HealthFacts, day: date) -> None:
    """Whoever takes one more dose of the same course has at least the colour from before."""
    better = [Colour.GREEN, Colour.YELLOW, Colour.RED, Colour.BLACK, None]
    course = max((dose.course for dose in facts.doses if dose.day <= day), default=2)
    number = max((dose.number for dose in facts.doses if dose.day <= day), default=0)
    more = replace(facts, doses=(*facts.doses, Dose(day, number + 1, course)))
    assert better.index(colour_of(more, SHIPPED, day)) <= better.index(colour_of(facts, SHIPPED, day))


def test_nothing_of_a_person_is_printed() -> None:
    """The repr that an error or a log could show names no day and no count."""
    day = date(2022, 1, 2)
    facts = HealthFacts((Dose(day, 2, 3),), (Test(day, TestKind.PCR, positive=True),), (day,), (day,), day)
    told = f"{facts!r} {facts.doses[0]!r} {facts.tests[0]!r}"
    assert told == "HealthFacts() Dose() Test()"
    assert len(fields(facts)) == 5


FIRST = {"from": "2022-01-01", "rules": [{"colour": "red"}]}
MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"versions": []}, "versions"),
    ({"versions": [FIRST, FIRST]}, "must begin after"),
    ({"versions": [FIRST | {"from": "2022-02-30"}]}, "there is no day '2022-02-30'"),
    ({"versions": [FIRST | {"rules": []}]}, "rules"),
    ({"versions": [FIRST | {"rules": [{"colour": "orange"}]}]}, "colour"),
    ({"versions": [FIRST | {"rules": [{"colour": "red", "when": {"blood": "a"}}]}]}, "blood"),
    (
        {"versions": [FIRST | {"rules": [{"colour": "red"}, {"colour": "green"}, {"colour": "red"}]}]},
        "rule 3 is never reached",
    ),
    ({"versions": [FIRST | {"rules": [{"colour": "red", "when": {"age_from": 18, "age_below": 18}}]}]}, "nobody is 18"),
    ({"versions": [FIRST], "actions": {"black": "verify"}}, "who is ill"),
    ({"versions": [FIRST], "areas": {"lobby": {"red": "allow"}}}, "who is ill"),
    ({"versions": [FIRST], "actions": {"unknown": "allow"}}, "unknown"),
]


@pytest.mark.parametrize(("changes", "told"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_a_profile_that_contradicts_itself_is_refused(changes: dict[str, object], told: str) -> None:
    """Rules that hide each other, days that do not exist, and actions that show who is ill never become a profile."""
    with pytest.raises(ValidationError) as caught:
        HealthProfile.model_validate({"name": "test"} | changes)
    assert told in str(caught.value)


HIDING = [
    ({"doses": "some"}, {"doses": "full"}, True),
    ({"doses": "full"}, {"doses": "some"}, False),
    ({"doses": "full"}, {"recovered_under_days": 90}, False),
    ({"recovered_under_days": 90}, {"recovered_under_days": 89, "doses": "full"}, True),
    ({"recovered_under_days": 89}, {"recovered_under_days": 90}, False),
    ({"contact_under_days": 14}, {"contact_under_days": 14, "age_from": 6}, True),
    ({"contact_under_days": 13}, {"contact_under_days": 14}, False),
    ({"age_from": 6}, {"age_from": 18}, True),
    ({"age_from": 18}, {"age_from": 6}, False),
    ({"age_below": 18}, {"age_below": 6}, True),
    ({"age_below": 6}, {"age_below": 18}, False),
    ({"age_below": 6}, {}, False),
    ({"positive": {"under_days": 10}}, {"positive": {"under_days": 10}}, True),
    ({"positive": {"under_days": 10}}, {"positive": {"under_days": 9}}, False),
    ({"negative_test": {"antigen_days": 1, "pcr_days": 3}}, {}, False),
]


@pytest.mark.parametrize(("first", "second", "hidden"), HIDING)
def test_a_rule_that_another_hides_is_found(
    first: dict[str, object], second: dict[str, object], *, hidden: bool
) -> None:
    """Whoever meets the second meets the first: that, and nothing else, is a mistake."""
    rules = [{"colour": "green", "when": first}, {"colour": "red", "when": second}]
    document = {"name": "test", "versions": [{"from": "2022-01-01", "rules": rules}]}
    if hidden:
        with pytest.raises(ValidationError, match="rule 2 is never reached, rule 1 holds before it"):
            HealthProfile.model_validate(document)
    else:
        assert HealthProfile.model_validate(document).versions[0].rules


def test_before_the_first_version_and_after_the_last() -> None:
    """There is no colour before the rules, and the newest rules hold until there are newer ones."""
    assert colour_of(HealthFacts(), SHIPPED, date.min) is None
    born = date(1990, 1, 1)
    assert colour_of(HealthFacts(born=born), SHIPPED, date(2022, 7, 17) + timedelta(days=9_999)) is Colour.RED


def test_whoever_is_born_today_has_an_age_and_whoever_is_born_tomorrow_has_none() -> None:
    """The first is younger than a year."""
    rules = [{"colour": "green", "when": {"age_below": 1}}]
    young = HealthProfile.model_validate({"name": "test", "versions": [{"from": "2022-01-01", "rules": rules}]})
    today = date(2022, 7, 17)
    days = [today + timedelta(days=1), today, date(2021, 7, 18), date(2021, 7, 17)]
    assert [colour_of(HealthFacts(born=born), young, today) for born in days] == [
        None,
        Colour.GREEN,
        Colour.GREEN,
        None,
    ]
