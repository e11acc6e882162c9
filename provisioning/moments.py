"""Times as an operator writes and reads them: a date and a clock time with its offset from UTC.

It reads what people type and writes what they understand, in Indonesian and English. It never asks what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from firmware.signed import times
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from datetime import tzinfo

_ZONES: Final = {7: "WIB", 8: "WITA", 9: "WIT", 0: "UTC"}
_DAYS_ID: Final = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_DAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_ID: Final = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
_MONTHS_EN: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A Unix second and the offset from UTC in seconds under which it is shown to people."""

    seconds: int
    offset_s: int = 0

    def local(self) -> datetime:
        """Return the local date and time."""
        return datetime.fromtimestamp(self.seconds, timezone(timedelta(seconds=self.offset_s)))


def parse(text: str, option: str) -> Moment:
    """Read `2026-01-05T08:00:00+07:00`, also with a space for the T, without seconds, or with Z."""
    if not times.is_written(text):
        line = f"{option}: {text!r} is no time with an offset; write it like 2026-01-05T08:00+07:00"
        raise OperatorError(line)
    found = times.parse_written(text)
    if found is None:
        line = f"{option}: {text!r} is not in the calendar from 1970 to 9999; write it like 2026-01-05T08:00+07:00"
        raise OperatorError(line)
    return Moment(*found)


def period_id(begins: Moment, ends: Moment) -> tuple[str, str]:
    """Say from when until when, in Indonesian."""
    return _point(begins, _DAYS_ID, _MONTHS_ID, "."), _point(ends, _DAYS_ID, _MONTHS_ID, ".")


def period_en(begins: Moment, ends: Moment) -> tuple[str, str]:
    """Say from when until when, in English."""
    return _point(begins, _DAYS_EN, _MONTHS_EN, ":"), _point(ends, _DAYS_EN, _MONTHS_EN, ":")


def _point(moment: Moment, days: tuple[str, ...], months: tuple[str, ...], colon: str) -> str:
    """Write one local date and time in words."""
    at = moment.local()
    clock = f"{at.hour:02}{colon}{at.minute:02}" + (f"{colon}{at.second:02}" if at.second else "")
    return f"{days[at.weekday()]}, {at.day} {months[at.month - 1]} {at.year} {clock} {zone(moment)}"


def zone(moment: Moment) -> str:
    """Name the offset: Indonesia's three zones by their names, any other by its hours."""
    hours, rest = divmod(moment.offset_s, 3600)
    if rest == 0 and hours in _ZONES:
        return _ZONES[hours]
    sign, minutes = ("-" if moment.offset_s < 0 else "+"), abs(moment.offset_s) // 60
    return f"UTC{sign}{minutes // 60:02}:{minutes % 60:02}"


def offset_of(zone: tzinfo, seconds: int) -> int:
    """The offset from UTC (s) that holds in a time zone at a Unix second."""
    offset = datetime.fromtimestamp(seconds, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
