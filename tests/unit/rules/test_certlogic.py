"""CertLogic beyond its published suites: bounds, times at their edges, and that nothing but its own error comes out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.rules.certlogic.evaluating import evaluate
from firmware.rules.certlogic.operators import MAX_ARRAY, MAX_DEPTH, OPERANDS
from firmware.rules.certlogic.rule import Rule
from firmware.rules.certlogic.validating import MAX_MISTAKES, mistakes
from firmware.rules.certlogic.values import EvaluationError, later, moment


def deep(times: int) -> object:
    """Nest a negation."""
    expression: object = True
    for _ in range(times):
        expression = {"!": [expression]}
    return expression


SUM = {"reduce": [{"var": ""}, {"+": [{"var": "accumulator"}, {"var": "current"}]}, 0]}
EACH = {"reduce": [{"var": "data"}, {"+": [{"var": "accumulator"}, 1]}, 0]}
TWICE = {"reduce": [{"var": ""}, EACH, 0]}
FAILS: list[tuple[object, object, str]] = [
    (deep(MAX_DEPTH + 1), None, "deeper"),
    (SUM, [0] * (MAX_ARRAY + 1), "an array of more"),
    (TWICE, [0] * MAX_ARRAY, "steps"),
    ({"in": [0, {"var": ""}]}, [1] * 30_000, "steps"),
    (SUM, [2**53 - 1, 1], "not an integer"),
    ({"+": [1, "1"]}, None, "not an integer"),
    ({"+": [1, True]}, None, "not an integer"),
    ({"<": [1, 2.5]}, None, "not an integer"),
    ({"<": [2, 1, "x"]}, None, "not an integer"),
    ({"after": ["2022-01-01", "2021-01-01"]}, None, "not a time"),
    ({"!": [{"plusTime": ["2022-01-01", 0, "day"]}]}, None, "neither true nor false"),
    ({"!": [{"var": ""}]}, 2.5, "neither true nor false"),
    ({"===": [{"var": ""}, {"var": ""}]}, [1], "simple"),
    ({"in": ["a", {"var": "x"}]}, {}, "in takes an array"),
    ({"reduce": [1, 1, 1]}, None, "reduce takes an array"),
    ({"plusTime": ["2022-01-01", 1, "week"]}, None, "unit"),
    ({"plusTime": [{"var": ""}, 1, "day"]}, None, "short text"),
    ({"plusTime": ["2" * 65, 1, "day"]}, None, "short text"),
    ({"plusTime": ["yesterday", 1, "day"]}, None, "no date"),
    ({"plusTime": ["2022-02-30T00:00:00Z", 1, "day"]}, None, "formats"),
    ({"plusTime": ["9999-12-31", 1, "day"]}, None, "calendar"),
    ({"plusTime": ["2022-01-01", 2**53 - 1, "year"]}, None, "calendar"),
    ({"dccDateOfBirth": ["2022-13"]}, None, "no such day"),
    ({"dccDateOfBirth": ["2022-01-01T00:00:00Z"]}, None, "no date"),
    ({"extractFromUVCI": [7, 0]}, None, "not an identifier"),
    ({"extractFromUVCI": ["a" * 257, 0]}, None, "not an identifier"),
    ({"var": 1}, None, "no path"),
    ({"var": "x" * 257}, None, "no path"),
    ({"all": [1]}, None, "no operation"),
    ({"if": [1, 2]}, None, "no operation"),
    ({"and": [1]}, None, "no operation"),
    ({"!": True}, None, "no operation"),
    ({1: [True]}, None, "no operation"),
    ({}, None, "not an expression"),
    (None, None, "not an expression"),
    (2.5, None, "not an integer"),
]


@pytest.mark.parametrize(("expression", "data", "told"), FAILS)
def test_what_has_no_value_fails_with_one_error(expression: object, data: object, told: str) -> None:
    """Every bound and every value of the wrong kind ends the evaluation, and nothing is guessed."""
    with pytest.raises(EvaluationError, match=told):
        evaluate(expression, data)


HOLDS: list[tuple[object, object, object]] = [
    (deep(MAX_DEPTH), None, True),
    (SUM, [1] * MAX_ARRAY, MAX_ARRAY),
    ({"and": [{"var": "x"}, {"+": ["never", "looked at"]}]}, {}, None),
    ({"if": [False, {"+": ["never", "looked at"]}, "x"]}, None, "x"),
    ({"===": [{"var": "0"}, {"var": "1"}]}, [1, True], False),
    ({"===": [{"var": "0"}, {"var": "1"}]}, [2, 2.0], True),
    ({"===": [{"var": "0"}, {"var": "1"}]}, [None, None], True),
    ({"===": [{"var": "0"}, {"var": "1"}]}, [[], "x"], False),
    ({"in": [1, {"var": ""}]}, [True, "1"], False),
    ({"var": "x.-1"}, {"x": [1, 2]}, None),
    ({"var": "x.00"}, {"x": [1, 2]}, None),
    ({"var": "x.length"}, {"x": [1, 2]}, None),
    ({"var": "0"}, "text", None),
    ({"extractFromUVCI": ["urn:uvci:01:NL", 0]}, None, "urn"),
]


@pytest.mark.parametrize(("expression", "data", "value"), HOLDS)
def test_what_is_not_looked_at_cannot_fail(expression: object, data: object, value: object) -> None:
    """Laziness, the largest that is allowed, and equality without conversion."""
    found = evaluate(expression, data)
    assert found == value
    assert type(found) is type(value)


TIMES = [
    ("2022-01-31", 1, "month", "2022-03-03T00:00:00"),
    ("2020-02-29", 1, "year", "2021-03-01T00:00:00"),
    ("2020-02-29", -1, "month", "2020-01-29T00:00:00"),
    ("2022-01-01", -1, "month", "2021-12-01T00:00:00"),
    ("2022-01-01T00:00:00+5", 0, "day", "2021-12-31T19:00:00"),
    ("2022-01-01T00:00:00-0530", 0, "day", "2022-01-01T05:30:00"),
    ("2022-01-01T00:00:00+530", 0, "day", "2021-12-31T18:30:00"),
    ("2022-01-01T00:00:00+24", 0, "day", None),
    ("2022-01-01T00:00:00+0060", 0, "day", None),
    ("2022-01-01T00:00:00.1239Z", 25, "hour", "2022-01-02T01:00:00.123000"),
    ("2022", 0, "day", "2022-12-31T00:00:00"),
    ("2024-02", 0, "day", "2024-02-29T00:00:00"),
    ("2022-01-01 00:00:00", 0, "day", None),
    ("٢٠٢٢-01-01", 0, "day", None),
]


@pytest.mark.parametrize(("text", "amount", "unit", "expected"), TIMES)
def test_times_at_their_edges(text: str, amount: int, unit: str, expected: str | None) -> None:
    """A day too many runs over, an offset is taken off, milliseconds are cut, and other spellings are no times."""
    if expected is None:
        with pytest.raises(EvaluationError):
            moment(text)
    else:
        assert later(moment(text), amount, unit) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2022-01-01", "day"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.builds(
            lambda name, operands: {name: operands}, st.sampled_from([*OPERANDS, "var"]), st.lists(inner, max_size=3)
        )
    ),
    max_leaves=12,
)


def came_to(expression: object, data: object) -> str:
    """Write down the value, or why there is none."""
    try:
        return repr(evaluate(expression, data))
    except EvaluationError as error:
        return str(error)


@settings(max_examples=60)
@given(JSON, JSON)
def test_nothing_but_its_own_error_comes_out(expression: object, data: object) -> None:
    """Any expression on any data has a value or fails; one that the validator takes never fails for its form."""
    first = came_to(expression, data)
    assert came_to(expression, data) == first
    if mistakes(expression) == []:
        assert first not in {"no operation of CertLogic", "not an expression", "no path"}


def test_a_forest_of_mistakes_is_cut_short() -> None:
    """As many mistakes as anybody reads are named, and size itself is one."""
    assert len(mistakes([None] * 1_000)) == MAX_MISTAKES
    assert [one.message[:6] for one in mistakes([[0] * 1_000] * 5)] == ["deeper"]
    assert [one.message[:6] for one in mistakes(deep(MAX_DEPTH + 1))] == ["deeper"]
    assert mistakes(deep(MAX_DEPTH)) == []


RULE: dict[str, object] = {
    "Identifier": "VR-ID-0001",
    "Type": "Acceptance",
    "Country": "ID",
    "Version": "1.0.0",
    "SchemaVersion": "1.0.0",
    "Engine": "CERTLOGIC",
    "EngineVersion": "1.3.2",
    "CertificateType": "Vaccination",
    "Description": [{"lang": "en", "desc": "Two doses"}],
    "ValidFrom": "2022-01-01T00:00:00Z",
    "ValidTo": "2023-01-01T00:00:00Z",
    "AffectedFields": ["v.0.dn"],
    "Logic": {">=": [{"var": "payload.v.0.dn"}, 2]},
}


def test_a_rule_passes_fails_or_cannot_tell() -> None:
    """Only `true` passes; a rule that cannot be evaluated on a certificate refuses it."""
    rule = Rule.model_validate(RULE | {"Remark": "words of a ministry", "Notes": [{"lang": "id", "desc": "dua dosis"}]})
    assert rule.passes({"v": [{"dn": 2}]}, {})
    assert not rule.passes({"v": [{"dn": 1}]}, {})
    assert not rule.passes({"v": [{"dn": "2"}]}, {})
    assert not rule.passes({}, {})
    assert not Rule.model_validate(RULE | {"Logic": 1}).passes({}, {})


MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"Logic": {"or": [True, {"xor": [True, None]}]}}, "unrecognised operator"),
    ({"Logic": {"if": [{"all": []}, 2.5, {"var": "x."}]}}, "2.5 is a non-integer"),
    ({"Logic": {"if": [{"all": []}, 2.5, {"var": "x."}]}}, "valid format: x."),
    ({"Logic": {"plusTime": [{"var": "x"}, {"var": "y"}, "day"]}}, "must be an integer"),
    ({"Logic": {"plusTime": [{"var": "x"}, 1, "week"]}}, "time unit"),
    ({"Logic": 2**53}, "beyond"),
    ({"Engine": "JSONLOGIC"}, "Engine"),
    ({"EngineVersion": "2.0.0"}, "newer than what can be evaluated"),
    ({"Identifier": "XX-ID-0001"}, "Identifier"),
    ({"ValidFrom": "2023-01-01T00:00:00Z"}, "not after"),
    ({"ValidFrom": "soon"}, "no date"),
    ({"Except": {"Country": "ID"}}, "Except"),
    ({"Weight": 3}, "Weight"),
    ({"Description": []}, "Description"),
]


@pytest.mark.parametrize(("changes", "told"), MISTAKES)
def test_a_rule_that_cannot_be_evaluated_is_refused(changes: dict[str, object], told: str) -> None:
    """Logic, engine and dates that are not understood, and unknown fields that are no words, never become a rule."""
    with pytest.raises(ValidationError) as caught:
        Rule.model_validate(RULE | changes)
    assert told in str(caught.value)
