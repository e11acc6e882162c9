"""Who is still inside of those that came in by this gate, and when somebody who was not seen to leave counts as gone.

A stay ends by whoever leaves here, by a sibling's word that its subject left there, or by an estimate. The estimate is
named as one wherever it is told.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from firmware.events import NEVER

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from firmware.events import Instant
    from firmware.rules.capacity import AreaCapacity

LONGEST_S: Final = 86_400
MOST: Final = 100_000
"""Stays that are kept; of more the oldest count as gone, as an estimate."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody inside since the Unix second `at`; `subject` is theirs of that day, None where there was none."""

    at: int
    subject: str | None = None


def second(now: Instant) -> int:
    """Name the Unix second of a passage: the latest it may be, or where nobody vouches for a clock the earliest."""
    return now.latest if now.latest < NEVER else now.earliest


def over(stay: Stay, rule: AreaCapacity | None, now: Instant, zone: ZoneInfo) -> bool:
    """Say whether a stay is over by an estimate at every instant the clock allows.

    It is at min(usual stay, closing time, 24 hours) of the rule, of which the first two may be missing.
    """
    ends = [stay.at + LONGEST_S]
    if rule is not None and rule.usual_stay_minutes is not None:
        ends.append(stay.at + rule.usual_stay_minutes * 60)
    if rule is not None and rule.closes is not None:
        ends.append(next_closing(stay.at, rule.closes, zone))
    return now.earliest >= min(ends)


def in_order(stays: tuple[Stay, ...]) -> tuple[Stay, ...]:
    """Put the last of these into its place, the oldest first: a clock that was put right does not hide who is over."""
    *before, last = stays
    insort(before, last, key=lambda stay: stay.at)
    return tuple(before)


def dated(stays: tuple[Stay, ...], now: Instant) -> tuple[Stay, ...]:
    """Let stays that begin more than a day ahead of the latest that it can be begin now: a clock was wrong then.

    They come, and come back, the oldest first; where all of them may stand, as the very same.
    """
    kept = bisect_right(stays, now.latest + LONGEST_S, key=lambda stay: stay.at)
    if kept == len(stays):
        return stays
    fresh = (replace(stay, at=now.latest) for stay in stays[kept:])
    return tuple(sorted((*stays[:kept], *fresh), key=lambda stay: stay.at))


def next_closing(moment: int, clock: str, zone: ZoneInfo) -> int:
    """Name the Unix second of the first closing after a moment; `clock` is local `HH:MM`, `24:00` the next midnight."""
    hours, rest = map(int, clock.split(":"))
    day = datetime.fromtimestamp(moment, zone).replace(hour=0, minute=0, second=0, fold=0)
    while True:
        closes = day + timedelta(days=1) if hours == 24 else day.replace(hour=hours, minute=rest)  # noqa: PLR2004  the day's end
        if closes.timestamp() > moment:
            return int(closes.timestamp())
        day += timedelta(days=1)


def last_closing(moment: int, clock: str, zone: ZoneInfo) -> int:
    """Name the Unix second of the last closing up to a moment; no two of them are two days apart."""
    found = moment - 2 * LONGEST_S
    while (after := next_closing(found, clock, zone)) <= moment:
        found = after
    return found
