"""One contact: a button, a door position switch, a fire loop.

Tells active from inactive by how the contact is made and wired; when a change counts is decided in `debounce.py`. It
touches one input line and calls back from its own thread; the one who watches only enqueues.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal

from gpiozero import InputDevice

from hw.alarm import Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms
from hw.debounce import Debouncer
from hw.pins import PinFactory, hardware_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.ports import Level


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
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._changed: Callable[[Level], None] | None = None
        with hardware_errors(self._what):
            self._device: Any = InputDevice(pin, pull_up=pull == "up", pin_factory=factory)
        self._debouncer = Debouncer(self._plain(), bounce_ms)
        self._listens = False
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)

    def level(self) -> Level:
        """Say what it is now, bouncing or not; raises HardwareError."""
        with self._lock:
            if self._debouncer.level == "chatter":
                return "chatter"
            return self._plain()

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` with the level as it settles now, then after each change, from another thread."""
        with self._lock:
            self._changed = changed
            self._listen(on=True)
            self._alarm.set(self._debouncer.begin(self._clock_ms()))

    def close(self) -> None:
        """Give the line up; no callback comes afterwards."""
        with self._lock:
            self._changed = None
        self._alarm.close()
        self._device.close()

    def _edge(self, *_: object) -> None:
        """Take an edge in: with a line that moves all the time this is all that may happen in the driver's thread."""
        with self._lock:
            if self._changed is not None and self._debouncer.listening:
                self._alarm.set(self._debouncer.edge(self._clock_ms()))

    def _settle(self) -> None:
        with self._lock:
            if self._changed is None:
                return
            look = self._debouncer.look(self._clock_ms(), self._plain())
            self._alarm.set(look.again_ms)
            if look.report is not None:
                self._changed(look.report)
            wanted = self._debouncer.listening
        # Outside the lock: the driver may wait here for its own thread, which may wait for the lock.
        self._listen(on=wanted)

    def _listen(self, *, on: bool) -> None:
        if on is not self._listens:
            self._listens = on
            with hardware_errors(self._what):
                self._device.pin.when_changed = self._edge if on else None

    def _plain(self) -> Level:
        with hardware_errors(self._what):
            closed = bool(self._device.value)
        return "active" if closed == self._normally_open else "rest"

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "contact", self._clock_ms)
