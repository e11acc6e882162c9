"""A double of the lgpio module: one chip in memory that writes down every call that reaches a line.

gpiozero's own lgpio driver runs on it unchanged, so that the order in which a real line would be claimed, driven and
given up can be read. It is imported by being first on the path of a process of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3

CALLS: list[tuple[Any, ...]] = []
"""Every call that changes a line: its name, the line, and what was asked."""

_LEVELS: dict[int, int] = {}
_MODES: dict[int, int] = {}


class error(Exception):  # noqa: N801, N818 - the module's own name for it
    """What the module raises."""


class _Callback:
    def cancel(self) -> None:
        """Watch no more."""


def gpiochip_open(chip: int) -> int:
    """Open the only chip."""
    return chip


def gpiochip_close(handle: int) -> None:
    """Close it."""
    CALLS.append(("close", handle))


def gpio_claim_input(_handle: int, gpio: int, flags: int = 0) -> None:
    """Make a line an input: from here on nobody drives it."""
    CALLS.append(("input", gpio, flags))
    _MODES[gpio] = flags


def gpio_claim_output(_handle: int, gpio: int, level: int = 0) -> None:
    """Make a line an output at a level; line 27 belongs to somebody else."""
    if gpio == 27:
        message = "'GPIO busy'"
        raise error(message)
    CALLS.append(("output", gpio, level))
    _MODES[gpio], _LEVELS[gpio] = 2, level


def gpio_claim_alert(_handle: int, gpio: int, edges: int, flags: int = 0) -> None:
    """Have edges told."""
    CALLS.append(("alert", gpio, edges))
    _MODES[gpio] = flags


def gpio_set_debounce_micros(_handle: int, gpio: int, debounce_us: int) -> None:
    """Have a line's edges wait until it is stable."""
    CALLS.append(("debounce", gpio, debounce_us))


def gpio_free(_handle: int, gpio: int) -> None:
    """Give a line up."""
    CALLS.append(("free", gpio))


def gpio_get_mode(_handle: int, gpio: int) -> int:
    """Return the flags of a line."""
    return _MODES.get(gpio, 0)


def gpio_read(_handle: int, gpio: int) -> int:
    """Read a line; an undriven one reads as pulled up."""
    return _LEVELS.get(gpio, 1)


def gpio_write(_handle: int, gpio: int, level: int) -> None:
    """Drive a line."""
    CALLS.append(("write", gpio, int(level)))
    _LEVELS[gpio] = int(level)


def tx_pwm(_handle: int, gpio: int, frequency: float, duty: float) -> None:
    """Pulse a line."""
    CALLS.append(("pwm", gpio, int(frequency), int(duty)))


def callback(_handle: int, _gpio: int, _edges: int, _changed: Callable[..., object]) -> _Callback:
    """Watch a line."""
    return _Callback()


def spi_open(device: int, channel: int, _baud: int, _flags: int) -> int:
    """Open the header's bus; only bus 0 is there."""
    if device != 0:
        message = "'can not open SPI device'"
        raise error(message)
    CALLS.append(("spi", device, channel))
    return 7


def spi_close(_handle: int) -> None:
    """Close it."""


def spi_xfer(_handle: int, sent: list[int]) -> tuple[int, bytearray]:
    """Answer as an MCP3008 by its data sheet, whose channel n stands at n eighths; it is asked in three bytes."""
    start, asked, _ = sent
    value = (asked >> 4 & 7) * 128 if (start, asked >> 7) == (1, 1) else 0x3FF
    return 3, bytearray((0xFF, 0xF8 | value >> 8, value & 0xFF))
