"""What the validator says of an expression, word for word and no more: its bounds, and which parts it looks at."""

from __future__ import annotations

import pytest

from firmware.rules.certlogic.operators import MAX_ARRAY, MAX_NODES, MAX_TEXT
from firmware.rules.certlogic.validating import Mistake, mistakes

FORM = 'operation not of the form { "<operator>": [ <values...> ] }'
TOO_LONG = f"longer than {MAX_TEXT} characters or {MAX_ARRAY} items"
DATA = {"var": "x"}
WRONG = {"xor": [None]}
NO_INTEGER = 'the second operand of "{}" must be an integer'
SAID: list[tuple[object, list[str]]] = [
    (None, ["invalid CertLogic expression"]),
    ({}, ["expression object must have exactly one key, but it has 0"]),
    ({"!": [True], "and": [True, True]}, ["expression object must have exactly one key, but it has 2"]),
    ({"var": 1}, ['not of the form { "var": "<path>" }']),
    ({"var": "x" * MAX_TEXT}, []),
    ({"var": "x" * (MAX_TEXT + 1)}, [f"data access path doesn't have a valid format: {'x' * MAX_TEXT}"]),
    ("x" * MAX_TEXT, []),
    ("x" * (MAX_TEXT + 1), [TOO_LONG]),
    ([1] * MAX_ARRAY, []),
    ([1] * (MAX_ARRAY + 1), [TOO_LONG]),
    (WRONG, ['unrecognised operator: "xor"']),
    ({1: [None]}, ['unrecognised operator: "1"']),
    ({"!": True}, [FORM]),
    ({"!": [True, True]}, ['"!" takes 1 operands, not 2']),
    ({"<": [1]}, ['"<" takes 2 to 3 operands, not 1']),
    ({"plusTime": [DATA, WRONG, "day"]}, [NO_INTEGER.format("plusTime")]),
    ({"extractFromUVCI": [DATA, WRONG]}, [NO_INTEGER.format("extractFromUVCI")]),
    ({"plusTime": [DATA, 1, "week"]}, ['the time unit of "plusTime" must be one of year, month, day, hour']),
    ({"plusTime": [None, 1, "day"]}, ["invalid CertLogic expression"]),
    ({"extractFromUVCI": [None, 1]}, ["invalid CertLogic expression"]),
]


@pytest.mark.parametrize(("expression", "said"), SAID)
def test_a_mistake_is_told_in_its_own_words(expression: object, said: list[str]) -> None:
    """Each bound on both sides, and nothing is said of a part that its operator does not evaluate."""
    assert [one.message for one in mistakes(expression)] == said


def test_a_mistake_names_the_part_that_is_wrong() -> None:
    """Of an expression the inner part, of a list too long its beginning and one item more."""
    assert mistakes({"!": [WRONG]}) == [Mistake(WRONG, 'unrecognised operator: "xor"')]
    items: list[object] = [1] * (MAX_ARRAY + 2)
    items[MAX_ARRAY] = items[MAX_ARRAY + 1] = None
    assert [one.message for one in mistakes(items)] == [TOO_LONG, "invalid CertLogic expression"]


def test_an_expression_may_have_so_many_parts_and_not_one_more() -> None:
    """The whole is one of them."""
    inner = MAX_NODES // 4 - 1
    assert mistakes([[1] * inner, [1] * inner, [1] * inner, [1] * (inner - 1)]) == []
    assert len(mistakes([[1] * inner, [1] * inner, [1] * inner, [1] * inner])) == 1
