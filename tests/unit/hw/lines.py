"""What the tests of output lines share: a clock and a bell held in the hand, pins that tell and pins that fail.

Doubles only; no test in here. They go in through the seams the drivers have, never by replacing code.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from gpiozero.pins.mock import MockFactory, MockPWMPin

if TYPE_CHECKING:
    from collections.abc import Callable


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        """Begin at an arbitrary hour."""
        self.ms = 1_000

    def __call__(self) -> int:
        """Read it."""
        return self.ms


class HandBell:
    """An alarm that rings when the test says so; `at_ms` is when it ought to."""

    def __init__(self, ring: Callable[[], object]) -> None:
        """Remember whom to ring."""
        self.ring = ring
        self.at_ms: int | None = None
        self.closed = False

    def set(self, at_ms: int | None) -> None:
        """Remember when."""
        self.at_ms = at_ms

    def close(self) -> None:
        """Be silent."""
        self.closed = True


class Bells:
    """Makes alarms and keeps the last one within reach."""

    def __init__(self, clock: HandClock) -> None:
        """Make none yet."""
        self._clock = clock
        self.last: HandBell | None = None

    def __call__(self, ring: Callable[[], object]) -> HandBell:
        """Make one."""
        self.last = HandBell(ring)
        return self.last

    def advance(self, span_ms: int) -> None:
        """Move the clock and ring once for everything that fell due on the way."""
        self._clock.ms += span_ms
        bell = self.last
        if bell is not None and bell.at_ms is not None and bell.at_ms <= self._clock.ms:
            bell.at_ms = None
            bell.ring()

    def walk(self, span_ms: int) -> None:
        """Move the clock from ring to ring, each on time."""
        end_ms = self._clock.ms + span_ms
        while self.last is not None and self.last.at_ms is not None and self.last.at_ms <= end_ms:
            self.advance(max(0, self.last.at_ms - self._clock.ms))
        self._clock.ms = end_ms


class TellingPin(MockPWMPin):  # type: ignore[misc]  # gpiozero ships no types
    """A mock pin that refuses the levels its factory says are broken, and tells of every change."""

    def _set_state(self, value: float) -> None:
        if bool(value) in self.factory.broken or self._number in self.factory.dead:
            self.factory.refusals.put((self._number, bool(value)))
            message = "the line does not follow"
            raise OSError(message)
        super()._set_state(value)

    def _change_state(self, value: float) -> bool:
        changed: bool = super()._change_state(value)
        if changed:
            self.factory.changes.put((self._number, value > 0))
        return changed


class TellingFactory(MockFactory):  # type: ignore[misc]  # gpiozero ships no types
    """Mock pins whose changes can be waited for and whose levels can be broken."""

    def __init__(self) -> None:
        """Begin with every line in order."""
        super().__init__(pin_class=TellingPin)
        self.broken: set[bool] = set()
        self.dead: set[int] = set()
        self.changes: queue.Queue[tuple[int, bool]] = queue.Queue()
        self.refusals: queue.Queue[tuple[int, bool]] = queue.Queue()

    def next_change(self) -> tuple[int, bool]:
        """Wait for the next change of any pin."""
        return self.changes.get(timeout=10)

    def next_refusal(self) -> tuple[int, bool]:
        """Wait for the next time that a broken level is asked for."""
        return self.refusals.get(timeout=10)

    def level(self, number: int) -> bool:
        """Read a pin the way a meter would, past every driver."""
        pin: Any = self.pin(number)
        return bool(pin.state)

    def lit(self) -> set[int]:
        """Return the pins that are high."""
        return {int(pin.info.name.removeprefix("GPIO")) for pin in self.pins.values() if pin.state}
