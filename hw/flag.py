"""One output line that tells somebody else something, like the other door of an interlocked pair.

At rest it says nothing good: whoever listens takes a dead gate's line for the careful answer.
"""

from __future__ import annotations

from hw.pins import OutputLine, PinFactory


class GpioFlag:
    """A `Flag` on one line; it belongs to one thread."""

    def __init__(self, pin: int, factory: PinFactory, *, test_board: bool = False) -> None:
        """Claim the line at rest."""
        self._line = OutputLine(pin, factory, test_board=test_board, what="flag")

    def set(self, *, active: bool) -> None:
        """Drive the line; raises HardwareError."""
        self._line.write(active=active)

    def close(self) -> None:
        """Let the line rest and give it up."""
        self._line.close()
