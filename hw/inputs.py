"""One contact: a button, a door position switch, a fire loop.

Tells active from inactive by how the contact is made and wired, and reports a change once it has been stable for
the bounce time. It touches one input line and calls back from its own thread; the one who watches only enqueues.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal

from gpiozero import DigitalInputDevice

from hw.alarm import Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms
from hw.pins import PinFactory, hardware_errors

if TYPE_CHECKING:
    from collections.abc import Callable


class GpioContact:
    """A `Contact` on one GPIO line.

    `pull` says which way the idle line is pulled; the contact connects it to the other rail. A normally open
    contact (a button) is active while it is closed, a normally closed one (a fire loop) while it is open, so that
    a cut wire of a normally closed contact reads as active.
    """

    def __init__(
        self,
        pin: int,
        factory: PinFactory,
        *,
        normally_open: bool,
        pull: Literal["up", "down"] = "up",
        bounce_ms: int = 30,
        clock_ms: Callable[[], int] = boottime_ms,
        make_alarm: AlarmMaker | None = None,
    ) -> None:
        """Claim the line as an input."""
        self._what = f"contact on GPIO {pin}"
        self._normally_open = normally_open
        self._bounce_ms = bounce_ms
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._changed: Callable[[bool], None] | None = None
        with hardware_errors(self._what):
            self._device: Any = DigitalInputDevice(pin, pull_up=pull == "up", pin_factory=factory)
        self._reported = self.active()
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)

    def active(self) -> bool:
        """Whether the contact is in its active state now, bouncing or not; raises HardwareError."""
        with hardware_errors(self._what):
            closed = bool(self._device.value)
        return closed == self._normally_open

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(active)` after each debounced change, from another thread."""
        with self._lock:
            self._changed = changed
            self._reported = self.active()
        with hardware_errors(self._what):
            self._device.when_activated = self._edge
            self._device.when_deactivated = self._edge
        # A change between the reading above and the first edge must not be lost.
        self._edge()

    def close(self) -> None:
        """Give the line up; no callback comes afterwards."""
        with self._lock:
            self._changed = None
        self._alarm.close()
        self._device.close()

    def _edge(self) -> None:
        """Start the bounce time anew; the level counts once no edge has come for that long."""
        self._alarm.set(self._clock_ms() + self._bounce_ms)

    def _settle(self) -> None:
        with self._lock:
            active = self.active()
            if self._changed is not None and active != self._reported:
                self._reported = active
                self._changed(active)

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "contact", self._clock_ms)
