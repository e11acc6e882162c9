"""What the gate may believe of the time, given what it held before and what its clocks say now.

It weighs spans of Unix milliseconds and reads no clock and no file. A clock that disagrees with what is held changes
nothing: what was held goes on by CLOCK_BOOTTIME and grows. Only a better source than the one held may replace it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from firmware.events import CEILING
from firmware.signed.time_answer import TimeRefusal

PPM: Final = 1_000_000
RTC_PPM: Final = 100
"""How fast a battery clock may run wrong, in parts per million: its crystal's 20, and what heat in a case adds."""

BOOT_PPM: Final = 500
"""The same for CLOCK_BOOTTIME beside a battery clock, which narrows it again: as far as adjtimex(2) can bend it."""

ALONE_PPM: Final = 100  # the same without a battery clock: what an undisciplined crystal does
VAGUE_MS: Final = 20_000
"""An interval wider than this is worth a signed answer, and soon too vague for commands, which live half a minute."""

GRAIN_MS: Final = 1_000
"""A battery clock tells whole seconds."""

UNKNOWN_MS: Final = 300_000
"""How far a battery clock may be off that this gate has never held against anything."""

DAY_S: Final = 86_400


class Source(StrEnum):
    """Who vouches for the time; a later one outranks those before it."""

    NONE = "none"
    SYSTEM = "system"
    NTP = "ntp"
    RTC = "rtc"
    SIGNED = "signed"

    @property
    def rank(self) -> int:
        """Its place in that order, 0 for nobody."""
        return list(Source).index(self)


class Doubt(StrEnum):
    """What is not believed now."""

    KERNEL_DISAGREES = "kernel_disagrees"
    KERNEL_BELOW_FLOOR = "kernel_below_floor"
    RTC_DISAGREES = "rtc_disagrees"
    RTC_BELOW_FLOOR = "rtc_below_floor"
    HELD_BELOW_FLOOR = "held_below_floor"
    FLOOR_LOST = "floor_lost"


@dataclass(frozen=True, slots=True)
class Span:
    """The true time lies in here: Unix milliseconds, both ends included."""

    earliest: int
    latest: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A battery clock as a counter: when it read `rtc_s` (its own whole seconds), the time lay in `span`."""

    rtc_s: int
    span: Span


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at all clocks at `ms` of CLOCK_BOOTTIME: the kernel's span of Unix time and a battery clock's second."""

    ms: int
    kernel: Span
    synchronised: bool
    rtc_s: int | None = None


@dataclass(frozen=True, slots=True)
class Belief:
    """What is held: a span at `ms` of CLOCK_BOOTTIME, who vouches for it, and a floor (Unix s) that is never earlier.

    `mark` is the battery clock as a counter, `last_rtc` what an earlier run knew of it, `seen` the last look at it
    (CLOCK_BOOTTIME in ms, its own second). `doubts` is what is not believed now.
    """

    floor: int
    ms: int = 0
    span: Span | None = None
    source: Source = Source.NONE
    mark: Mark | None = None
    last_rtc: Mark | None = None
    seen: tuple[int, int] | None = None
    doubts: frozenset[Doubt] = frozenset()

    def at(self, ms: int) -> Span | None:
        """What is held at another moment of CLOCK_BOOTTIME, in Unix milliseconds."""
        if self.span is None:
            return None
        ppm = ALONE_PPM if self.mark is None else BOOT_PPM
        return above(carried(self.span, max(0, ms - self.ms), ppm), self.floor)


