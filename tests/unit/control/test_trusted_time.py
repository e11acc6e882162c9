"""Which clock is believed: tables of spans and worlds in which everything runs as wrong as it may, without a clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.control.trusted_time import (
    ALONE_PPM,
    BOOT_PPM,
    DAY_S,
    PPM,
    RTC_PPM,
    UNKNOWN_MS,
    VAGUE_MS,
    Belief,
    Doubt,
    Mark,
    Reading,
    Source,
    Span,
    answered,
    carried,
    risen,
    weigh,
)
from firmware.events import CEILING
from firmware.signed.time_answer import TimeRefusal

FLOOR = 1_767_225_600
NOW = FLOOR + 300 * DAY_S
NOW_MS = NOW * 1000
YEAR_MS = 365 * DAY_S * 1000
ERROR_MS = 2_000
LAST_MS = CEILING * 1000 - 1 + ERROR_MS - NOW_MS


def about(unix_ms: int, error_ms: int = ERROR_MS) -> Span:
    """What a clock tells that may be off by so much."""
    return Span(unix_ms - error_ms, unix_ms + error_ms)


def reading(off_ms: int = 0, *, synchronised: bool = False, rtc_s: int | None = None, ms: int = 0) -> Reading:
    """Look at clocks of which the kernel's is off by `off_ms`, `ms` after noon."""
    return Reading(ms, about(NOW_MS + ms + off_ms), synchronised, rtc_s)


