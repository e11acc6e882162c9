"""The light: nearest colours, rhythms, and darkness when the time is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.colours import COLOURS, LAMPS, LOW_FLASH_MS, lamps_for, lowered, phase
from hw.errors import HardwareError
from hw.light import GpioLight
from tests.unit.hw.lines import Bells, HandClock, TellingFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PINS = {"red": 22, "yellow": 23, "green": 24, "blue": 25, "white": 26}


class Bench:
    """A light on mock pins with the time in our hand."""

    def __init__(self, *lamps: str) -> None:
        """Hang up these lamps."""
        self.clock, self.factory = HandClock(), TellingFactory()
        self.bells = Bells(self.clock)
        pins = {lamp: PINS[lamp] for lamp in lamps}
        self.light = GpioLight(pins, self.factory, clock_ms=self.clock, make_alarm=self.bells)

    def lit(self) -> set[str]:
        """Name the lamps that are lit."""
        return {lamp for lamp, pin in PINS.items() if pin in self.factory.lit()}


@pytest.fixture
def hang() -> Iterator[Callable[..., Bench]]:
    """Hang lights that are taken down again."""
    benches: list[Bench] = []

    def make(*lamps: str) -> Bench:
        benches.append(Bench(*lamps))
        return benches[-1]

    yield make
    for bench in benches:
        bench.factory.broken = set()
        bench.light.close()


@pytest.mark.parametrize(
    ("lamps", "colour", "expected"),
    [
        ("red yellow green", "yellow", "yellow"),
        ("red green", "yellow", "red green"),
        ("red green", "blue", "red green"),
        ("red green", "white", "red green"),
        ("red green blue", "white", "red green blue"),
        ("red green blue", "blue", "blue"),
        ("red", "yellow", "red"),
        ("red", "green", ""),
        ("red yellow", "green", ""),
        ("green", "red", ""),
        ("green", "yellow", ""),
        ("green", "blue", ""),
        ("white", "red", "white"),
        ("white", "green", "white"),
        ("yellow white", "blue", "white"),
        ("red yellow green", "dark", ""),
    ],
)
def test_a_missing_lamp_is_replaced_by_the_nearest(
    hang: Callable[..., Bench], lamps: str, colour: str, expected: str
) -> None:
    """What is not there is shown by what comes nearest, or not at all."""
    bench = hang(*lamps.split())
    bench.light.show(colour, (), 1_000)
    assert bench.lit() == set(expected.split())


@given(st.sets(st.sampled_from(sorted(LAMPS)), min_size=1), st.sampled_from(sorted(COLOURS)))
def test_green_alone_means_green(lamps: set[str], colour: str) -> None:
    """No lamp set shows the green lamp alone for another colour, nor a stop lamp for green."""
    shown = lamps_for(colour, frozenset(lamps))
    assert shown <= lamps
    if colour != "green":
        assert shown != {"green"}
    else:
        assert shown <= {"green", "white"}


@pytest.mark.parametrize(
    ("rhythm", "elapsed_ms", "expected"),
    [
        ((), 123, (True, None)),
        ((100, 200), 0, (True, 100)),
        ((100, 200), 99, (True, 1)),
        ((100, 200), 100, (False, 200)),
        ((100, 200), 300, (True, 100)),
        ((50, 50, 50, 850), 120, (True, 30)),
        ((500,), 500, (False, 500)),
        ((0, 10), 5, (False, 5)),
    ],
)
def test_a_rhythm_alternates_and_repeats(
    rhythm: tuple[int, ...], elapsed_ms: int, expected: tuple[bool, int | None]
) -> None:
    """On and off times follow one another for ever, beginning with on."""
    assert phase(rhythm, elapsed_ms) == expected


RHYTHMS = st.lists(st.integers(0, 2_000), max_size=8).map(tuple).filter(lambda rhythm: not rhythm or sum(rhythm) > 0)


@given(RHYTHMS, st.integers(0, 20_000))
def test_low_power_shortens_and_never_adds(rhythm: tuple[int, ...], elapsed_ms: int) -> None:
    """A lowered rhythm is lit only where the whole one is, never for longer at once than a flash, and takes as long."""
    low = lowered(rhythm)
    if phase(low, elapsed_ms)[0]:
        assert phase(rhythm, elapsed_ms)[0]
    assert max(low[::2]) <= LOW_FLASH_MS
    assert not rhythm or sum(low) == sum(rhythm) * (1 + len(rhythm) % 2)
    assert [on > 0 for on in low[::2]] == [on > 0 for on in (rhythm * (1 + len(rhythm) % 2))[::2]] or not rhythm


def test_a_light_burns_low_in_short_flashes(hang: Callable[..., Bench]) -> None:
    """While power is low a steady light winks twice in two seconds, and its limit still ends it."""
    bench = hang("green")
    bench.light.show("green", (), 3_000, low=True)
    lit_ms = []
    for at_ms in range(0, 4_000, 20):
        if bench.lit():
            lit_ms.append(at_ms)
        bench.bells.walk(20)
    assert lit_ms == [*range(0, 80, 20), *range(240, 320, 20), *range(2_000, 2_080, 20), *range(2_240, 2_320, 20)]


@pytest.mark.parametrize(("colour", "rhythm"), [("pink", ()), ("red", (0, 0)), ("red", (100, -1))])
def test_what_cannot_be_shown_is_refused(hang: Callable[..., Bench], colour: str, rhythm: tuple[int, ...]) -> None:
    """An unknown colour or a rhythm of no time is a mistake of the caller and changes nothing."""
    bench = hang("red", "green")
    bench.light.show("green", (), 1_000)
    with pytest.raises(ValueError, match=r"is none of|a rhythm"):
        bench.light.show(colour, rhythm, 1_000)
    assert bench.lit() == {"green"}


def test_a_light_goes_dark_when_its_time_is_up(hang: Callable[..., Bench]) -> None:
    """A gate that hangs after showing green stops showing it at the limit."""
    bench = hang("red", "green")
    bench.light.show("green", (300, 200), 1_050)
    seen = []
    for _ in range(12):
        seen.append("green" in bench.lit())
        bench.bells.walk(100)
    assert seen == [True, True, True, False, False] * 2 + [True, False]


def test_a_late_ring_of_an_old_signal_leaves_the_new_one_alone(hang: Callable[..., Bench]) -> None:
    """A ring that was due for the signal before changes nothing of the one that replaced it."""
    bench = hang("red", "green")
    bench.light.show("green", (), 1_000)
    bench.clock.ms += 990
    bench.light.show("red", (), 1_000)
    assert bench.bells.last is not None
    bench.bells.last.ring()
    assert bench.lit() == {"red"}
    bench.bells.walk(1_000)
    assert bench.lit() == set()


def test_colours_never_overlap_when_they_change(hang: Callable[..., Bench]) -> None:
    """A lamp that goes dark does so before another is lit."""
    bench = hang("red", "green")
    for colour in ("green", "red", "green"):
        bench.light.show(colour, (), 1_000)
    changes = [bench.factory.next_change() for _ in range(5)]
    assert changes == [(24, True), (24, False), (22, True), (22, False), (24, True)]


def test_a_real_alarm_blinks_and_darkens() -> None:
    """With the clock and the thread of a gate a signal blinks and ends by itself."""
    factory = TellingFactory()
    light = GpioLight({"green": 24}, factory)
    light.show("green", (10, 10), 35)
    assert [factory.next_change()[1] for _ in range(4)] == [True, False, True, False]
    light.close()


def test_closing_darkens_for_good(hang: Callable[..., Bench]) -> None:
    """After close every lamp is dark, stays driven and cannot be lit."""
    bench = hang("red", "green")
    bench.light.show("yellow", (), 1_000)
    bench.light.close()
    assert bench.lit() == set()
    assert bench.factory.pin(24).function == "output"
    with pytest.raises(HardwareError, match="closed"):
        bench.light.show("red", (), 1_000)


def test_a_lamp_that_does_not_follow_is_one_error_and_tried_again(hang: Callable[..., Bench]) -> None:
    """A lamp that stays lit is reported, and darkened as soon as it follows."""
    bench = hang("red", "green")
    bench.light.show("green", (), 1_000)
    bench.factory.broken = {False}
    with pytest.raises(HardwareError, match=r"lamp on GPIO 2[24]"):
        bench.light.show("dark", (), 1_000)
    assert bench.lit() == {"green"}
    bench.factory.broken = set()
    bench.bells.walk(200)
    assert bench.lit() == set()


@pytest.mark.parametrize("dead", ["red", "green"])
def test_half_a_colour_is_never_shown(hang: Callable[..., Bench], dead: str) -> None:
    """Of a yellow made of two lamps one that fails leaves both dark: a refusal must not become a green."""
    bench = hang("red", "green")
    bench.factory.dead = {PINS[dead]}
    with pytest.raises(HardwareError):
        bench.light.show("yellow", (), 1_000)
    assert bench.lit() == set()
    bench.factory.dead = set()
    bench.bells.walk(200)
    assert bench.lit() == {"red", "green"}


def test_a_lamp_that_stays_lit_at_the_close_is_tried_again(hang: Callable[..., Bench]) -> None:
    """A lamp that does not go dark when the light is closed is reported, and darkened as soon as it follows."""
    bench = hang("red", "green")
    bench.light.show("green", (), 60_000)
    bench.factory.broken = {False}
    for _ in range(2):
        with pytest.raises(HardwareError, match=r"lamp on GPIO 2[24]"):
            bench.light.close()
    assert bench.lit() == {"green"}
    with pytest.raises(HardwareError, match="closed"):
        bench.light.show("red", (), 1_000)
    bench.factory.broken = set()
    bench.bells.walk(200)
    assert bench.lit() == set()


@pytest.mark.parametrize("pins", [{}, {"pink": 22}, {"red": 3}])
def test_lamps_must_be_known_and_on_safe_pins(pins: dict[str, int]) -> None:
    """A light without lamps, of an unknown colour or on an unsafe pin is refused."""
    with pytest.raises(ValueError, match=r"a light has lamps|may not drive"):
        GpioLight(pins, TellingFactory())


def test_a_light_that_cannot_be_claimed_gives_back_what_it_had() -> None:
    """When one lamp cannot be claimed the others are free again."""
    factory = TellingFactory()
    taken = GpioLight({"green": 24}, factory)
    with pytest.raises(HardwareError, match="green lamp"):
        GpioLight({"red": 22, "green": 24}, factory)
    GpioLight({"red": 22}, factory).close()
    taken.close()
