"""The sounder: a piezo on one line, playing a tune once and then silent.

A sound helps a person and never decides anything: a sounder that fails is counted and stays silent, and no caller
is troubled with it. It is opened like any line, so that a wrong pin is still a clear error at start.
"""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING, Any

from gpiozero import PWMOutputDevice

from hw.alarm import Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms
from hw.errors import HardwareError
from hw.pins import PinFactory, check_output_pin, hardware_errors

if TYPE_CHECKING:
    from collections.abc import Callable


class GpioSounder:
    """A `Sounder` on one line by software PWM; every method may be called from any thread."""

    def __init__(
        self,
        pin: int,
        factory: PinFactory,
        *,
        clock_ms: Callable[[], int] = boottime_ms,
        test_board: bool = False,
        make_alarm: AlarmMaker | None = None,
    ) -> None:
        """Claim the line, silent."""
        check_output_pin(pin, test_board=test_board)
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._notes: tuple[tuple[int, int], ...] = ()
        self._ends_ms = 0
        self._closed = False
        self.faults = 0
        """How often the line refused a tone since the start."""
        with hardware_errors(f"sounder on GPIO {pin}"):
            self._device: Any = PWMOutputDevice(pin, initial_value=0, pin_factory=factory)
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)
        atexit.register(self.close)

    def play(self, notes: tuple[tuple[int, int], ...]) -> None:
        """Play (Hz, ms) pairs once; 0 Hz is a rest; a new call replaces the old tune."""
        if any(hertz < 0 or span_ms < 0 for hertz, span_ms in notes):
            message = f"a note is a frequency in Hz and a duration in ms, which {notes} are not"
            raise ValueError(message)
        with self._lock:
            if not self._closed:
                self._notes = notes
                self._ends_ms = self._clock_ms()
                self._settle()

    def close(self) -> None:
        """Silence, for good."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._tone(0)
            atexit.unregister(self.close)
        self._alarm.close()
        self._device.close()

    def _settle(self) -> None:
        """Sound the note whose turn it is and be woken when it ends."""
        with self._lock:
            if self._closed or self._clock_ms() < self._ends_ms:
                return
            if not self._notes:
                self._alarm.set(None)
                self._tone(0)
                return
            (hertz, span_ms), *rest = self._notes
            self._notes = tuple(rest)
            self._ends_ms += span_ms
            self._alarm.set(self._ends_ms)
            self._tone(hertz)

    def _tone(self, hertz: int) -> None:
        try:
            with hardware_errors("sounder"):
                if hertz:
                    self._device.frequency = hertz
                self._device.value = 0.5 if hertz else 0
        except HardwareError:
            self.faults += 1

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "sounder", self._clock_ms)
