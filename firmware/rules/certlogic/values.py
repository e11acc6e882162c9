"""What CertLogic calls a value: which are true, which are the same, which are whole, and how a time is written.

Values are those of JSON, and times, which only two operators make. Source: CertLogic specification 1.3.2 of the
European eHealth Network, sections Values, `plusTime`, `dccDateOfBirth`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Final

MAX_WHOLE: Final = 2**53 - 1
"""The largest integer that every reader of JSON holds exactly."""
MAX_TIME_CHARS: Final = 64
UNITS: Final = ("year", "month", "day", "hour")

_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{1,2}):?([0-9]{2})?)?"
)


class EvaluationError(Exception):
    """A rule cannot be evaluated on these data."""


def whole(value: object) -> int | None:
    """Return an integer that JSON holds exactly, 2.0 being 2; None for everything else, `true` included."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    exact = isinstance(value, int) and not isinstance(value, bool) and -MAX_WHOLE <= value <= MAX_WHOLE
    return value if exact and isinstance(value, int) else None


def true(value: object) -> bool:
    """Say whether a value counts as true; a time or a fraction is neither, which is an error."""
    if value is None or isinstance(value, bool | str | list | dict):
        return bool(value)
    number = whole(value)
    if number is None:
        msg = f"{type(value).__name__} is neither true nor false"
        raise EvaluationError(msg)
    return number != 0


def same(one: object, other: object) -> bool:
    """Say whether two values are the same without converting either; what is not simple cannot be compared."""
    if isinstance(one, list | dict | datetime) and isinstance(other, list | dict | datetime):
        msg = "only simple values can be compared"
        raise EvaluationError(msg)
    numbers = whole(one), whole(other)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return type(one) is type(other) and one == other


def moment(text: object) -> datetime:
    """Read a date or a time in UTC as precise as a millisecond; of a part of a date its last day is meant.

    Raises EvaluationError for everything else: words, days that do not exist, the year 10000.
    """
    if not isinstance(text, str) or len(text) > MAX_TIME_CHARS:
        msg = "a time has to be a short text"
        raise EvaluationError(msg)
    try:
        found = _TIME.fullmatch(text)
        return day_of(text) if found is None else _time(found)
    except (ValueError, OverflowError):
        msg = "no date and time of the formats of CertLogic"
        raise EvaluationError(msg) from None


def _time(found: re.Match[str]) -> datetime:
    """Put a time together: no offset is UTC, more than a millisecond is dropped."""
    written, fraction, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset >= timedelta(days=1) or int(minutes or 0) >= 60:  # noqa: PLR2004  minutes of an hour
        raise ValueError(found[0])
    thousandths = int(f"{fraction or ''}000"[:3])
    local = datetime.fromisoformat(written).replace(tzinfo=UTC) + timedelta(milliseconds=thousandths)
    return local + offset if sign == "-" else local - offset


def day_of(text: object) -> datetime:
    """Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD` as the last day it can mean; raises EvaluationError."""
    found = _DATE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        msg = "no date of the formats of CertLogic"
        raise EvaluationError(msg)
    try:
        year, month = int(found[1]), int(found[2] or 12)
        last = date(year, month, int(found[3] or monthrange(year, month)[1]))
    except ValueError:
        msg = "no such day"
        raise EvaluationError(msg) from None
    return datetime(last.year, last.month, last.day, tzinfo=UTC)


def later(start: datetime, amount: int, unit: str) -> datetime:
    """Add so many units; a day that a month does not have runs over into the next (ECMAScript, `Date.setUTC...`)."""
    try:
        if unit in {"day", "hour"}:
            return start + (timedelta(days=amount) if unit == "day" else timedelta(hours=amount))
        months = start.year * 12 + start.month - 1 + (amount * 12 if unit == "year" else amount)
        first = start.replace(year=months // 12, month=months % 12 + 1, day=1)
        return first + timedelta(days=start.day - 1)
    except (ValueError, OverflowError):
        msg = "a time out of every calendar"
        raise EvaluationError(msg) from None
