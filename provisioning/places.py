"""Where in a JSON text a step-by-step path leads: the line on which an operator finds what a message is about.

It reads text that is known to be JSON and decides nothing about it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_VALUE: Final = json.JSONDecoder()


def line_of(text: str, steps: Sequence[str]) -> int:
    """Return the line of the last step that is there, keys by name and elements by number; at least 1."""
    at = _skip(text, 0)
    shown = at
    for step in steps:
        found = _member(text, at, step) if text[at] == "{" else _element(text, at, step)
        if found is None:
            break
        shown, at = found
    return text.count("\n", 0, shown) + 1


def _member(text: str, at: int, key: str) -> tuple[int, int] | None:
    """Find a key in the object at `at`: where the key begins and where its value does."""
    at = _skip(text, at + 1)
    while text[at] == '"':
        name, end = _VALUE.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)
        if name == key:
            return at, value
        at = _next(text, value)
    return None


def _element(text: str, at: int, number: str) -> tuple[int, int] | None:
    """Find an element of the list at `at`; None if there is no list, or none that long."""
    if text[at] != "[" or not number.isdecimal():
        return None
    at = _skip(text, at + 1)
    for _ in range(int(number)):
        if text[at] == "]":
            return None
        at = _next(text, at)
    return None if text[at] == "]" else (at, at)


def _next(text: str, at: int) -> int:
    """Step over the value at `at` and the comma after it."""
    _, end = _VALUE.raw_decode(text, at)
    end = _skip(text, end)
    return _skip(text, end + 1) if text[end] == "," else end


def _skip(text: str, at: int) -> int:
    """Step over blanks."""
    blank = _BLANK.match(text, at)
    return at if blank is None else blank.end()
