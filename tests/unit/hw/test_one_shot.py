"""The one-shot's line rises as long as somebody turns it over, and every end leaves it low without a rise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.errors import HardwareError
from hw.one_shot import STALE_MS, TOGGLE_MS, GpioOneShot
from hw.release import release_all
from hw.simulated import SimulatedOneShot
from tests.unit.hw.lines import HandClock, TellingFactory

PIN = 27
HOLD_MS = 1_000


def rises(factory: TellingFactory) -> int:
    """Count the rises since they were last counted, as the circuit would."""
    count = 0
    while not factory.changes.empty():
        count += factory.changes.get_nowait() == (PIN, True)
    return count


@given(st.lists(st.integers(1, 3 * STALE_MS), max_size=40))
def test_every_pair_of_turns_rises_and_so_does_the_first_after_a_pause(gaps_ms: list[int]) -> None:
    """A run of turns begins with a rise, and no two turns go by without one; the simulated circuit sees the same."""
    clock, factory = HandClock(), TellingFactory()
    line, twin = GpioOneShot(PIN, factory, clock_ms=clock), SimulatedOneShot(clock, hold_ms=HOLD_MS)
    assert rises(factory) == 0
    rose_before, fed_until_ms = False, 0
    for gap_ms in gaps_ms:
        clock.ms += gap_ms
        line.toggle()
        twin.toggle()
        rose = rises(factory) == 1
        assert rose or (rose_before and gap_ms < STALE_MS)
        rose_before = rose
        if rose:
            fed_until_ms = clock.ms + HOLD_MS
        assert twin.feeds() == (clock.ms < fed_until_ms)
    line.close()


def test_turned_in_time_the_circuit_stays_closed() -> None:
    """A line turned over every quarter of a second feeds a one-shot of a second without a gap."""
    clock = HandClock()
    twin = SimulatedOneShot(clock, hold_ms=HOLD_MS)
    for _ in range(100):
        twin.toggle()
        for _ in range(TOGGLE_MS):
            clock.ms += 1
            assert twin.feeds()


@pytest.mark.parametrize("turns", [1, 2])
def test_no_end_is_a_rise(turns: int) -> None:
    """Giving the line up and releasing it after a kill make no rise, whichever way it stood, and leave it low."""
    for end in ("close", "release"):
        factory = TellingFactory()
        line = GpioOneShot(PIN, factory)
        for _ in range(turns):
            line.toggle()
        rises(factory)
        if end == "close":
            line.close()
            line.close()
            with pytest.raises(HardwareError, match="closed"):
                line.toggle()
        else:
            factory._reservations.clear()
            release_all(factory, (PIN,))
        assert rises(factory) == 0
        assert not factory.level(PIN)
        line.close()
