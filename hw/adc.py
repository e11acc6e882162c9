"""The analogue converter of the named board: an MCP3008 with eight channels on SPI.

It reads ratios and knows nothing of loops. A chip that is not there reads as all zeros or all ones, which a supervised
loop takes for a short or a cut.
"""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any, Final, Protocol

from gpiozero import MCP3008, SPISoftwareFallback

from hw.pins import hardware_errors

if TYPE_CHECKING:
    from hw.pins import PinFactory

CHANNELS: Final = 8
FULL: Final = 1_023


class Adc(Protocol):
    """Some channels that each measure a voltage."""

    def ratio(self, channel: int) -> float:
        """Return the voltage as a part of the supply, 0 to 1; raises HardwareError."""

    def close(self) -> None:
        """Give the bus up."""


class Mcp3008:
    """An `Adc` on the header's SPI bus 0: clock 11, data 10 and 9, select 8 or 7, switched on by `dtparam=spi=on`."""

    def __init__(self, factory: PinFactory, select: int = 0) -> None:
        """Open the bus, so that one that is switched off is a clear error at start; raises HardwareError."""
        self._factory = factory
        self._select = select
        self._channels: dict[int, Any] = {}
        self.ratio(0)

    def ratio(self, channel: int) -> float:
        """Return the voltage as a part of the supply; raises HardwareError, or ValueError for a channel too many."""
        if channel not in range(CHANNELS):
            message = f"an MCP3008 has channels 0 to {CHANNELS - 1}, not {channel}"
            raise ValueError(message)
        with hardware_errors(f"MCP3008 channel {channel}"):
            if channel not in self._channels:
                self._channels[channel] = self._open(channel)
            return float(self._channels[channel].raw_value) / FULL

    def _open(self, channel: int) -> Any:  # noqa: ANN401 - gpiozero ships no types
        # Without the kernel's SPI the library would toggle the pins itself, a hundred times slower: better an error.
        with warnings.catch_warnings():
            warnings.simplefilter("error", SPISoftwareFallback)
            return MCP3008(channel, port=0, device=self._select, pin_factory=self._factory)

    def close(self) -> None:
        """Give the bus up."""
        for device in self._channels.values():
            with contextlib.suppress(Exception):
                device.close()
        self._channels.clear()
