"""The one spelling of JSON: keys in the order of UTF-16, letters as they are, and no fraction."""

from __future__ import annotations

import pytest

from firmware.signed.canonical_json import MOST, render

SPELLED: dict[str, tuple[dict[str, object], str]] = {
    "keys in order, at every depth": (
        {"b": {"d": 1, "c": 2}, "a": [{"f": 1, "e": 2}]},
        '{"a":[{"e":2,"f":1}],"b":{"c":2,"d":1}}',
    ),
    "the order of RFC 8785, section 3.2.3": (
        {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
        '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}',
    ),
    "letters as they are": ({"a": "\u20ac$\u000f\nA'B\"\\\u007f/"}, '{"a":"\u20ac$\\u000f\\nA\'B\\"\\\\\u007f/"}'),
    "the largest numbers": ({"a": MOST, "b": -MOST}, f'{{"a":{MOST},"b":-{MOST}}}'),
    "true is not one": ({"a": True, "b": 1, "c": False}, '{"a":true,"b":1,"c":false}'),
    "nothing in it": ({}, "{}"),
}


@pytest.mark.parametrize("name", SPELLED)
def test_an_object_has_one_spelling(name: str) -> None:
    """The bytes are those that everybody signs."""
    value, text = SPELLED[name]
    assert render(value) == text.encode()


@pytest.mark.parametrize("value", [1.0, 1.5, MOST + 1, -MOST - 1, None, [0.5], {"b": [None]}])
def test_what_has_no_spelling_here_is_refused(value: object) -> None:
    """Fractions, numbers that readers take for others, and nothing."""
    assert render({"a": value}) is None
