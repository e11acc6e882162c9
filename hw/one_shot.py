"""The line that keeps a hardware one-shot in the relay's circuit going, by an edge now and then while somebody acts.

A retriggerable one-shot (`hw/README.md`) stands between this line and the relay's coil. A process that hangs, stops or
dies makes no edges, and the coil drops within the one-shot's time without any software. Nothing here makes edges by
itself: no thread, no PWM, no timer, for each of them would go on when the gate does not.
"""

from __future__ import annotations

from hw.pins import OutputLine, PinFactory


class GpioOneShot:
    """A `OneShot` on one line; it belongs to one thread."""

    def __init__(self, pin: int, factory: PinFactory, *, test_board: bool = False) -> None:
        """Claim the line at rest."""
        self._line = OutputLine(pin, factory, test_board=test_board, what="one-shot")
        self._active = False

    def toggle(self) -> None:
        """Give it an edge; raises HardwareError."""
        self._active = not self._active
        self._line.write(active=self._active)

    def close(self) -> None:
        """Let the line rest; no edge comes afterwards."""
        self._line.close()
