"""Times in documents: RFC 3339 in UTC, whole seconds, one spelling (`2026-01-05T02:00:00Z`).

It turns text into Unix seconds and back. It never reads a clock; what the time is now comes from elsewhere.
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from typing import Final

LATEST: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second that four digits of a year can write."""

_SHAPE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}Z\Z", re.ASCII)
_WRITTEN: Final = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[T ](?P<clock>([01]\d|2[0-3]):\d{2}(:\d{2})?) ?(?P<offset>Z|[+-]\d{2}:?\d{2})\Z",
    re.ASCII,
)


def parse(text: str) -> int | None:
    """Read a time as Unix seconds, or answer None for another spelling, an impossible date or a year before 1970."""
    if _SHAPE.match(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = timegm(moment.utctimetuple())
    return seconds if seconds >= 0 else None


def render(seconds: int) -> str:
    """Write Unix seconds; a second outside 1970 to 9999 is a bug of the caller."""
    if not 0 <= seconds <= LATEST:
        msg = f"{seconds} is not a second between 1970 and 9999"
        raise ValueError(msg)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_written(text: str) -> bool:
    """Say whether this is how people write a time: a date, a clock time, and its offset from UTC."""
    return _WRITTEN.match(text.strip().upper()) is not None


def parse_written(text: str) -> tuple[int, int] | None:
    """Read a time that a person wrote as Unix seconds and its offset in seconds, or None.

    Any RFC 3339 spelling with whole seconds; also a space for the T, no seconds, and an offset without a colon.
    """
    shape = _WRITTEN.match(text.strip().upper())
    if shape is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{shape['date']}T{shape['clock']}{shape['offset']}")
        seconds = timegm(moment.utctimetuple())
    except (ValueError, OverflowError):
        return None
    offset = moment.utcoffset()
    return (seconds, 0 if offset is None else int(offset.total_seconds())) if 0 <= seconds <= LATEST else None
