"""gpiozero's lgpio pins with three of their edges taken off; it is imported only where lgpio is.

gpiozero claims every line as an input first, so that an output which was left driven floats for a moment and comes back
at its old level. It claims an output at low and sets its level afterwards: a line that rests high is low in between,
which an active-low board takes for a pulse (gpiozero's pull request 1177, open since 2024). lgpio can claim once, at
the level. And a line that is not listened to any more may still have an edge on its way, which in gpiozero ends the
thread that serves the edges of every line.
"""

from __future__ import annotations

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class GatePin(LGPIOPin):  # type: ignore[misc]  # gpiozero ships no types
    """A line that becomes an output at its level and nothing before, and that an edge too late does not harm."""

    def __init__(self, factory: LGPIOFactory, info: object) -> None:
        """Take the line as it stands: what it becomes is claimed when that is known."""
        super(LGPIOPin, self).__init__(factory, info)
        self._pwm = self._bounce = self._callback = None
        self._edges = lgpio.BOTH_EDGES

    def output_with_state(self, state: float) -> None:
        """Make the line an output at this level in one call to the kernel."""
        self.when_changed = None
        lgpio.gpio_claim_output(self.factory._handle, self._number, int(bool(state)))  # noqa: SLF001 - whose pin it is

    def _call_when_changed(self, _chip: int, _gpio: int, level: int, ticks: int) -> None:
        heard = self._get_when_changed()
        if heard is not None:
            heard(ticks / 1_000_000_000, level)


class GateFactory(LGPIOFactory):  # type: ignore[misc]  # gpiozero ships no types
    """lgpio's lines as `GatePin`."""

    def __init__(self, chip: int | None = None) -> None:
        """Open the chip; without a number the one that the board's header hangs on."""
        super().__init__(chip=chip)
        self.pin_class = GatePin
