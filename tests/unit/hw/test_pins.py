"""Pins: which may drive an output, which drivers there are, and what releasing everything does."""

from __future__ import annotations

import importlib.util

import pytest

from hw.errors import HardwareError
from hw.pins import SAFE_OUTPUT_PINS, OutputLine, check_output_pin, hardware_errors, open_factory
from hw.relay import GpioRelay
from hw.release import release_all
from tests.unit.hw.lines import TellingFactory


@pytest.mark.parametrize("pin", range(-1, 30))
def test_only_safe_pins_drive_outputs(pin: int) -> None:
    """A pin pulled up at power-on or with a second duty is refused by name, unless it is a test board's."""
    if pin in SAFE_OUTPUT_PINS:
        check_output_pin(pin)
    else:
        with pytest.raises(ValueError, match=f"GPIO {pin} may not drive an output: use one of 16, 17, 22"):
            check_output_pin(pin)
    if pin in range(2, 28):
        check_output_pin(pin, test_board=True)
    else:
        with pytest.raises(ValueError, match="may not drive"):
            check_output_pin(pin, test_board=True)


@pytest.mark.parametrize("kind", ["", "rpigpio", "mock:", "keeper", "keeper:", "lgpio:0"])
def test_an_unknown_driver_is_named(kind: str) -> None:
    """A driver that is none of the three is refused with what there is."""
    with pytest.raises(ValueError, match="none of: lgpio, mock, keeper:PATH"):
        open_factory(kind)


def test_a_missing_board_is_one_clear_error() -> None:
    """Without lgpio, or without a GPIO chip, opening the real driver says what is missing."""
    expected = "GPIO chip|gpiochip" if importlib.util.find_spec("lgpio") else "install python3-lgpio"
    with pytest.raises(HardwareError, match=expected):
        open_factory("lgpio")


def test_a_missing_keeper_is_one_clear_error() -> None:
    """A keeper that is not there is named with its path."""
    with pytest.raises(HardwareError, match="/nowhere/pins"):
        open_factory("keeper:/nowhere/pins")


def test_a_pin_is_claimed_once() -> None:
    """Two outputs on one pin are a HardwareError, and the first keeps working."""
    factory = open_factory("mock")
    first = GpioRelay(17, 1_000, factory)
    with pytest.raises(HardwareError, match="second on GPIO 17"):
        OutputLine(17, factory, what="second")
    first.energise(1_000)
    assert first.energised()
    first.close()
    OutputLine(17, factory).close()


def test_our_own_mistakes_are_not_blamed_on_hardware() -> None:
    """Only what drivers raise becomes a HardwareError."""
    with pytest.raises(ZeroDivisionError), hardware_errors("line"):
        raise ZeroDivisionError
    with pytest.raises(HardwareError, match="line: OSError"), hardware_errors("line"):
        raise OSError


@pytest.mark.parametrize("active_high", [True, False])
def test_releasing_drives_every_line_inactive(active_high: bool) -> None:  # noqa: FBT001 - a table column
    """Whatever a process that is gone left driven ends inactive, and driven."""
    factory = TellingFactory()
    pins = (16, 17, 22)
    for number in pins:
        factory.pin(number).output_with_state(active_high)
    release_all(factory, pins, active_high=active_high)
    assert [factory.level(number) for number in pins] == [not active_high] * 3
    assert {factory.pin(number).function for number in pins} == {"output"}


def test_one_bad_line_does_not_keep_the_others_driven() -> None:
    """Releasing tries every line, names each that failed and raises once."""
    factory = TellingFactory()
    for number in (17, 22):
        factory.pin(number).output_with_state(1)
    with pytest.raises(HardwareError, match="GPIO 3 may not drive"):
        release_all(factory, (17, 3, 22))
    assert factory.lit() == set()
    factory.pin(17).state = 1
    factory.broken = {False}
    with pytest.raises(HardwareError, match=r"GPIO 17.*; .*GPIO 22"):
        release_all(factory, (17, 22))
