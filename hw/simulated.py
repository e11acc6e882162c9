"""Every port in memory: the door that can be scripted.

The relay obeys the same law as the real one. Time is whatever `now_ms` says, and `poll` is the hand of the clock:
whoever moves the time calls it, and `deadline` says when next. No thread, no pin. An `observer(kind, value)` is told of
every change: `relay` with a bool, `light` with a colour, `sounder` with the notes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hw.colours import COLOURS, phase
from hw.errors import HardwareError
from hw.relay import Demand, check_hold, check_limits, energised, held

if TYPE_CHECKING:
    from hw.ports import Level, ScanSink

Observer = Callable[[str, object], None]


def unobserved(kind: str, value: object) -> None:
    """Watch nothing."""


class SimulatedRelay:
    """A `Relay` whose line is a field."""

    def __init__(
        self,
        max_on_ms: int,
        now_ms: Callable[[], int],
        observer: Observer = unobserved,
        *,
        continuous: bool = False,
    ) -> None:
        """Begin released."""
        check_limits(max_on_ms, max_on_ms)
        self._max_on_ms = max_on_ms
        self._now_ms = now_ms
        self._observer = observer
        self._continuous = continuous
        self._demand: Demand | None = None
        self._closed = False

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
        if self._demand is not None:
            self._demand = None
            self._observer("relay", False)  # noqa: FBT003 - the level of the line

    def energised(self) -> bool:
        """Read the line back, after letting it fall if its time is up."""
        self.poll()
        return self._demand is not None

    def close(self) -> None:
        """Release the line; nothing can energise it afterwards."""
        self._closed = True
        self.release()

    def poll(self) -> None:
        """Let the line fall if its time is up."""
        if self._demand is not None and self._now_ms() >= self._demand.until_ms:
            self.release()

    def deadline(self) -> int | None:
        """Say when `poll` has something to do next."""
        return None if self._demand is None else self._demand.until_ms

    def _drive(self, demanded: Callable[[Demand | None, int], Demand]) -> None:
        if self._closed:
            message = "the relay is closed"
            raise HardwareError(message)
        self.poll()
        rises = self._demand is None
        self._demand = demanded(self._demand, self._now_ms())
        if rises:
            self._observer("relay", True)  # noqa: FBT003 - the level of the line


class SimulatedLight:
    """A `Light` that remembers its colour."""

    def __init__(self, now_ms: Callable[[], int], observer: Observer = unobserved) -> None:
        """Begin dark."""
        self._now_ms = now_ms
        self._observer = observer
        self._until_ms: int | None = None
        self.colour = "dark"
        self.rhythm: tuple[int, ...] = ()
        self.low = False

    def show(self, colour: str, rhythm: tuple[int, ...], limit_ms: int, *, low: bool = False) -> None:
        """Show a colour for at most `limit_ms`; the observer is told even if it is the same as before."""
        if colour not in COLOURS:
            message = f"colour {colour!r} is none of {', '.join(sorted(COLOURS))}"
            raise ValueError(message)
        phase(rhythm, 0)
        self.colour, self.rhythm, self.low = colour, rhythm, low
        self._until_ms = None if colour == "dark" else self._now_ms() + limit_ms
        self._observer("light", colour)

    def close(self) -> None:
        """Go dark."""
        if self.colour != "dark":
            self.show("dark", (), 0)

    def poll(self) -> None:
        """Go dark if the time is up."""
        if self._until_ms is not None and self._now_ms() >= self._until_ms:
            self.show("dark", (), 0)

    def deadline(self) -> int | None:
        """Say when `poll` has something to do next."""
        return self._until_ms


class SimulatedSounder:
    """A `Sounder` that remembers the last tune."""

    def __init__(self, observer: Observer = unobserved) -> None:
        """Begin silent."""
        self._observer = observer
        self.notes: tuple[tuple[int, int], ...] = ()

    def play(self, notes: tuple[tuple[int, int], ...]) -> None:
        """Remember the tune."""
        self.notes = notes
        self._observer("sounder", notes)

    def close(self) -> None:
        """Forget it."""
        self.notes = ()


class SimulatedContact:
    """A `Contact` that is whatever it is set to."""

    def __init__(self, level: Level = "rest") -> None:
        """Begin like this."""
        self._level = level
        self._changed: Callable[[Level], None] | None = None

    def level(self) -> Level:
        """How the contact reads now."""
        return self._level

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` at each change, from the thread that sets it."""
        self._changed = changed

    def close(self) -> None:
        """Call nobody any more."""
        self._changed = None

    def set(self, level: Level) -> None:
        """Press, let go, cut or short."""
        if level != self._level:
            self._level = level
            if self._changed is not None:
                self._changed(level)


class ScriptedScanSource:
    """A `ScanSource` that says what a script tells it to say."""

    def __init__(self) -> None:
        """Begin with nobody to deliver to."""
        self._sink: ScanSink | None = None

    def start(self, sink: ScanSink) -> None:
        """Deliver to `sink` from now on, in the thread of the script."""
        self._sink = sink

    def close(self) -> None:
        """Deliver nothing any more."""
        self._sink = None

    def present(self, reader: str, *codes: bytes) -> None:
        """Hold these codes before a reader, in one frame."""
        if self._sink is not None:
            self._sink.scanned(reader, codes)

    def beat(self, reader: str, **values: int) -> None:
        """Send a reader's heartbeat."""
        if self._sink is not None:
            self._sink.beat(reader, values)

    def lose(self, reader: str) -> None:
        """Hang a reader up."""
        if self._sink is not None:
            self._sink.lost(reader)

    def refuse(self, reader: str, cause: str) -> None:
        """Send something that is no message."""
        if self._sink is not None:
            self._sink.refused(reader, cause)
