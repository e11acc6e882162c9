"""Blinking, so that somebody at the door finds the gate that somebody at a desk means.

It takes the lamps only where the door has nothing to say to anybody, by a lease of seconds, and is never green.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.control.guiding import DARK, LEASE_MS
from firmware.control.outputs import AT_REST

if TYPE_CHECKING:
    from firmware.control.outputs import Outputs
    from firmware.events import ShowLight

COLOUR: Final = "blue"
RHYTHM: Final = (100, 100)
"""Ms on and off: faster than anything the door says in this colour."""


class Identifying:
    """Whether the gate blinks, and until when; it belongs to the controller thread."""

    def __init__(self, outputs: Outputs) -> None:
        """Blink for nobody yet."""
        self._outputs = outputs
        self._rests = True
        self._until_ms: int | None = None

    def begin(self, for_ms: int, now_ms: int) -> None:
        """Blink for so long from now, whatever was before."""
        self._until_ms = now_ms + for_ms
        self._blink(now_ms)

    def instead_of(self, light: ShowLight, now_ms: int) -> bool:
        """Take the place of what the door shows at rest; never of what it says to somebody."""
        self._rests = light.signal in AT_REST
        if self._until_ms is None or not self._rests:
            return False
        self._blink(now_ms)
        return True

    def deadline_ms(self) -> int | None:
        """Say when (CLOCK_BOOTTIME, ms) it ends."""
        return self._until_ms

    def settle(self, now_ms: int) -> None:
        """End when the time is over; what the door says at rest comes with its next renewal."""
        if self._until_ms is None or now_ms < self._until_ms:
            return
        self._until_ms = None
        if self._rests:
            self._outputs.lamp(DARK, 0)

    def _blink(self, now_ms: int) -> None:
        """Blink for as long as the door's own lease at most, so that a gate that hangs says nothing any more."""
        if self._rests and self._until_ms is not None and (left_ms := self._until_ms - now_ms) > 0:
            self._outputs.lamp(COLOUR, min(left_ms, LEASE_MS), RHYTHM)
