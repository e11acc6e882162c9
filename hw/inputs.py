"""One contact: a button, a door position switch, a fire loop.

Tells active from inactive by how the contact is made and wired, and reports a change once it has been stable for
the bounce time. It touches one input line and calls back from its own thread; the one who watches only enqueues.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, Literal

from gpiozero import DigitalInputDevice

from hw.alarm import Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms
from hw.pins import PinFactory, hardware_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.ports import Level

CHATTER_MS: Final = 1_000
"""A line whose edges do not rest for so long is no contact that bounces."""

LOOK_MS: Final = 250
CALM_LOOKS: Final = 8
"""A restless line is believed again after so many looks in a row that saw the same."""

FREELY: Final = 4
LEAST_BETWEEN_MS: Final = 250
"""Four changes in a row are told as they come; after that there is one every quarter of a second at the most."""


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
        self._changed: Callable[[Level], None] | None = None
        self._edges = self._calm = 0
        self._first_ms = 0
        self._reported_ms = -LEAST_BETWEEN_MS * FREELY - 1
        self._freely = FREELY
        self._restless = self._looked = False
        with hardware_errors(self._what):
            self._device: Any = DigitalInputDevice(pin, pull_up=pull == "up", pin_factory=factory)
        self._reported = self.level()
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)

    def level(self) -> Level:
        """How the contact reads now, bouncing or not; raises HardwareError."""
        if self._restless:
            return "chatter"
        with hardware_errors(self._what):
            closed = bool(self._device.value)
        return "active" if closed == self._normally_open else "rest"

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` after each debounced change, from another thread."""
        with self._lock:
            self._changed = changed
            self._reported = self.level()
        self._listen(listening=True)
        # A change between the reading above and the first edge must not be lost.
        self._edge()

    def close(self) -> None:
        """Give the line up; no callback comes afterwards."""
        with self._lock:
            self._changed = None
        self._alarm.close()
        self._device.close()

    def _listen(self, *, listening: bool) -> None:
        with hardware_errors(self._what):
            self._device.when_activated = self._device.when_deactivated = self._edge if listening else None

    def _edge(self) -> None:
        """Start the bounce time anew; the level counts once no edge has come for that long.

        A line whose edges never end is listened to no more: it is looked at now and then until it rests.
        """
        with self._lock:
            now_ms = self._clock_ms()
            if self._edges == 0:
                self._first_ms = now_ms
            self._edges += 1
            if now_ms - self._first_ms >= CHATTER_MS and not self._restless:
                self._restless = True
                self._calm = 0
                self._listen(listening=False)
                self._alarm.set(now_ms + LOOK_MS)
                self._report("chatter")
            elif not self._restless:
                self._alarm.set(now_ms + self._bounce_ms)

    def _settle(self) -> None:
        with self._lock:
            if self._restless:
                self._look()
                return
            self._edges = 0
            level = self.level()
            now_ms = self._clock_ms()
            due_ms = self._reported_ms + LEAST_BETWEEN_MS
            if level != self._reported and now_ms < due_ms and self._freely <= 0:
                self._alarm.set(due_ms)
                return
            self._report(level)

    def _look(self) -> None:
        """See whether a restless line rests again: the same level at several looks in a row."""
        with hardware_errors(self._what):
            value = bool(self._device.value)
        self._calm = self._calm + 1 if value == self._looked else 0
        self._looked = value
        if self._calm < CALM_LOOKS:
            self._alarm.set(self._clock_ms() + LOOK_MS)
            return
        self._restless, self._edges = False, 0
        self._listen(listening=True)
        self._edge()

    def _report(self, level: Level) -> None:
        if self._changed is not None and level != self._reported:
            now_ms = self._clock_ms()
            self._freely = FREELY if now_ms - self._reported_ms > LEAST_BETWEEN_MS * FREELY else self._freely - 1
            self._reported, self._reported_ms = level, now_ms
            self._changed(level)

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "contact", self._clock_ms)
