"""The times of a policy: weekly openings, days of its calendar, the door's timetable. All of them are local.

A day and a minute are what the clock on the wall shows in the policy's time zone. Pure; it knows no pass and no door.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DayKind = Literal["public_holiday", "collective_leave"]
KINDS: Final[tuple[DayKind, ...]] = ("public_holiday", "collective_leave")

ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


def _real_day(text: str) -> str:
    """Refuse a day that no calendar has."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        msg = f"no day of the calendar (found {text!r:.40}); write it like 2026-01-05"
        raise ValueError(msg) from None


DayText = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_day)]


@dataclass(frozen=True, slots=True)
class Local:
    """One moment as the wall shows it: the day as `YYYY-MM-DD`, its name, and minutes since midnight."""

    date: str
    day: Day
    minute: int


def local(moment: int, zone: ZoneInfo) -> Local:
    """Read a Unix second on the wall."""
    wall = datetime.fromtimestamp(moment, zone)
    return Local(wall.date().isoformat(), DAYS[wall.weekday()], wall.hour * 60 + wall.minute)


class Span(Strict):
    """From one minute of a day up to, not including, another (local `HH:MM`, `24:00` allowed)."""

    from_: ClockTime = Field(alias="from")
    until: ClockTime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Write a night over midnight as two openings, so that a day is never ambiguous."""
        if self.minutes[0] >= self.minutes[1]:
            msg = f"'until' {self.until} is not after 'from' {self.from_}; write a night as two openings"
            raise ValueError(msg)
        return self

    @property
    def minutes(self) -> tuple[int, int]:
        """The span as minutes since local midnight."""
        return _minutes(self.from_), _minutes(self.until)

    def holds(self, minute: int) -> bool:
        """Say whether a minute of the day lies in it."""
        opens, closes = self.minutes
        return opens <= minute < closes


class Hours(Span):
    """One weekly opening, on these days."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, strict=False)]

    def covers(self, at: Local) -> bool:
        """Say whether this opening holds at a moment."""
        return at.day in self.days and self.holds(at.minute)


class HolidayHours(Span):
    """One opening on the days of the calendar that are of these kinds, whatever day of the week they are."""

    kinds: Annotated[tuple[DayKind, ...], Field(strict=False, min_length=1)] = KINDS

    def covers(self, kind: DayKind, at: Local) -> bool:
        """Say whether this opening holds at a moment of a day of this kind."""
        return kind in self.kinds and self.holds(at.minute)


class DayOff(Strict):
    """One day of the calendar on which a week is not as usual."""

    date: DayText
    kind: DayKind
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Timed(Hours):
    """One weekly time in which the door takes another posture than its standing one; the first that holds counts.

    `holidays` leaves it out on days of the calendar, or lets it hold on those only. With `first_in` it holds on a day
    only after a pass of one of these classes has gone in.
    """

    posture: Literal["free_access", "lockdown", "disabled"]
    holidays: Literal["never", "only"] | None = None
    first_in: Annotated[tuple[Name, ...] | None, Field(strict=False, min_length=1)] = None

    @model_validator(mode="after")
    def _opens(self) -> Self:
        """Let nobody's coming be needed for keeping people out."""
        if self.first_in is not None and self.posture != "free_access":
            msg = f"'first_in' means an unlock schedule, and {self.posture} is none; leave it out"
            raise ValueError(msg)
        return self

    def holds_at(self, at: Local, day_off: DayKind | None) -> bool:
        """Say whether it holds at a moment of such a day, whoever has come in."""
        if self.holidays is not None and (self.holidays == "only") is (day_off is None):
            return False
        return self.covers(at)


def _minutes(text: str) -> int:
    """Read `HH:MM` as minutes since midnight."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
