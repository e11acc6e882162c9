"""What an evaluation of CertLogic may cost, to the step, and in which words it ends when it may not go on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from firmware.rules.certlogic.evaluating import Budget, evaluate
from firmware.rules.certlogic.operators import MAX_ARRAY, MAX_DEPTH, MAX_STEPS, MAX_TEXT
from firmware.rules.certlogic.values import (
    MAX_TIME_CHARS,
    MAX_WHOLE,
    EvaluationError,
    day_of,
    moment,
    same,
    true,
    whole,
)


def deep(times: int) -> object:
    """Nest a list in a list."""
    expression: object = True
    for _ in range(times):
        expression = [expression]
    return expression


ITEMS = [1, 2, 3]
COSTS: list[tuple[object, object, int]] = [
    (True, None, 1),
    ([True, True], None, 3),
    ({"var": "x"}, None, 1),
    ({"!": [True]}, None, 2),
    ({"if": [True, 1, 2]}, None, 3),
    ({"and": [False, True]}, None, 2),
    ({"in": [1, {"var": ""}]}, ITEMS, 6),
    ({"===": [1, {"var": ""}]}, ITEMS, 6),
    ({"reduce": [{"var": ""}, {"var": "current"}, 0]}, ITEMS, 6),
]


@pytest.mark.parametrize(("expression", "data", "steps"), COSTS)
def test_an_evaluation_costs_so_many_steps(expression: object, data: object, steps: int) -> None:
    """One for each part that is looked at and for each item that an operation is given; with one less it ends."""
    evaluate(expression, data, Budget(steps))
    with pytest.raises(EvaluationError, match=f"^more than {MAX_STEPS} steps$"):
        evaluate(expression, data, Budget(steps - 1))


def test_a_budget_is_shared() -> None:
    """What one evaluation took the next one does not have."""
    budget = Budget(2)
    evaluate(True, None, budget)  # noqa: FBT003  an expression
    evaluate(True, None, budget)  # noqa: FBT003  an expression
    with pytest.raises(EvaluationError):
        evaluate(True, None, budget)  # noqa: FBT003  an expression


WORDS: list[tuple[object, object, str]] = [
    (deep(MAX_DEPTH + 1), None, f"deeper than {MAX_DEPTH}"),
    ([True, deep(MAX_DEPTH)], None, f"deeper than {MAX_DEPTH}"),
    ([True] * (MAX_ARRAY + 1), None, f"an array of more than {MAX_ARRAY}"),
    ({}, None, "not an expression"),
    ({"all": [1]}, None, "no operation of CertLogic"),
    ({"reduce": [1, 1, 1]}, None, "reduce takes an array"),
    ({"reduce": [0, 1, 1]}, None, "reduce takes an array"),
    ({"+": [1, "1"]}, None, "not an integer"),
    ({"var": 1}, None, "no path"),
    ({"after": ["x", "y"]}, None, "not a time"),
    ({"in": [1, 1]}, None, "in takes an array"),
    ({"plusTime": ["2022", 1, "week"]}, None, "no unit of time"),
    ({"plusTime": ["2022", 1, 1]}, None, "no unit of time"),
    ({"extractFromUVCI": [7, 0]}, None, "not an identifier"),
    ({"extractFromUVCI": [True, "0"]}, None, "not an integer"),
    ({"===": [[], []]}, None, "only simple values can be compared"),
    ({"!": [{"var": ""}]}, 2.5, "float is neither true nor false"),
    ({"plusTime": [1, 1, "day"]}, None, "a time has to be a short text"),
    ({"plusTime": ["2022-02-30T00:00:00Z", 1, "day"]}, None, "no date and time of the formats of CertLogic"),
    ({"dccDateOfBirth": ["x"]}, None, "no date of the formats of CertLogic"),
    ({"dccDateOfBirth": [1]}, None, "no date of the formats of CertLogic"),
    ({"dccDateOfBirth": ["2022-02-30"]}, None, "no such day"),
    ({"plusTime": ["2022", 9_999, "year"]}, None, "a time out of every calendar"),
]


@pytest.mark.parametrize(("expression", "data", "words"), WORDS)
def test_it_is_told_why_there_is_no_value(expression: object, data: object, words: str) -> None:
    """In the same words each time."""
    with pytest.raises(EvaluationError) as caught:
        evaluate(expression, data)
    assert str(caught.value) == words


IDENTIFIER = "URN:UVCI:01:NL:DA#X/Y"
VALUES: list[tuple[object, object, object]] = [
    ([True, deep(MAX_DEPTH - 1)], None, [True, deep(MAX_DEPTH - 1)]),
    ([[True, True], deep(MAX_DEPTH - 1)], None, [[True, True], deep(MAX_DEPTH - 1)]),
    ([{"var": "x"}, [{"var": "x"}]], {"x": 7}, [7, [7]]),
    ({"if": [{"var": "x"}, {"var": "y"}, {"var": "z"}]}, {"x": 1, "y": 2, "z": 3}, 2),
    ({"if": [{"var": "x"}, {"var": "y"}, {"var": "z"}]}, {"x": 0, "y": 2, "z": 3}, 3),
    ({"and": [{"var": "x"}, {"var": "y"}]}, {"x": 1, "y": 0}, 0),
    ({"and": [{"var": "x"}, {"var": "y"}]}, {"x": 1, "y": 2}, 2),
    ({"reduce": [{"var": "x"}, 1, {"var": "y"}]}, {"y": 5}, 5),
    ({"reduce": [{"var": "x"}, {"var": "data.y"}, 0]}, {"x": [0], "y": 5}, 5),
    ({"var": "x" * MAX_TEXT}, {}, None),
    ({"var": "x" * MAX_TEXT}, {"x" * MAX_TEXT: 1}, 1),
    ({"var": "x.1"}, {"x": [1, 2]}, 2),
    ({"var": "x.2"}, {"x": [1, 2]}, None),
    ({"var": "x.y"}, {"x": [1, 2]}, None),
    ({"var": ""}, {"": 1}, {"": 1}),
    ({"in": [2, {"var": ""}]}, ITEMS, True),
    ({"in": [4, {"var": ""}]}, ITEMS, False),
    ({"<": [1, 2, 3]}, None, True),
    ({"<": [1, 1]}, None, False),
    ({"<": [1, 3, 2]}, None, False),
    ({"!": [0]}, None, True),
    ({"!": [1]}, None, False),
    ({"extractFromUVCI": [IDENTIFIER, 0]}, None, "01"),
    ({"extractFromUVCI": [IDENTIFIER, 4]}, None, "Y"),
    ({"extractFromUVCI": [IDENTIFIER, 5]}, None, None),
    ({"extractFromUVCI": [IDENTIFIER, -1]}, None, None),
    ({"extractFromUVCI": ["a" * MAX_TEXT, 0]}, None, "a" * MAX_TEXT),
    ({"extractFromUVCI": [{"var": "x"}, 0]}, {}, None),
]


@pytest.mark.parametrize(("expression", "data", "value"), VALUES)
def test_each_operation_has_its_value(expression: object, data: object, value: object) -> None:
    """Up to each bound, and in every part with the data of the whole."""
    found = evaluate(expression, data)
    assert found == value
    assert type(found) is type(value)


def test_what_is_whole() -> None:
    """Every integer that JSON holds exactly, however it is written, and nothing else."""
    assert [whole(one) for one in (MAX_WHOLE, -MAX_WHOLE, 2.0, 0)] == [MAX_WHOLE, -MAX_WHOLE, 2, 0]
    assert [whole(one) for one in (MAX_WHOLE + 1, -MAX_WHOLE - 1, 2.5, True, "2", None)] == [None] * 6
    assert [true(one) for one in (1, 2.0, "x", [0], True)] == [True] * 5
    nothing: tuple[object, ...] = (0, 0.0, "", [], {}, None, False)
    assert [true(one) for one in nothing] == [False] * 7


def test_what_is_the_same() -> None:
    """Simple values of one kind that are equal; a list or a time is the same as nothing simple."""
    pairs: list[tuple[object, object]] = [(1, 1.0), ("x", "x"), (True, True), (None, None)]
    others: list[tuple[object, object]] = [(1, 2), (1, "1"), (1, True), (None, 0), ([], 1), (1, {}), ("x", "y")]
    assert [same(*one) for one in pairs] == [True] * len(pairs)
    assert [same(*one) for one in others] == [False] * len(others)


MOMENTS = [
    ("2022-03-04T05:06:07", "2022-03-04T05:06:07"),
    ("2022-03-04T05:06:07.5Z", "2022-03-04T05:06:07.500"),
    ("2022-03-04T05:06:07+00:59", "2022-03-04T04:07:07"),
    ("2022-03-04T05:06:07+23:59", "2022-03-03T05:07:07"),
    ("2022-03-04T05:06:07-23:59", "2022-03-05T05:05:07"),
    (f"{'2022-03-04T05:06:07.':1<{MAX_TIME_CHARS}}", "2022-03-04T05:06:07.111"),
    ("2022-03-04", "2022-03-04T00:00:00"),
]


@pytest.mark.parametrize(("text", "expected"), MOMENTS)
def test_a_moment_is_read_in_utc(text: str, expected: str) -> None:
    """To the millisecond, with every offset below a day."""
    assert moment(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [f"{'2022-03-04T05:06:07.':1<{MAX_TIME_CHARS + 1}}", "2022-03-04T05:06:07-24:00", "2022-03-04T05:06:60"]
)
def test_what_is_no_moment(text: str) -> None:
    """One character too many, an offset of a day, a second too many."""
    with pytest.raises(EvaluationError):
        moment(text)


def test_a_part_of_a_date_means_its_last_day() -> None:
    """Of a year, of a month, of itself."""
    last = [day_of(text).date().isoformat() for text in ("2022", "2022-02", "2022-02-03")]
    assert last == ["2022-12-31", "2022-02-28", "2022-02-03"]
