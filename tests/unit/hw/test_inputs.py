"""A contact reports what has been stable, and of a line that never is it says so once."""

from __future__ import annotations

import queue
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.debounce import MAX_EDGES, MAX_REPORTS, QUIET_MS, REPORTS_MS, TRIAL_MS
from hw.inputs import GpioContact
from tests.unit.hw.lines import Bells, HandClock, TellingFactory

if TYPE_CHECKING:
    from hw.ports import Level

BUTTON = 5


class Bench:
    """A button on a mock pin with the time in our hand, and what it reported, with when."""

    def __init__(self, bounce_ms: int = 30) -> None:
        """Hang it up and watch it."""
        self.clock, self.factory = HandClock(), TellingFactory()
        self.bells = Bells(self.clock)
        self.contact = GpioContact(
            BUTTON,
            self.factory,
            normally_open=True,
            bounce_ms=bounce_ms,
            clock_ms=self.clock,
            make_alarm=self.bells,
        )
        self.pin = self.factory.pin(BUTTON)
        self.reported: list[Level] = []
        self.times_ms: list[int] = []
        self.contact.watch(self._tell)
        self.bells.walk(bounce_ms)
        assert self.reported == ["rest"]  # how it stands is the first word
        self.reported.clear()
        self.times_ms.clear()

    def _tell(self, level: Level) -> None:
        self.reported.append(level)
        self.times_ms.append(self.clock.ms)

    def shake(self, half_ms: int, span_ms: int) -> int:
        """Toggle the line every `half_ms` for a time; return how many edges were listened to."""
        heard = 0
        for turn in range(span_ms // half_ms):
            heard += self.pin.when_changed is not None
            self.press(down=turn % 2 == 0)
            self.bells.walk(half_ms)
        return heard

    def press(self, *, down: bool) -> None:
        """Close the button or open it."""
        if down:
            self.pin.drive_low()
        else:
            self.pin.drive_high()


@pytest.mark.parametrize(
    ("normally_open", "pull", "level", "active"),
    [
        (True, "up", True, False),
        (True, "up", False, True),
        (True, "down", True, True),
        (False, "up", True, True),
        (False, "up", False, False),
        (False, "down", False, True),
    ],
)
def test_a_contact_reads_by_how_it_is_made_and_wired(
    normally_open: bool,  # noqa: FBT001 - a table column
    pull: Literal["up", "down"],
    level: bool,  # noqa: FBT001 - a table column
    active: bool,  # noqa: FBT001 - a table column
) -> None:
    """A button is active when closed, a loop when open; a cut loop wire therefore reads as active."""
    factory = TellingFactory()
    contact = GpioContact(BUTTON, factory, normally_open=normally_open, pull=pull)
    pin = factory.pin(BUTTON)
    if level:
        pin.drive_high()
    else:
        pin.drive_low()
    assert contact.level() == ("active" if active else "rest")
    contact.close()


def test_the_first_word_is_the_level_as_it_settles() -> None:
    """A contact that bounces while it begins to be watched is told once, as what it comes to rest at."""
    clock, factory = HandClock(), TellingFactory()
    bells = Bells(clock)
    contact = GpioContact(BUTTON, factory, normally_open=True, clock_ms=clock, make_alarm=bells)
    pin = factory.pin(BUTTON)
    told: list[Level] = []
    pin.drive_low()
    contact.watch(told.append)
    for _ in range(3):
        pin.drive_high()
        bells.walk(10)
        pin.drive_low()
        bells.walk(10)
    assert told == []
    bells.walk(100)
    assert told == ["active"]
    contact.close()


def test_a_change_is_reported_once_it_is_stable() -> None:
    """A bouncing button is one press; a spike shorter than the bounce time is none."""
    bench = Bench()
    bench.shake(10, 100)
    bench.bells.walk(100)
    assert bench.reported == []
    bench.press(down=True)
    bench.bells.walk(29)
    assert bench.reported == []
    bench.bells.walk(1)
    assert bench.reported == ["active"]
    bench.press(down=False)
    bench.bells.walk(30)
    assert bench.reported == ["active", "rest"]
    bench.contact.close()
    bench.press(down=True)
    bench.bells.walk(100)
    assert bench.reported == ["active", "rest"]


def test_an_early_ring_reports_nothing() -> None:
    """A ring before the bounce time is over is a hint and no more: the change is reported when it counts."""
    bench = Bench()
    bench.press(down=True)
    bench.bells.walk(10)
    assert bench.bells.last is not None
    bench.bells.last.ring()
    assert bench.reported == []
    bench.bells.walk(20)
    assert bench.reported == ["active"]


@pytest.mark.parametrize("half_ms", [1, 3, 20, 29, 40, 150, 240])
def test_a_line_that_never_rests_chatters_once(half_ms: int) -> None:
    """However fast a line moves, it is reported as chatter once, and what it settles to when it is quiet again."""
    bench = Bench()
    heard = bench.shake(half_ms, 10_000)
    assert bench.reported.count("chatter") == 1
    assert bench.reported[-1:] == ["chatter"]
    assert len(bench.reported) <= MAX_REPORTS + 1
    levels = [bench.contact.level()]
    if half_ms == 1:
        assert heard < 3 * MAX_EDGES
    bench.press(down=True)
    bench.bells.walk(2 * QUIET_MS + TRIAL_MS)
    assert bench.reported[-1:] == ["active"]
    assert [*levels, bench.contact.level()] == ["chatter", "active"]
    bench.press(down=False)
    bench.bells.walk(30)
    assert bench.reported[-1:] == ["rest"]


def test_a_button_pressed_twice_in_a_hurry_is_two_presses() -> None:
    """Four changes within half a second are still those of a hand."""
    bench = Bench()
    bench.shake(120, 480)
    bench.bells.walk(30)
    assert bench.reported == ["active", "rest"] * 2


@pytest.mark.parametrize("half_ms", [50, 100])
def test_a_line_that_moves_in_step_with_the_looks_is_not_taken_for_quiet(half_ms: int) -> None:
    """A line that is the same at every look still chatters, because it moves between them."""
    bench = Bench()
    bench.shake(half_ms, 60_000)
    assert bench.reported[-1:] == ["chatter"]
    assert bench.reported.count("chatter") == 1


@given(st.lists(st.integers(1, 400), min_size=1, max_size=400), st.sampled_from([1, 30, 200]))
def test_a_line_makes_few_reports_whatever_it_does(spans_ms: list[int], bounce_ms: int) -> None:
    """Thirteen reports come in three seconds at most, no two in a row say the same, and the last is the truth."""
    bench = Bench(bounce_ms)
    for turn, span_ms in enumerate(spans_ms):
        bench.press(down=turn % 2 == 0)
        bench.bells.walk(span_ms)
    bench.bells.walk(10_000)
    thirteen = zip(bench.times_ms, bench.times_ms[MAX_REPORTS + 1 :], strict=False)
    assert all(late - early >= REPORTS_MS for early, late in thirteen)
    assert all(one != two for one, two in pairwise(["rest", *bench.reported]))
    assert ["rest", *bench.reported][-1] == ("active" if len(spans_ms) % 2 else "rest")


def test_a_real_press_comes_from_another_thread() -> None:
    """With the clock and the thread of a gate a press arrives by itself, also one from before the watch."""
    factory = TellingFactory()
    contact = GpioContact(BUTTON, factory, normally_open=True, bounce_ms=1)
    told: queue.Queue[Level] = queue.Queue()
    contact.watch(told.put)
    factory.pin(BUTTON).drive_low()
    assert told.get(timeout=10) == "active"
    contact.close()
