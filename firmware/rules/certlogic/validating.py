"""What is wrong with a CertLogic expression, every mistake of it, before anything is evaluated.

The words of the first seven mistakes are those of the published validation suite, which compares them letter by letter.
Source: CertLogic specification 1.3.2 of the European eHealth Network, sections Literal values and Operations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.rules.certlogic.operators import MAX_ARRAY, MAX_DEPTH, MAX_NODES, MAX_TEXT, OPERANDS
from firmware.rules.certlogic.values import MAX_WHOLE, UNITS, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATH: Final = re.compile(r"(?:[^.]+(?:\.[^.]+)*)?")
_OPERATION: Final = 'operation not of the form { "<operator>": [ <values...> ] }'
MAX_MISTAKES: Final = 64


@dataclass(frozen=True, slots=True)
class Mistake:
    """Which part of an expression is wrong, and why."""

    expression: object
    message: str


def mistakes(expression: object) -> list[Mistake]:
    """List what keeps an expression from being evaluated, at most MAX_MISTAKES; nothing if it can be."""
    found: list[Mistake] = []
    waiting: list[tuple[object, int]] = [(expression, 0)]
    seen = 0
    while waiting and len(found) < MAX_MISTAKES:
        part, depth = waiting.pop()
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_NODES:
            found.append(Mistake(None, f"deeper than {MAX_DEPTH} or of more than {MAX_NODES} parts"))
            break
        found += [Mistake(part, message) for message in _wrong(part)]
        waiting += [(inner, depth + 1) for inner in reversed(_parts(part))]
    return found


def _wrong(part: object) -> Iterator[str]:
    """Name what is wrong with this part alone."""
    match part:
        case bool():
            return
        case str() | list():
            if len(part) > (MAX_TEXT if isinstance(part, str) else MAX_ARRAY):
                yield f"longer than {MAX_TEXT} characters or {MAX_ARRAY} items"
        case int() | float():
            if whole(part) is None:
                # Digits without end are not repeated.
                yield f"{part} is a non-integer number" if isinstance(part, float) else f"beyond {MAX_WHOLE}"
        case dict() if len(part) != 1:
            yield f"expression object must have exactly one key, but it has {len(part)}"
        case dict():
            operator, operands = next(iter(part.items()))
            yield from _wrong_path(operands) if operator == "var" else _wrong_operation(operator, operands)
        case _:
            yield "invalid CertLogic expression"


def _wrong_path(path: object) -> Iterator[str]:
    if not isinstance(path, str):
        yield 'not of the form { "var": "<path>" }'
    elif len(path) > MAX_TEXT or _PATH.fullmatch(path) is None:
        yield f"data access path doesn't have a valid format: {path[:MAX_TEXT]}"


def _wrong_operation(operator: object, operands: object) -> Iterator[str]:
    """Hold an operation against what its operator takes."""
    if not isinstance(operands, list):
        yield _OPERATION
        return
    if not isinstance(operator, str) or operator not in OPERANDS:
        yield f'unrecognised operator: "{str(operator)[:MAX_TEXT]}"'
        return
    least, most = OPERANDS[operator]
    if not least <= len(operands) <= most:
        told = f"{least}" if least == most else f"{least} to {most}"
        yield f'"{operator}" takes {told} operands, not {len(operands)}'
        return
    if operator in {"plusTime", "extractFromUVCI"} and whole(operands[1]) is None:
        yield f'the second operand of "{operator}" must be an integer'
    if operator == "plusTime" and operands[2] not in UNITS:
        yield f'the time unit of "plusTime" must be one of {", ".join(UNITS)}'


def _parts(part: object) -> list[object]:
    """Return the parts of which this one is made; none where it is not understood."""
    if isinstance(part, list):
        return part[: MAX_ARRAY + 1]
    operator, operands = next(iter(part.items())) if isinstance(part, dict) and len(part) == 1 else (None, None)
    if not isinstance(operands, list) or not isinstance(operator, str) or operator not in OPERANDS:
        return []
    return operands[:1] if operator in {"plusTime", "extractFromUVCI"} else operands
