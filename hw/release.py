"""Let go of everything: drive every output inactive and blank the display, whoever left them on.

What runs after every end of the gate, however it ended. It tries everything before it complains, needs neither keys
nor disk nor clock, and does nothing else. Lines go first, in the order they are given: relays, then lamps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hw.errors import HardwareError
from hw.pins import OutputLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hw.pins import PinFactory


def release_all(
    factory: PinFactory,
    pins: Iterable[int],
    *,
    active_high: bool = True,
    test_board: bool = False,
    also: Iterable[Callable[[], None]] = (),
) -> None:
    """Drive each pin inactive and read it back, then do what else lets go; raise one HardwareError naming all failures.

    `pins` are both relays of a turnstile, the line of a one-shot, lamps and sounder; `also` is for what is no pin, as
    `functools.partial(hw.lcd.write, hw.text.BLANK, address=..., port=...)`.
    """
    failures = [
        failure
        for pin in pins
        if (failure := _release(factory, pin, active_high=active_high, test_board=test_board)) is not None
    ]
    failures += [failure for act in also if (failure := _done(act)) is not None]
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


def _done(act: Callable[[], None]) -> str | None:
    try:
        act()
    except HardwareError as error:
        return str(error)
    return None