STARTS: dict[str, tuple[Reading, Source, Span | None, set[Doubt]]] = {
    "kernel alone": (reading(), Source.SYSTEM, about(NOW_MS), set()),
    "kept right": (reading(synchronised=True), Source.NTP, about(NOW_MS), set()),
    "years back": (reading(-2 * YEAR_MS), Source.NONE, None, {Doubt.KERNEL_BELOW_FLOOR}),
    "the last second of this century": (reading(LAST_MS), Source.SYSTEM, about(NOW_MS + LAST_MS), set()),
    "another century": (reading(LAST_MS + 1), Source.NONE, None, {Doubt.KERNEL_BELOW_FLOOR}),
    "the end of all calendars": (
        reading(synchronised=True, rtc_s=253_402_300_799),
        Source.NTP,
        about(NOW_MS),
        {Doubt.RTC_BELOW_FLOOR},
    ),
    "battery clock": (
        reading(-YEAR_MS // 2, rtc_s=NOW),
        Source.RTC,
        Span(NOW_MS - ERROR_MS - UNKNOWN_MS, NOW_MS + 1000 + ERROR_MS + UNKNOWN_MS),
        {Doubt.KERNEL_DISAGREES},
    ),
    "both": (reading(9000, synchronised=True, rtc_s=NOW), Source.RTC, about(NOW_MS + 9000), set()),
    "an empty battery": (reading(synchronised=True, rtc_s=5), Source.NTP, about(NOW_MS), {Doubt.RTC_BELOW_FLOOR}),
    "a liar": (
        reading(YEAR_MS, synchronised=True, rtc_s=NOW),
        Source.RTC,
        Span(NOW_MS - ERROR_MS - UNKNOWN_MS, NOW_MS + 1000 + ERROR_MS + UNKNOWN_MS),
        {Doubt.KERNEL_DISAGREES},
    ),
}


@pytest.mark.parametrize("name", list(STARTS))
def test_what_is_believed_at_a_start(name: str) -> None:
    """The battery clock outranks the kernel, which only narrows it; what lies before the floor is nothing."""
    read, source, span, doubts = STARTS[name]
    found = weigh(Belief(FLOOR), read, ERROR_MS)
    assert (found.source, found.span, found.doubts) == (source, span, frozenset(doubts))


@pytest.mark.parametrize("off_ms", [YEAR_MS, -YEAR_MS, 6_000, -6_000])
@pytest.mark.parametrize("source", [Source.SYSTEM, Source.NTP, Source.RTC, Source.SIGNED])
def test_a_kernel_that_is_set_is_not_believed(source: Source, off_ms: int) -> None:
    """Whoever vouched before, time goes on from there; set right again the kernel is believed again."""
    held = Belief(FLOOR, 0, about(NOW_MS), source)
    read = reading(off_ms, synchronised=source is not Source.SYSTEM, ms=1000)
    found = weigh(held, read, ERROR_MS)
    assert found.doubts == {Doubt.KERNEL_DISAGREES}
    assert (found.source, found.span) == (source, carried(about(NOW_MS), 1000, ALONE_PPM))
    assert weigh(found, replace(read, kernel=about(NOW_MS + 1000)), ERROR_MS).doubts == frozenset()


def test_the_first_program_that_keeps_the_kernel_right_may_set_it() -> None:
    """A machine without a battery clock begins with an old time and gets the true one from NTP, once."""
    began = weigh(Belief(FLOOR), reading(-YEAR_MS // 4), ERROR_MS)
    found = weigh(began, reading(synchronised=True, ms=10), ERROR_MS)
    assert (found.source, found.span, found.doubts) == (Source.NTP, about(NOW_MS + 10), frozenset())


def test_an_answer_lies_between_question_and_arrival() -> None:
    """The second that was signed, and all the time that may have passed since; never before the floor."""
    found = answered(Belief(FLOOR), NOW, asked_ms=5_000, arrived_ms=9_000)
    assert isinstance(found, Belief)
    assert (found.source, found.ms, found.span) == (Source.SIGNED, 9_000, Span(NOW_MS, NOW_MS + 5_002))
    assert answered(Belief(NOW + 10), NOW, asked_ms=5_000, arrived_ms=9_000) is TimeRefusal.BELOW_FLOOR


@pytest.mark.parametrize(
    ("held", "late_ms", "taken"),
    [
        (about(NOW_MS), VAGUE_MS // 2, True),
        (about(NOW_MS), VAGUE_MS, False),
        (about(NOW_MS + 3_600_000), VAGUE_MS, True),
        (about(NOW_MS, 300_000), VAGUE_MS, True),
        (None, VAGUE_MS, True),
    ],
    ids=["in good time", "late", "late, and against what is held", "late, and better all the same", "nothing held"],
)
def test_a_late_answer_makes_no_good_time_vague(held: Span | None, late_ms: int, *, taken: bool) -> None:
    """Orders would be refused from then on; what contradicts what is held, or says more, is taken."""
    belief = Belief(FLOOR, 9_000, None if held is None else carried(held, late_ms, 0), Source.SYSTEM)
    found = answered(belief, NOW, asked_ms=9_000 - late_ms, arrived_ms=9_000)
    assert isinstance(found, Belief) if taken else found is TimeRefusal.TOO_LATE


def belief(source: Source, *doubts: Doubt) -> Belief:
    """Something held at noon."""
    return Belief(FLOOR, 0, about(NOW_MS), source, doubts=frozenset(doubts))


RISES = [
    (belief(Source.RTC), 0, NOW - 2),
    (belief(Source.SIGNED, Doubt.RTC_DISAGREES), 0, NOW - 2),
    (belief(Source.RTC, Doubt.KERNEL_DISAGREES), 0, FLOOR),
    (belief(Source.RTC, Doubt.KERNEL_DISAGREES), NOW - 50, NOW - 50),
    (Belief(FLOOR, 0, about(NOW_MS, UNKNOWN_MS + 1), Source.RTC), 0, FLOOR + DAY_S),
    (belief(Source.NTP), 0, FLOOR + DAY_S),
    (belief(Source.SYSTEM), NOW + 5 * DAY_S, NOW + 2),
    (Belief(FLOOR), NOW, FLOOR + DAY_S),
    (Belief(FLOOR), FLOOR - 5, FLOOR),
]


@pytest.mark.parametrize(("held", "issued", "floor"), RISES)
def test_how_far_the_floor_rises(held: Belief, issued: int, floor: int) -> None:
    """Signed answers and a confirmed battery clock raise it all the way, whatever nobody confirmed by a day."""
    assert risen(held, FLOOR + DAY_S, issued) == floor


@dataclass
class World:
    """True time and clocks that run wrong: `ppm` each, the battery clock off by `rtc_off_ms` at the start."""

    boot_ppm: int
    rtc_ppm: int
    rtc_off_ms: int
    passed_ms: int = 0
    set_ms: int = 0

    @property
    def true_ms(self) -> int:
        """The true Unix time."""
        return NOW_MS + self.passed_ms

    @property
    def boot_ms(self) -> int:
        """CLOCK_BOOTTIME."""
        return self.passed_ms + self.passed_ms * self.boot_ppm // PPM

    @property
    def rtc_s(self) -> int:
        """What the battery clock reads."""
        drifted = self.passed_ms * self.rtc_ppm // PPM
        return (self.true_ms + drifted + self.rtc_off_ms + self.set_ms) // 1000


GOOD_PPM = st.integers(-90, 90)
PASSED_MS = st.integers(10, 3_600_000)
LIES_MS = st.one_of(st.integers(-60_000, 60_000), st.integers(-20 * YEAR_MS, 20 * YEAR_MS))
LOOKS = st.lists(st.tuples(PASSED_MS, st.integers(-ERROR_MS, ERROR_MS), st.booleans(), st.booleans()), max_size=40)


@given(boot=GOOD_PPM, rtc=GOOD_PPM, off_ms=st.integers(-UNKNOWN_MS, UNKNOWN_MS), looks=LOOKS, battery=st.booleans())
def test_the_true_time_lies_in_the_interval(boot: int, rtc: int, off_ms: int, looks: list, *, battery: bool) -> None:  # type: ignore[type-arg]
    """However wrong every clock runs within its bounds, comes and goes, is kept right or is not, or is set right."""
    world, held = World(boot, rtc, off_ms), Belief(FLOOR)
    for passed_ms, wrong_ms, synchronised, there in looks:
        world.passed_ms += passed_ms
        told = about(world.true_ms + wrong_ms)
        if battery and synchronised and not there:  # its drift is taken back, as a kernel that is kept right does
            world.set_ms = -world.rtc_off_ms - world.passed_ms * world.rtc_ppm // PPM
        held = weigh(
            held, Reading(world.boot_ms, told, synchronised, world.rtc_s if battery and there else None), ERROR_MS
        )
        assert held.span is not None
        assert held.span.earliest <= world.true_ms <= held.span.latest
        later = world.boot_ms + 600_000 + 600_000 * boot // PPM
        assert (span := held.at(later)) is not None
        assert span.earliest <= world.true_ms + 600_000 <= span.latest


@given(
    boot=st.integers(-450, 450),
    rtc=GOOD_PPM,
    off_ms=st.integers(-UNKNOWN_MS, UNKNOWN_MS),
    looks=st.lists(st.tuples(PASSED_MS, LIES_MS, st.booleans()), max_size=60),
)
def test_ntp_moves_time_only_within_the_drift_of_the_battery_clock(
    boot: int, rtc: int, off_ms: int, looks: list[tuple[int, int, bool]]
) -> None:
    """Whatever a liar tells the kernel, and however they bend its rate, both ends stay near the battery clock."""
    world = World(boot, rtc, off_ms)
    held = weigh(Belief(FLOOR), Reading(world.boot_ms, about(NOW_MS), synchronised=False, rtc_s=world.rtc_s), ERROR_MS)
    for passed_ms, lie_ms, at_the_edge in looks:
        world.passed_ms += passed_ms
        at = held.at(world.boot_ms)
        assert at is not None
        told = about(at.latest + lie_ms % 7_000 if at_the_edge else world.true_ms + lie_ms)
        held = weigh(held, Reading(world.boot_ms, told, synchronised=True, rtc_s=world.rtc_s), ERROR_MS)
        allowed = 2 * (UNKNOWN_MS + ERROR_MS + 2_000) + 2 * world.passed_ms * RTC_PPM // PPM
        assert held.span is not None
        assert held.source is Source.RTC
        assert world.true_ms - allowed <= held.span.earliest <= held.span.latest <= world.true_ms + allowed


@pytest.mark.parametrize("up", [True, False])
def test_a_liar_wins_no_grain_with_each_look(*, up: bool) -> None:
    """Once the battery clock is known to two seconds, pulling at one end gains its drift and not a second a time."""
    held = Belief(FLOOR, 0, about(NOW_MS), Source.RTC, Mark(NOW, about(NOW_MS)), seen=(0, NOW))
    for passed_ms in range(600_000, 3 * DAY_S * 1000, 600_000):
        at = held.at(passed_ms)
        assert at is not None
        told = about(at.latest + ERROR_MS if up else at.earliest - ERROR_MS)
        held = weigh(held, Reading(passed_ms, told, synchronised=True, rtc_s=NOW + passed_ms // 1000), ERROR_MS)
        allowed = ERROR_MS + 2_001 + passed_ms * RTC_PPM // PPM
        assert held.span is not None
        assert NOW_MS + passed_ms - allowed <= held.span.earliest
        assert held.span.latest <= NOW_MS + passed_ms + allowed


@pytest.mark.parametrize("rtc", [-95, 0, 95])
@pytest.mark.parametrize("boot", [-95, 95])
@pytest.mark.parametrize("battery", [True, False])
def test_weeks_without_anybody_who_keeps_the_kernel_right(boot: int, rtc: int, *, battery: bool) -> None:
    """The interval grows with what the counters may be off, and the true time stays in it."""
    world, held, widths = World(boot, rtc, 0), Belief(FLOOR), list[int]()
    for hour in range(24 * 21):
        world.passed_ms = hour * 3_600_000
        read = Reading(world.boot_ms, about(world.true_ms), hour == 0, world.rtc_s if battery else None)
        held = weigh(held, read, ERROR_MS)
        assert held.span is not None
        assert held.span.earliest <= world.true_ms <= held.span.latest
        widths.append(held.span.latest - held.span.earliest)
    assert widths[-1] <= 3 * 21 * DAY_S * 1000 * RTC_PPM // PPM


@pytest.mark.parametrize("off_ms", range(-9_000, 9_001, 1_500))
def test_a_battery_clock_that_is_set_right_counts_from_there(off_ms: int) -> None:
    """A few seconds of correction do not count as time that passed."""
    world, held = World(0, 0, off_ms), Belief(FLOOR)
    for _ in range(6):
        world.passed_ms += 10_000
        held = weigh(held, Reading(world.boot_ms, about(world.true_ms), synchronised=True, rtc_s=world.rtc_s), ERROR_MS)
    world.set_ms = -off_ms
    for _ in range(6):
        world.passed_ms += 10_000
        held = weigh(held, Reading(world.boot_ms, about(0), synchronised=False, rtc_s=world.rtc_s), ERROR_MS)
        assert held.span is not None
        assert held.span.earliest <= world.true_ms <= held.span.latest


@given(
    floor=st.integers(FLOOR, NOW),
    earliest=st.integers(0, 2 * NOW_MS),
    width=st.integers(0, YEAR_MS),
    held=st.tuples(st.sampled_from(Source), st.frozensets(st.sampled_from(Doubt))),
    issued=st.integers(0, 2 * NOW),
)
def test_the_floor_never_goes_back(
    floor: int, earliest: int, width: int, held: tuple[Source, frozenset[Doubt]], issued: int
) -> None:
    """Whatever is held and doubted, and it never passes what is held."""
    (source, doubts), span = held, Span(earliest, earliest + width)
    found = risen(Belief(floor, 0, span, source, doubts=doubts), floor + DAY_S, issued)
    assert floor <= found <= max(floor, span.latest // 1000)


def test_both_carries_are_worth_their_name() -> None:
    """Beside a battery clock the kernel's rate is trusted less, for somebody may bend it."""
    alone = Belief(FLOOR, 0, about(NOW_MS), Source.NTP)
    beside = replace(alone, mark=Mark(NOW, about(NOW_MS)))
    day_ms = DAY_S * 1000
    assert alone.at(day_ms) == carried(about(NOW_MS), day_ms, ALONE_PPM)
    assert beside.at(day_ms) == carried(about(NOW_MS), day_ms, BOOT_PPM)
