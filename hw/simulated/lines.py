"""The lines that free the lock, as fields: they obey the same law as the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hw.drive import REST, Drive, check_continuous, check_span, leased, pulsed, settled
from hw.errors import HardwareError
from hw.one_shot import STALE_MS
from hw.simulated.observer import Observer, unobserved

if TYPE_CHECKING:
    from collections.abc import Callable


class SimulatedRelay:
    """A `Relay` whose line is a field."""

    def __init__(
        self, max_on_ms: int, now_ms: Callable[[], int], observer: Observer = unobserved, *, continuous: bool = False
    ) -> None:
        """Begin released."""
        check_span(max_on_ms)
        self._max_on_ms = max_on_ms
        self._now_ms = now_ms
        self._observer = observer
        self._continuous = continuous
        self._drive = REST
        self._closed = False

    def energise(self, limit_ms: int) -> None:
        """Drive the line for at most `limit_ms` from now, and never beyond the maximum since the pulse began."""
        check_span(limit_ms)
        self._ready()
        self._rise(pulsed(self._drive, self._now_ms(), limit_ms, self._max_on_ms))

    def hold(self, lease_ms: int) -> None:
        """Drive the line for at most `lease_ms` from now and LEASE_MS; raises ValueError if not built for it."""
        check_continuous(continuous=self._continuous)
        check_span(lease_ms)
        self._ready()
        self._rise(leased(self._drive, self._now_ms(), lease_ms))

    def release(self) -> None:
        """Let the line fall now."""
        if self._drive != REST:
            self._drive = REST
            self._observer("relay", False)  # noqa: FBT003 - the level of the line

    def energised(self) -> bool:
        """Read the line back, after letting it fall if its time is up."""
        self.poll()
        return self._drive != REST

    def close(self) -> None:
        """Release the line; nothing can energise it afterwards."""
        self._closed = True
        self.release()

    def poll(self) -> None:
        """Let the line fall if its time is up."""
        running = settled(self._drive, self._now_ms())
        if running == REST:
            self.release()
        self._drive = running

    def deadline(self) -> int | None:
        """Say when `poll` has something to do next."""
        return self._drive.until_ms()

    def _ready(self) -> None:
        if self._closed:
            message = "the relay is closed"
            raise HardwareError(message)
        self.poll()

    def _rise(self, drive: Drive) -> None:
        rises = self._drive == REST
        self._drive = drive
        if rises:
            self._observer("relay", True)  # noqa: FBT003 - the level of the line


class SimulatedOneShot:
    """A `OneShot` with the circuit behind it: closed while the last rise is younger than its own time."""

    def __init__(self, now_ms: Callable[[], int], observer: Observer = unobserved, hold_ms: int = 1_000) -> None:
        """Begin open."""
        self._now_ms = now_ms
        self._observer = observer
        self._hold_ms = hold_ms
        self._until_ms: int | None = None
        self._turned_ms = 0
        self._high = self._closed = False
        self.toggles = 0

    def toggle(self) -> None:
        """Turn the line over; a rise feeds, and after a pause the first turn is one."""
        if self._closed:
            message = "the one-shot is closed"
            raise HardwareError(message)
        self.poll()
        now_ms = self._now_ms()
        self._high = not self._high or now_ms - self._turned_ms >= STALE_MS
        self._turned_ms = now_ms
        self.toggles += 1
        if self._high:
            closes = self._until_ms is None
            self._until_ms = now_ms + self._hold_ms
            if closes:
                self._observer("one_shot", True)  # noqa: FBT003 - the state of the circuit

    def feeds(self) -> bool:
        """Whether the coil is fed now."""
        self.poll()
        return self._until_ms is not None

    def close(self) -> None:
        """Make no more rises; the circuit opens by itself, in its own time."""
        self._closed = True

    def poll(self) -> None:
        """Open if the last rise is too old."""
        if self._until_ms is not None and self._now_ms() >= self._until_ms:
            self._until_ms = None
            self._observer("one_shot", False)  # noqa: FBT003 - the state of the circuit

    def deadline(self) -> int | None:
        """Say when `poll` has something to do next."""
        return self._until_ms
