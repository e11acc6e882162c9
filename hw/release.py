"""Let go of everything: drive the relay and the lamps inactive, whoever left them on.

What runs after every end of the gate, however it ended. It tries every line before it complains, needs neither
keys nor disk nor clock, and does nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hw.errors import HardwareError
from hw.pins import OutputLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hw.pins import PinFactory


def release_all(
    factory: PinFactory, pins: Iterable[int], *, active_high: bool = True, test_board: bool = False
) -> None:
    """Drive each pin inactive and read it back; after trying all, raise one HardwareError naming those that failed."""
    failures = [
        failure
        for pin in pins
        if (failure := _release(factory, pin, active_high=active_high, test_board=test_board)) is not None
    ]
    if failures:
        message = "; ".join(failures)
        raise HardwareError(message)


def _release(factory: PinFactory, pin: int, *, active_high: bool, test_board: bool) -> str | None:
    try:
        line = OutputLine(pin, factory, active_high=active_high, test_board=test_board, what="release")
        try:
            return f"GPIO {pin} is still active" if line.read() else None
        finally:
            line.close()
    except (HardwareError, ValueError) as error:
        return str(error)
