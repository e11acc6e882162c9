"""When gates may be touched: a span of the local day, over midnight if need be. Pure.

It decides nothing about gates. Times are Unix seconds; the span is minutes of the local day in one IANA zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from provisioning.mistake import OperatorError

TIMEZONE: Final = "Asia/Jakarta"
_SPAN: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens` to `closes`, the latter not included, in minutes since local midnight."""

    opens: int
    closes: int
    zone: ZoneInfo

    def holds(self, now: int) -> bool:
        """Say whether a moment lies inside."""
        local = datetime.fromtimestamp(now, UTC).astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.opens < self.closes:
            return self.opens <= minute < self.closes
        return minute >= self.opens or minute < self.closes

    def opens_at(self, now: int) -> int:
        """Say when it is open next; `now` itself where it is."""
        if self.holds(now):
            return now
        local = datetime.fromtimestamp(now, UTC).astimezone(self.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        at = timedelta(minutes=self.opens)
        days = (midnight + timedelta(days=day) + at for day in (0, 1, 2))
        return next(int(moment.timestamp()) for moment in days if moment.timestamp() > now)


def read(text: str, timezone: str) -> Window:
    """Read `22:00-05:00` in an IANA zone; raises OperatorError."""
    found = _SPAN.fullmatch(text)
    if found is None or found[1] + found[2] == found[3] + found[4]:
        line = f"--window: {text!r} is no span of a day; write it like 22:00-05:00"
        raise OperatorError(line)
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        line = f"--timezone: {timezone!r} is unknown; use an IANA name such as Asia/Jakarta"
        raise OperatorError(line) from error
    hours_from, minutes_from, hours_until, minutes_until = (int(part) for part in found.groups())
    return Window(hours_from * 60 + minutes_from, hours_until * 60 + minutes_until, zone)