def carried(span: Span, passed_ms: int, ppm: int, grain_ms: int = 0) -> Span:
    """Move a span on by what a counter counted; its drift, and its grain where it has one, widen it."""
    error = -(-passed_ms * ppm // PPM) + grain_ms
    return Span(span.earliest + passed_ms - error, span.latest + passed_ms + error)


def widened(span: Span, by_ms: int) -> Span:
    """Allow for an error on both sides."""
    return Span(span.earliest - by_ms, span.latest + by_ms)


def meet(one: Span, other: Span) -> Span | None:
    """What both allow, if there is anything."""
    both = Span(max(one.earliest, other.earliest), min(one.latest, other.latest))
    return both if both.earliest <= both.latest else None


def above(span: Span, floor: int) -> Span | None:
    """What of a span is not before the floor (Unix s), if there is anything; beyond CEILING nothing is."""
    can_be = span.latest >= floor * 1000 and span.earliest < CEILING * 1000
    return Span(max(span.earliest, floor * 1000), span.latest) if can_be else None


def weigh(belief: Belief, reading: Reading, error_ms: int) -> Belief:
    """Believe of a reading what may be believed; `error_ms` is how far a clock may be off by the owner's word."""
    held = belief.at(reading.ms)
    doubts = belief.doubts & {Doubt.FLOOR_LOST}
    if belief.span is not None and held is None:
        belief = replace(belief, source=Source.NONE, mark=None)
        doubts |= {Doubt.HELD_BELOW_FLOOR}
    belief = replace(belief, ms=reading.ms, span=held, doubts=doubts)
    return _kernel(_rtc(belief, reading, error_ms), reading)


def answered(belief: Belief, unix: int, asked_ms: int, arrived_ms: int) -> Belief | TimeRefusal:
    """Take a signed second that answers a question asked at `asked_ms`, unless all of it lies before the floor.

    Whoever answered read their clock after it was asked and before the answer came: in between lies all the error. One
    that came so late that it only says less than what is held is not taken. Both moments are CLOCK_BOOTTIME (ms).
    """
    passed_ms = max(0, arrived_ms - asked_ms)
    latest = carried(Span(unix * 1000, unix * 1000 + GRAIN_MS), passed_ms, BOOT_PPM).latest
    span = above(Span(unix * 1000, latest), belief.floor)
    if span is None:
        return TimeRefusal.BELOW_FLOOR
    held, vague_ms = belief.at(arrived_ms), span.latest - span.earliest
    if held is not None and meet(held, span) and vague_ms > max(VAGUE_MS, held.latest - held.earliest):
        return TimeRefusal.TOO_LATE
    return replace(belief, ms=arrived_ms, span=span, source=Source.SIGNED, mark=None)


def risen(belief: Belief, most: int, issued: int) -> int:
    """Say where the floor may stand now (Unix s), never lower than it does.

    `most` bounds what clocks may do to it that nobody has confirmed. `issued` is when the newest document in force was
    signed: it counts up to what the gate's own clock allows, and where there is none up to `most`.
    """
    if belief.span is None:
        return max(belief.floor, min(issued, most))
    earliest, latest = belief.span.earliest // 1000, belief.span.latest // 1000
    floor = max(belief.floor, min(issued, latest))
    if belief.source is Source.SIGNED:
        return max(floor, earliest)
    if belief.doubts & {Doubt.KERNEL_DISAGREES, Doubt.RTC_DISAGREES}:
        return floor
    confirmed = belief.source is Source.RTC and belief.span.latest - belief.span.earliest < 2 * UNKNOWN_MS
    return max(floor, earliest if confirmed else min(earliest, most))


def _rtc(belief: Belief, reading: Reading, error_ms: int) -> Belief:
    """Let a battery clock narrow what is held, or vouch for the time where nothing better does."""
    if reading.rtc_s is None:
        return replace(belief, mark=None, seen=None)
    told = Span(reading.rtc_s * 1000 - error_ms, reading.rtc_s * 1000 + GRAIN_MS + error_ms)
    if belief.source.rank < Source.RTC.rank:
        first = above(_first(told, reading.rtc_s, belief.last_rtc), belief.floor)
        if first is None:
            return replace(belief, mark=None, seen=None, doubts=belief.doubts | {Doubt.RTC_BELOW_FLOOR})
        belief = replace(belief, span=first, source=Source.RTC, mark=None)
    if (held := belief.span) is None:
        return belief
    off = meet(widened(held, UNKNOWN_MS), told) is None
    doubts = belief.doubts | {Doubt.RTC_DISAGREES} if off else belief.doubts
    counted = None if _was_set(belief, reading) else _counted(belief.mark, reading.rtc_s)
    narrowed = held if counted is None else meet(held, counted)
    mark = belief.mark
    if counted is None or narrowed is None or _inside(narrowed, counted):
        mark = Mark(reading.rtc_s, narrowed or held)
    return replace(belief, span=narrowed or held, mark=mark, seen=(reading.ms, reading.rtc_s), doubts=doubts)


def _was_set(belief: Belief, reading: Reading) -> bool:
    """Say whether somebody set the battery clock since it was seen last: it did not pass as CLOCK_BOOTTIME did."""
    if belief.seen is None or reading.rtc_s is None:
        return True
    passed_ms = reading.ms - belief.seen[0]
    apart_ms = abs((reading.rtc_s - belief.seen[1]) * 1000 - passed_ms)
    return apart_ms > GRAIN_MS + passed_ms * (RTC_PPM + BOOT_PPM) // PPM + 1


def _counted(mark: Mark | None, rtc_s: int) -> Span | None:
    """Say what the time is by a battery clock that nobody has set since `mark`."""
    return None if mark is None else carried(mark.span, (rtc_s - mark.rtc_s) * 1000, RTC_PPM, GRAIN_MS)


def _inside(narrowed: Span, counted: Span) -> bool:
    """Say whether both ends are known better by more than the counter's grain.

    Only then may it count from there: a lie at one end would win a grain each time.
    """
    gained_ms = min(narrowed.earliest - counted.earliest, counted.latest - narrowed.latest)
    return gained_ms > GRAIN_MS


def _first(told: Span, rtc_s: int, last: Mark | None) -> Span:
    """Say what a battery clock vouches for after a start: what it reads, and what an earlier run knew of its error.

    Both, because somebody may have set it right in between.
    """
    known = None if last is None or rtc_s < last.rtc_s else _counted(last, rtc_s)
    if known is None:
        return widened(told, UNKNOWN_MS)
    return Span(min(told.earliest, known.earliest), max(told.latest, known.latest))


def _kernel(belief: Belief, reading: Reading) -> Belief:
    """Let the kernel's clock narrow what is held, or vouch for the time where nothing better does."""
    vouches = Source.NTP if reading.synchronised else Source.SYSTEM
    if belief.span is None or vouches.rank > belief.source.rank:
        told = above(reading.kernel, belief.floor)
        if told is None:
            return replace(belief, doubts=belief.doubts | {Doubt.KERNEL_BELOW_FLOOR})
        return replace(belief, span=told, source=vouches)
    both = meet(belief.span, reading.kernel)
    if both is None:
        return replace(belief, doubts=belief.doubts | {Doubt.KERNEL_DISAGREES})
    return replace(belief, span=both) if vouches.rank >= min(belief.source.rank, Source.NTP.rank) else belief
