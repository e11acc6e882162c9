"""The sounder plays once and never troubles anybody."""

from __future__ import annotations

import pytest

from hw.sounder import GpioSounder
from tests.unit.hw.lines import Bells, HandClock, TellingFactory

PIN = 27


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
