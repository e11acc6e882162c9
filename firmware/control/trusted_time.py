"""What the gate may believe of a source of time, given what it held before.

It weighs spans of Unix seconds and reads no clock: what a source told, how long ago and the floor come in as
arguments. A source that is not believed changes nothing; the span that was held goes on and grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MS_IN_A_MILLIONTH_OF_A_SECOND: Final = 1_000_000_000
"""Milliseconds times parts per million, divided by this, are seconds."""


class Doubt(StrEnum):
    """Why a source of time is not believed."""

    BELOW_FLOOR = "below_floor"
    DISAGREES = "clock_disagrees"


@dataclass(frozen=True, slots=True)
class Span:
    """The true time lies in here: Unix seconds, both ends included."""

    earliest: int
    latest: int


def carried(held: Span, passed_ms: int, drift_ppm: int) -> Span:
    """Move a span on by the milliseconds that CLOCK_BOOTTIME counted; drift and rounding widen it."""
    error = -(-passed_ms * drift_ppm // MS_IN_A_MILLIONTH_OF_A_SECOND)
    return Span(held.earliest + passed_ms // 1000 - error, held.latest - (-passed_ms // 1000) + error)


def believed(told: Span, held: Span | None, floor: int) -> Span | Doubt:
    """Take what plain NTP told: never before the floor, and only what the held span (the RTC's) allows."""
    if told.earliest < floor:
        return Doubt.BELOW_FLOOR
    if held is None:
        return told
    both = Span(max(told.earliest, held.earliest), min(told.latest, held.latest))
    return both if both.earliest <= both.latest else Doubt.DISAGREES
