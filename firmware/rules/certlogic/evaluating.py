"""A CertLogic expression applied to data: the same data give the same value, and every way through it is bounded.

Nothing is trusted of either: what the specification does not allow ends in EvaluationError and in nothing else. Source:
CertLogic specification 1.3.2 of the European eHealth Network, section Operations.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NoReturn

from firmware.rules.certlogic.operators import INTEGERS, MAX_ARRAY, MAX_DEPTH, MAX_STEPS, MAX_TEXT, OPERANDS, TIMES
from firmware.rules.certlogic.values import UNITS, EvaluationError, day_of, later, moment, same, true, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,5}")
_UVCI_PREFIX: Final = "URN:UVCI:"


class Budget:
    """How many steps are left, for one evaluation or for several that belong together."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        """Begin with so many."""
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take steps; raises EvaluationError when there are no more."""
        self._left -= steps
        if self._left < 0:
            _fail(f"more than {MAX_STEPS} steps")


def evaluate(expression: object, data: object, budget: Budget | None = None) -> object:
    """Return the value of an expression, both as JSON has them; raises EvaluationError where it has none."""
    return _Evaluation(Budget() if budget is None else budget).value(expression, data)


class _Evaluation:
    """One evaluation: how deep it is and what it may spend."""

    def __init__(self, budget: Budget) -> None:
        self._spend = budget.spend
        self._depth = 0

    def value(self, expression: object, data: object) -> object:
        """Evaluate one part."""
        self._spend(1)
        match expression:
            case bool() | str():
                return expression
            case int() | float():
                return _integer(expression)
            case list():
                return [self._deeper(part, data) for part in _bounded(expression)]
            case dict() if len(expression) == 1:
                operator, operands = next(iter(expression.items()))
                return _drill(data, operands) if operator == "var" else self._operation(operator, operands, data)
            case _:
                return _fail("not an expression")

    def _deeper(self, expression: object, data: object) -> object:
        """Evaluate a part of a part."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _fail(f"deeper than {MAX_DEPTH}")
        found = self.value(expression, data)
        self._depth -= 1
        return found

    def _operation(self, operator: object, operands: object, data: object) -> object:
        """Evaluate an operation: the lazy ones are given their operands as they are, the others their values."""
        least, most = OPERANDS.get(operator, (1, 0)) if isinstance(operator, str) else (1, 0)
        if not isinstance(operands, list) or not least <= len(operands) <= most:
            _fail("no operation of CertLogic")
        match operator:
            case "if":
                guard, then, otherwise = operands
                return self._deeper(then if true(self._deeper(guard, data)) else otherwise, data)
            case "and":
                return self._and(operands, data)
            case "reduce":
                return self._reduce(operands, data)
            case _:
                values = [self._deeper(operand, data) for operand in operands]
                self._spend(sum(len(value) for value in values if isinstance(value, list)))
                return _EAGER[str(operator)](values)

    def _and(self, operands: list[object], data: object) -> object:
        """Return the first value that is false, or the last."""
        found: object = True
        for operand in operands:
            found = self._deeper(operand, data)
            if not true(found):
                break
        return found

    def _reduce(self, operands: list[object], data: object) -> object:
        """Fold an array from the left; of nothing the initial value is what comes out."""
        over, step, initial = operands
        items, found = self._deeper(over, data), self._deeper(initial, data)
        if items is not None and not isinstance(items, list):
            _fail("reduce takes an array")
        for item in _bounded(items or []):
            found = self._deeper(step, {"current": item, "accumulator": found, "data": data})
        return found


def _fail(why: str) -> NoReturn:
    raise EvaluationError(why)


def _bounded(items: list[object]) -> list[object]:
    return items if len(items) <= MAX_ARRAY else _fail(f"an array of more than {MAX_ARRAY}")


def _integer(value: object) -> int:
    number = whole(value)
    return _fail("not an integer") if number is None else number


def _drill(data: object, path: object) -> object:
    """Follow a path of names and indices joined by dots; what is not there is null."""
    if not isinstance(path, str) or len(path) > MAX_TEXT:
        _fail("no path")
    for part in path.split(".") if path else ():
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and _INDEX.fullmatch(part) and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def _in_order(operator: str) -> Callable[[list[object]], bool]:
    """Make the comparison of two or three values, each with the next."""
    reads: Callable[[object], object] = _a_time if operator in TIMES else _integer
    holds = _HOLDS[operator]

    def compare(values: list[object]) -> bool:
        # All are read first: a value of the wrong kind is an error, wherever it stands.
        return all([holds(one, other) for one, other in pairwise([reads(value) for value in values])])  # noqa: C419

    return compare


def _a_time(value: object) -> datetime:
    return value if isinstance(value, datetime) else _fail("not a time")


def _sum(values: list[object]) -> int:
    return _integer(_integer(values[0]) + _integer(values[1]))


def _contains(values: list[object]) -> bool:
    one, others = values
    return any(same(one, other) for other in others) if isinstance(others, list) else _fail("in takes an array")


def _plus_time(values: list[object]) -> datetime:
    start, amount, unit = values
    if not isinstance(unit, str) or unit not in UNITS:
        _fail("no unit of time")
    return later(moment(start), _integer(amount), unit)


def _fragment(values: list[object]) -> str | None:
    """Return one part of a certificate's identifier, counted from 0; null where there is none."""
    text, index = values[0], _integer(values[1])
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        _fail("not an identifier")
    parts = re.split(r"[/#:]", text.removeprefix(_UVCI_PREFIX))
    return parts[index] if 0 <= index < len(parts) else None


_HOLDS: Final[Mapping[str, Callable[..., bool]]] = {
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
    "after": lambda one, other: one > other,
    "before": lambda one, other: one < other,
    "not-after": lambda one, other: one <= other,
    "not-before": lambda one, other: one >= other,
}

_EAGER: Final[Mapping[str, Callable[[list[object]], object]]] = {
    "!": lambda values: not true(values[0]),
    "===": lambda values: same(values[0], values[1]),
    "in": _contains,
    "+": _sum,
    "plusTime": _plus_time,
    "extractFromUVCI": _fragment,
    "dccDateOfBirth": lambda values: day_of(values[0]),
    **{operator: _in_order(operator) for operator in (*INTEGERS, *TIMES)},
}
