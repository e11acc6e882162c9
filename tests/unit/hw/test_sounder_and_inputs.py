"""The sounder plays once and never troubles anybody; a contact reports what has been stable."""

from __future__ import annotations

import queue
from typing import Literal

import pytest

from hw.inputs import GpioContact
from hw.sounder import GpioSounder
from tests.unit.hw.lines import Bells, HandClock, TellingFactory

PIN = 27
BUTTON = 5


def test_a_tune_is_played_once() -> None:
    """Notes follow one another for their times, a rest is silent, and the end is silence."""
    clock, factory = HandClock(), TellingFactory()
    bells = Bells(clock)
    sounder = GpioSounder(PIN, factory, clock_ms=clock, make_alarm=bells)
    sounder.play(((880, 100), (0, 50), (440, 100)))
    heard = []
    for _ in range(6):
        heard.append(factory.pin(PIN).frequency if factory.level(PIN) else 0)
        bells.walk(50)
    assert heard == [880, 880, 0, 440, 440, 0]
    sounder.close()


def test_a_new_tune_replaces_the_old_one() -> None:
    """What was left of the old tune is not played."""
    clock, factory = HandClock(), TellingFactory()
    bells = Bells(clock)
    sounder = GpioSounder(PIN, factory, clock_ms=clock, make_alarm=bells)
    sounder.play(((880, 1_000), (1_760, 1_000)))
    bells.walk(10)
    sounder.play(((440, 20),))
    assert factory.pin(PIN).frequency == 440
    bells.walk(20)
    assert not factory.level(PIN)
    sounder.play(())
    sounder.close()
    sounder.play(((440, 20),))
    assert not factory.level(PIN)


def test_a_failing_sounder_is_counted_and_harmless() -> None:
    """A line that takes no tone raises nothing."""
    factory = TellingFactory()
    sounder = GpioSounder(PIN, factory)
    factory.broken = {True}
    sounder.play(((440, 1),))
    assert sounder.faults == 1
    factory.broken = set()
    sounder.close()


def test_a_note_of_no_sense_is_refused() -> None:
    """A negative time or frequency is a mistake of the caller."""
    sounder = GpioSounder(PIN, TellingFactory())
    with pytest.raises(ValueError, match="a note is"):
        sounder.play(((440, -1),))
    sounder.close()


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
    assert contact.active() is active
    contact.close()


def test_a_change_is_reported_once_it_is_stable() -> None:
    """A bouncing button is one press; a spike shorter than the bounce time is none."""
    clock, factory = HandClock(), TellingFactory()
    bells = Bells(clock)
    contact = GpioContact(BUTTON, factory, normally_open=True, bounce_ms=30, clock_ms=clock, make_alarm=bells)
    reported: list[bool] = []
    contact.watch(reported.append)
    pin = factory.pin(BUTTON)
    for _ in range(5):
        pin.drive_low()
        bells.walk(10)
        pin.drive_high()
        bells.walk(10)
    bells.walk(100)
    assert reported == []
    pin.drive_low()
    bells.walk(29)
    assert reported == []
    bells.walk(1)
    assert reported == [True]
    pin.drive_high()
    bells.walk(30)
    assert reported == [True, False]
    contact.close()
    pin.drive_low()
    bells.walk(100)
    assert reported == [True, False]


def test_a_real_press_comes_from_another_thread() -> None:
    """With the clock and the thread of a gate a press arrives by itself, also one from before the watch."""
    factory = TellingFactory()
    contact = GpioContact(BUTTON, factory, normally_open=True, bounce_ms=1)
    told: queue.Queue[bool] = queue.Queue()
    contact.watch(told.put)
    factory.pin(BUTTON).drive_low()
    assert told.get(timeout=10)
    contact.close()
