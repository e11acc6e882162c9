"""The lock's relay: a line that nobody can keep energised beyond its bounds.

How long it may be driven is decided in `drive.py`; here that is put on a pin. Energised always means release of the
lock. Whatever fails, the answer is to let the line fall and to say so once, as a HardwareError.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from typing import TYPE_CHECKING

from hw.alarm import RETRY_MS, Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms
from hw.drive import REST, Drive, check_continuous, check_span, leased, pulsed, settled
from hw.errors import HardwareError
from hw.pins import OutputLine, PinFactory

if TYPE_CHECKING:
    from collections.abc import Callable


class GpioRelay:
    """A `Relay` on one GPIO line; every method may be called from any thread."""

    def __init__(
        self,
        pin: int,
        max_on_ms: int,
        factory: PinFactory,
        *,
        continuous: bool = False,
        active_high: bool = True,
        clock_ms: Callable[[], int] = boottime_ms,
        test_board: bool = False,
        make_alarm: AlarmMaker | None = None,
    ) -> None:
        """Claim the line at its inactive level.

        `max_on_ms` bounds every pulse, whatever anybody asks for later; only a `continuous` relay may be held.
        """
        check_span(max_on_ms)
        self._max_on_ms = max_on_ms
        self._continuous = continuous
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._drive = REST
        self._fault: HardwareError | None = None
        self._closed = self._given_up = False
        self._line = OutputLine(pin, factory, active_high=active_high, test_board=test_board, what="relay")
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)
        atexit.register(self._last_resort)

    def energise(self, limit_ms: int) -> None:
        """Drive the line for at most `limit_ms` from now, and never beyond the maximum since the pulse began."""
        check_span(limit_ms)
        with self._lock:
            self._ready()
            self._rise(pulsed(self._drive, self._clock_ms(), limit_ms, self._max_on_ms))

    def hold(self, lease_ms: int) -> None:
        """Drive the line for at most `lease_ms` from now and LEASE_MS; raises ValueError if not built for it."""
        check_continuous(continuous=self._continuous)
        check_span(lease_ms)
        with self._lock:
            self._ready()
            self._rise(leased(self._drive, self._clock_ms(), lease_ms))

    def release(self) -> None:
        """Let the line fall now."""
        with self._lock:
            if not self._given_up:
                self._fall()

    def energised(self) -> bool:
        """Read the line back; whoever looks also enforces the limit, and learns of a release that failed."""
        with self._lock:
            if self._given_up:
                return False
            self._settle()
            return self._line.read()

    def close(self) -> None:
        """Release the line and give it up; nothing can energise it afterwards.

        A line that does not fall is not given up: the alarm and every further call go on trying.
        """
        with self._lock:
            self._closed = True
            if self._given_up:
                return
            self._fall()
            self._given_up = True
            atexit.unregister(self._last_resort)
        try:
            self._line.close()
        finally:
            self._alarm.close()

    def _ready(self) -> None:
        """Refuse a closed relay, and let fall what must have fallen before anything rises anew."""
        if self._closed:
            message = "the relay is closed"
            raise HardwareError(message)
        self._settle()

    def _settle(self) -> None:
        """Let the line fall if its time is up, or if the last attempt to make it fall failed."""
        with self._lock:
            if self._given_up:
                return
            if self._fault is not None:
                self._fall()
            elif self._drive != REST:
                # Time that ran out is only forgotten while something else still drives the line, or by a fall.
                running = settled(self._drive, self._clock_ms())
                if running == REST:
                    self._fall()
                else:
                    self._drive = running

    def _rise(self, drive: Drive) -> None:
        # The alarm is set before the line rises: a line that is on has always someone who will cut it.
        self._alarm.set(drive.until_ms())
        self._drive = drive
        try:
            self._line.write(active=True)
        except HardwareError:
            with contextlib.suppress(HardwareError):
                self._fall()
            raise

    def _fall(self) -> None:
        try:
            self._line.write(active=False)
        except HardwareError as error:
            # The drive stays on the books: the line has not been seen to fall, and the alarm must try again.
            self._fault = error
            self._alarm.set(self._clock_ms() + RETRY_MS)
            raise
        self._fault = None
        self._drive = REST
        self._alarm.set(None)

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "relay-limit", self._clock_ms)

    def _last_resort(self) -> None:
        with contextlib.suppress(HardwareError):
            self.close()
