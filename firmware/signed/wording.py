"""Words for what a strict model found wrong: what it is, and what to write instead, in the same words everywhere.

It sees one finding of the validator at a time and knows nothing of files, lines or what the model is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_FINDINGS: Final = {"missing": "is missing", "extra_forbidden": "is not known here"}

_REMEDIES: Final = {
    "missing": "add it",
    "extra_forbidden": "remove it or correct its spelling",
    "bool_type": "write true or false, without quotes",
    "int_type": "write a whole number, without quotes",
    "string_type": 'write text in "quotes"',
    "tuple_type": 'write a list: ["...", "..."]',
    "too_short": "name at least one, or leave it out",
}

_SHAPES: Final = {
    r"^[a-z0-9-]{1,64}$": "1 to 64 of a-z, 0-9 and -",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$": "a clock time from 00:00 to 24:00, two digits each",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$": "a local day and time such as 2026-01-05T08:00",
    r"^(in|out) at [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$": "words such as: in at 2026-01-05T08:00",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [1-9]/[1-9]$": "day, number of the dose and of the course, such as 2022-01-31 2/2",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2} (pcr|antigen) (positive|negative)$": "words such as: 2022-07-20 pcr negative",
    r"^(lgpio|mock|keeper:/.+)$": "lgpio, mock, or keeper: and the path of its socket",
}
"""What a pattern asks for, for people."""

_SHOWN: Final = 60


def finding(detail: ErrorDetails) -> str:
    """Say what is wrong, with the value that was found where it is short enough to help."""
    kind = detail["type"]
    message = detail["msg"].removeprefix("Value error, ")
    what = _FINDINGS.get(kind, message[:1].lower() + message[1:])
    if kind == "string_pattern_mismatch" and _shape(detail) is not None:
        what = "has another form"
    value = detail.get("input")
    if isinstance(value, str | int | float) and kind not in {"missing", "value_error"}:
        what += f" (found {value!r:.{_SHOWN}})"
    return what


def remedy(detail: ErrorDetails) -> str | None:
    """Say what to write instead; None where the finding says it already."""
    kind = detail["type"]
    if kind == "string_pattern_mismatch":
        return f"use {_shape(detail) or 'another value'}"
    if kind == "literal_error":
        return f"write {detail['ctx']['expected']}"
    return _REMEDIES.get(kind)


def in_words(detail: ErrorDetails) -> str:
    """Say both in one line, after where it is; nothing that a document says can steer the terminal that shows it."""
    steps = [str(step)[:_SHOWN] for step in detail["loc"] if step != "[key]"]
    parts = [finding(detail), remedy(detail)]
    return legible(f"{'.'.join(steps) or 'document'}: {'; '.join(part for part in parts if part is not None)}")


def legible(text: str) -> str:
    """Write letters that print nothing, or steer what shows them, as a programmer would: an escape, a line's end."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _shape(detail: ErrorDetails) -> str | None:
    """Word the pattern that a text did not follow, if it is one of ours."""
    return _SHAPES.get(str(detail.get("ctx", {}).get("pattern")))
