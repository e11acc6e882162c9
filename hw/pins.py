"""Which pins may drive an output, which driver speaks to them, and what an output line is.

The factory is passed to every device by hand; gpiozero's global one is never set. A line is claimed at its
inactive level, read back from the pin and, when given up, left driven inactive instead of floating.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from gpiozero import GPIOZeroError, OutputDevice

from hw.errors import HardwareError

if TYPE_CHECKING:
    from collections.abc import Iterator

SAFE_OUTPUT_PINS: Final = frozenset({16, 17, *range(22, 28)})
"""Pulled down at power-on and without a second duty at boot: a relay board on one of them stays off by itself."""


class PinFactory(Protocol):
    """What is used of a gpiozero pin factory."""

    def pin(self, name: int) -> Any:  # noqa: ANN401 - gpiozero ships no types
        """Return the pin with this BCM number."""

    def close(self) -> None:
        """Give every pin up."""


def open_factory(kind: str) -> PinFactory:
    """Open a pin factory: `lgpio` (a Pi), `mock` (in memory) or `keeper:PATH` (levels held by a pin keeper)."""
    match kind.partition(":"):
        case ("lgpio", "", ""):
            return _lgpio()
        case ("mock", "", ""):
            from gpiozero.pins.mock import MockFactory, MockPWMPin  # noqa: PLC0415 - each driver exists only where it is used

            mock: PinFactory = MockFactory(pin_class=MockPWMPin)
            return mock
        case ("keeper", ":", path) if path:
            from hw.keeper_pins import KeeperFactory  # noqa: PLC0415 - each driver exists only where it is used

            keeper: PinFactory = KeeperFactory(path)
            return keeper
        case _:
            message = f"pin driver {kind!r} is none of: lgpio, mock, keeper:PATH"
            raise ValueError(message)


def _lgpio() -> PinFactory:
    try:
        from hw.lgpio_pins import GateFactory  # noqa: PLC0415 - each driver exists only where it is used

        factory: PinFactory = GateFactory()
    except ImportError as error:
        message = "lgpio is missing: install python3-lgpio and make the environment see the system's packages"
        raise HardwareError(message) from error
    except FileNotFoundError as error:
        # On import lgpio makes a named pipe in the working directory, which must therefore be writable.
        message = f"lgpio could not start ({error}): is there a GPIO chip, and is the working directory writable?"
        raise HardwareError(message) from error
    except Exception as error:  # lgpio raises its own class, which cannot be named where lgpio is not installed
        message = f"the GPIO chip cannot be opened: {error}"
        raise HardwareError(message) from error
    return factory


def check_output_pin(pin: int, *, test_board: bool = False) -> None:
    """Refuse, by ValueError, a pin that is not safe to hang an output on; `test_board` allows all of 2..27."""
    allowed = frozenset(range(2, 28)) if test_board else SAFE_OUTPUT_PINS
    if pin not in allowed:
        names = ", ".join(str(number) for number in sorted(allowed))
        message = f"GPIO {pin} may not drive an output: use one of {names}"
        raise ValueError(message)


@contextlib.contextmanager
def hardware_errors(what: str) -> Iterator[None]:
    """Turn whatever a driver raises into one HardwareError that names the line."""
    try:
        yield
    except HardwareError:
        raise
    except (GPIOZeroError, OSError) as error:
        message = f"{what}: {str(error) or type(error).__name__}"
        raise HardwareError(message) from error
    except Exception as error:
        # lgpio.error derives from Exception alone and cannot be named where lgpio is not installed.
        if type(error).__module__.partition(".")[0] not in {"lgpio", "gpiozero"}:
            raise
        message = f"{what}: {error}"
        raise HardwareError(message) from error


class _HeldOutput(OutputDevice):  # type: ignore[misc]  # gpiozero ships no types
    """An output that is given up without giving its level up.

    gpiozero turns a closed pin into an input without a pull, which lets the line float; here it stays driven.
    """

    def close(self) -> None:
        """Give the reservation back and leave the pin as it is driven."""
        pin = getattr(self, "_pin", None)
        if pin is not None:
            self.pin_factory.release_pins(self, pin.info.name)
            self._pin = None


class OutputLine:
    """One output line: claimed inactive, written, read back, and left inactive when closed."""

    def __init__(
        self, pin: int, factory: PinFactory, *, active_high: bool = True, test_board: bool = False, what: str = "line"
    ) -> None:
        """Claim the pin at its inactive level; raises ValueError for an unsafe pin, HardwareError for a bad one."""
        check_output_pin(pin, test_board=test_board)
        self._what = f"{what} on GPIO {pin}"
        self._device: Any = None
        with hardware_errors(self._what):
            self._device = _HeldOutput(pin, active_high=active_high, initial_value=False, pin_factory=factory)

    def write(self, *, active: bool) -> None:
        """Drive the line now; raises HardwareError."""
        with hardware_errors(self._what):
            self._open().value = active

    def read(self) -> bool:
        """Read the level back from the pin, as active or not; raises HardwareError."""
        with hardware_errors(self._what):
            return bool(self._open().value)

    def close(self) -> None:
        """Drive the line inactive and give it up, driven; raises HardwareError if it could not be driven."""
        if self._device is None:
            return
        try:
            self.write(active=False)
        finally:
            self._device.close()
            self._device = None

    def _open(self) -> Any:  # noqa: ANN401 - gpiozero ships no types
        if self._device is None:
            message = f"{self._what} is closed"
            raise HardwareError(message)
        return self._device
