"""Supervised loops: what a voltage means, and contacts that also say that their wire is cut or shorted."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from hw.adc import Mcp3008
from hw.bands import HYSTERESIS, STANDARD, State, state_of
from hw.errors import HardwareError
from hw.supervised import SAMPLE_MS, SupervisedBoard
from tests.unit.hw.lines import Bells, HandClock

if TYPE_CHECKING:
    from hw.ports import Level

VOLTS = 3.3


@pytest.mark.parametrize(
    ("volts", "state"),
    [
        (0.0, "short"),
        (0.52, "short"),
        (0.53, "closed"),
        (1.05, "closed"),
        (1.61, "closed"),
        (1.62, "open"),
        (2.17, "open"),
        (2.73, "open"),
        (2.74, "cut"),
        (3.3, "cut"),
    ],
)
def test_a_voltage_means_the_nearest_state(volts: float, state: State) -> None:
    """With 4.7, 2.2 and 6.8 kOhm the four states stand at 0, 1.05, 2.17 and 3.3 V and part half-way."""
    assert state_of(volts / VOLTS) == state


@pytest.mark.parametrize("state", ["short", "closed", "open", "cut"])
@pytest.mark.parametrize("error", [-0.02, 0.02])
@pytest.mark.parametrize("wire_ohm", [0, 100])
def test_resistors_and_wires_of_the_real_world_change_nothing(state: State, error: float, wire_ohm: int) -> None:
    """Two per cent of error in each resistor and a hundred ohms of wire change no state, whatever was before."""
    end_ohm, bridge_ohm = STANDARD.end_ohm * (1 + error), STANDARD.bridge_ohm * (1 + error)
    pull_up_ohm = STANDARD.pull_up_ohm * (1 - error)
    loop_ohm = {"short": 0.0, "closed": end_ohm, "open": end_ohm + bridge_ohm, "cut": 1e9}[state] + wire_ohm
    before: State
    for before in ("short", "closed", "open", "cut"):
        assert state_of(loop_ohm / (loop_ohm + pull_up_ohm), before) == state


@given(st.floats(0, 1), st.floats(-HYSTERESIS, HYSTERESIS))
def test_noise_below_the_hysteresis_changes_nothing(ratio: float, noise: float) -> None:
    """A state once reached is kept while the voltage wavers by less than the hysteresis."""
    reached = state_of(ratio)
    assert state_of(min(1.0, max(0.0, ratio + 0.99 * noise)), reached) == reached


class HandAdc:
    """A converter whose voltages are set by hand, or that does not answer."""

    def __init__(self) -> None:
        """Begin with every loop closed."""
        self.ratios = dict.fromkeys(range(8), STANDARD.ratio("closed"))
        self.broken = self.closed = False

    def ratio(self, channel: int) -> float:
        """Return what was set."""
        if self.broken:
            message = "no answer"
            raise HardwareError(message)
        return self.ratios[channel]

    def close(self) -> None:
        """Remember it."""
        self.closed = True


class Bench:
    """A board with a fire loop (normally closed) and a button (normally open), and what they report."""

    def __init__(self) -> None:
        """Hang them up; the loop is closed, the button open."""
        self.clock, self.adc = HandClock(), HandAdc()
        self.bells = Bells(self.clock)
        self.board = SupervisedBoard(self.adc, clock_ms=self.clock, make_alarm=self.bells)
        self.set(3, "open")
        self.fire = self.board.contact(0, normally_open=False)
        self.button = self.board.contact(3, normally_open=True)
        self.told: list[tuple[str, Level]] = []
        self.fire.watch(lambda level: self.told.append(("fire", level)))
        self.button.watch(lambda level: self.told.append(("button", level)))
        assert self.wait() == [("fire", "rest"), ("button", "rest")]  # how they stand is the first word

    def set(self, channel: int, state: State) -> None:
        """Put a loop into a state."""
        self.adc.ratios[channel] = STANDARD.ratio(state)

    def wait(self) -> list[tuple[str, Level]]:
        """Let a fifth of a second pass and return what was told."""
        self.bells.walk(4 * SAMPLE_MS)
        told, self.told = self.told, []
        return told


def test_a_supervised_contact_tells_all_it_knows() -> None:
    """Rest and active follow from how the contact is made; cut and short are themselves on either kind."""
    bench = Bench()
    assert (bench.fire.level(), bench.button.level(), bench.wait()) == ("rest", "rest", [])
    bench.set(0, "open")
    bench.set(3, "closed")
    assert bench.wait() == [("fire", "active"), ("button", "active")]
    bench.set(0, "cut")
    bench.set(3, "short")
    assert bench.wait() == [("fire", "cut"), ("button", "short")]
    bench.set(0, "closed")
    bench.set(3, "open")
    assert bench.wait() == [("fire", "rest"), ("button", "rest")]
    bench.fire.close()
    bench.set(0, "open")
    bench.set(3, "closed")
    assert bench.wait() == [("button", "active")]
    bench.board.close()
    assert bench.adc.closed


def test_a_cut_passing_through_other_states_is_told_as_a_cut() -> None:
    """A voltage that rises slowly crosses the band of an open contact, which is not told."""
    bench = Bench()
    for state in ("open", "cut"):
        bench.adc.ratios[0] = STANDARD.ratio("open" if state == "open" else "cut")
        bench.bells.walk(SAMPLE_MS)
    assert bench.wait() == [("fire", "cut")]


def test_a_converter_that_does_not_answer_is_a_cut_wire() -> None:
    """Nobody goes on trusting what a loop said last; the contact is back as soon as the converter is."""
    bench = Bench()
    bench.adc.broken = True
    assert bench.wait() == [("fire", "cut"), ("button", "cut")]
    assert bench.board.faults > 0
    bench.adc.broken = False
    assert bench.wait() == [("fire", "rest"), ("button", "rest")]


def test_a_loop_that_never_rests_chatters_once() -> None:
    """A loose joint is told once, and what it settles to afterwards."""
    bench = Bench()
    states: tuple[State, State] = ("closed", "cut")
    for turn in range(200):
        bench.set(0, states[turn % 2])
        bench.bells.walk(SAMPLE_MS)
    assert bench.told == [("fire", "chatter")]
    assert bench.fire.level() == "chatter"
    bench.bells.walk(3_000)
    assert bench.told[1:] == [("fire", "cut")]


@given(st.lists(st.tuples(st.sampled_from(["short", "closed", "open", "cut"]), st.integers(1, 20)), max_size=60))
def test_a_loop_is_told_what_it_ends_as_and_never_twice(course: list[tuple[State, int]]) -> None:
    """Whatever a loop does, no two reports in a row say the same, and the last is what it stands at."""
    bench = Bench()
    for state, samples in course:
        bench.set(0, state)
        bench.bells.walk(samples * SAMPLE_MS)
    bench.bells.walk(5_000)
    levels = ["rest", *(level for name, level in bench.told if name == "fire")]
    assert all(one != two for one, two in pairwise(levels))
    ends = {"short": "short", "closed": "rest", "open": "active", "cut": "cut"}
    assert levels[-1] == (ends[course[-1][0]] if course else "rest")


def test_a_channel_has_one_contact() -> None:
    """Two contacts on one channel are a mistake of the configuration."""
    bench = Bench()
    with pytest.raises(ValueError, match="has a contact already"):
        bench.board.contact(0, normally_open=True)


def test_a_bus_that_is_switched_off_is_one_clear_error() -> None:
    """Without the kernel's SPI nothing is toggled by hand instead; who opens the board is told."""
    with pytest.raises(HardwareError, match="MCP3008 channel 0: failed to initialize hardware SPI"):
        Mcp3008(MockFactory())
