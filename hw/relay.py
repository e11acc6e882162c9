"""The lock's relay: a line that nobody can keep energised beyond its maximum.

`energised` and `held` are the whole law, in integers and without a clock; `GpioRelay` puts it on a pin. Energised
always means release of the lock. Whatever fails, the answer is to let the line fall and to say so once, as a
HardwareError.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hw.alarm import RETRY_MS, Alarm, AlarmMaker, ThreadAlarm
from hw.clock import boottime_ms
from hw.errors import HardwareError
from hw.pins import OutputLine, PinFactory

if TYPE_CHECKING:
    from collections.abc import Callable


LEASE_MS: Final = 5_000
"""The longest lease of a hold, whatever is asked."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What keeps the line up: a pulse since `rose_ms` until `pulse_ms`, a lease until `lease_ms`; 0 means none."""

    rose_ms: int = 0
    pulse_ms: int = 0
    lease_ms: int = 0

    @property
    def until_ms(self) -> int:
        """When the line must have fallen."""
        return max(self.pulse_ms, self.lease_ms)


def energised(demand: Demand | None, now_ms: int, limit_ms: int, max_on_ms: int) -> Demand:
    """Return the demand after a pulse was asked for: not beyond `limit_ms` from now nor `max_on_ms` since it rose.

    A pulse whose time is up still counts as risen until the line was seen to fall, so that demands in a row cannot
    stretch one rise by reaching it before its alarm does. Only a lease outlives a pulse; what comes then is a new one.
    """
    demand = demand or Demand()
    fresh = demand.pulse_ms == 0 or (demand.pulse_ms <= now_ms < demand.lease_ms)
    rose_ms = now_ms if fresh else demand.rose_ms
    return Demand(rose_ms, min(now_ms + limit_ms, rose_ms + max_on_ms), demand.lease_ms)


def held(demand: Demand | None, now_ms: int, lease_ms: int) -> Demand:
    """Return the demand after a lease was asked for; a running pulse is neither cut nor stretched by it."""
    demand = demand or Demand()
    return replace(demand, lease_ms=max(demand.lease_ms, now_ms + min(lease_ms, LEASE_MS)))


def check_limits(limit_ms: int, max_on_ms: int) -> None:
    """Refuse, by ValueError, a limit that is no time at all."""
    if limit_ms < 1 or max_on_ms < 1:
        message = f"a relay is energised for at least 1 ms, not {min(limit_ms, max_on_ms)}"
        raise ValueError(message)


def check_hold(lease_ms: int, *, continuous: bool) -> None:
    """Refuse, by ValueError, to hold a lock that is not made for it."""
    if not continuous or lease_ms < 1:
        message = "this lock is not made to be held released" if not continuous else f"{lease_ms} ms is no lease"
        raise ValueError(message)


class GpioRelay:
    """A `Relay` on one GPIO line; every method may be called from any thread."""

    def __init__(
        self,
        pin: int,
        max_on_ms: int,
        factory: PinFactory,
        *,
        active_high: bool = True,
        clock_ms: Callable[[], int] = boottime_ms,
        test_board: bool = False,
        continuous: bool = False,
        make_alarm: AlarmMaker | None = None,
    ) -> None:
        """Claim the line at its inactive level; `max_on_ms` holds whatever anybody asks for later.

        `continuous` says that the lock may be held released by leases.
        """
        check_limits(max_on_ms, max_on_ms)
        self._max_on_ms = max_on_ms
        self._clock_ms = clock_ms
        self._lock = threading.RLock()
        self._continuous = continuous
        self._demand: Demand | None = None
        self._fault: HardwareError | None = None
        self._closed = self._given_up = False
        self._line = OutputLine(pin, factory, active_high=active_high, test_board=test_board, what="relay")
        self._alarm: Alarm = (make_alarm or self._thread_alarm)(self._settle)
        atexit.register(self._last_resort)

    def energise(self, limit_ms: int) -> None:
        """Drive the line for at most `limit_ms` from now, and never beyond the maximum since it rose."""
        check_limits(limit_ms, self._max_on_ms)
        self._drive(lambda demand, now_ms: energised(demand, now_ms, limit_ms, self._max_on_ms))

    def hold(self, lease_ms: int) -> None:
        """Drive the line for a lease from now; a lock that is not made for it is never held."""
        check_hold(lease_ms, continuous=self._continuous)
        self._drive(lambda demand, now_ms: held(demand, now_ms, lease_ms))

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

    def _drive(self, demanded: Callable[[Demand | None, int], Demand]) -> None:
        with self._lock:
            if self._closed:
                message = "the relay is closed"
                raise HardwareError(message)
            self._settle()
            demand = demanded(self._demand, self._clock_ms())
            # The alarm is set before the line rises: a line that is on has always someone who will cut it.
            self._alarm.set(demand.until_ms)
            self._demand = demand
            try:
                self._line.write(active=True)
            except HardwareError:
                with contextlib.suppress(HardwareError):
                    self._fall()
                raise

    def _settle(self) -> None:
        """Let the line fall if its time is up, or if the last attempt to make it fall failed."""
        with self._lock:
            if self._given_up:
                return
            if self._fault is not None or (self._demand is not None and self._clock_ms() >= self._demand.until_ms):
                self._fall()

    def _fall(self) -> None:
        try:
            self._line.write(active=False)
        except HardwareError as error:
            # The demand stays on the books: it has not been seen to fall, and the alarm must try again.
            self._fault = error
            self._alarm.set(self._clock_ms() + RETRY_MS)
            raise
        self._fault = None
        self._demand = None
        self._alarm.set(None)

    def _thread_alarm(self, ring: Callable[[], object]) -> Alarm:
        return ThreadAlarm(ring, "relay-limit", self._clock_ms)

    def _last_resort(self) -> None:
        with contextlib.suppress(HardwareError):
            self.close()
