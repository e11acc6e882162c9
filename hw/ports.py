"""What the gate asks of hardware: small protocols that speak of lines and lamps, never of doors or passes.

`hw` implements them on gpiozero and, for laptops and tests, in memory (`hw/simulated.py`). Nothing here imports
anything of ours. Callbacks come from other threads, carry plain values, and may only enqueue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Relay(Protocol):
    """One output line that frees the lock while it is energised."""

    def energise(self, limit_ms: int) -> None:
        """Drive the line now, for at most `limit_ms` and never beyond the relay's own maximum since it rose."""

    def release(self) -> None:
        """Let the line fall now. Safe to call at any time, from any thread, any number of times."""

    def energised(self) -> bool:
        """Read the line back (not what was last commanded)."""

    def close(self) -> None:
        """Release the line and give it up; afterwards nothing can energise it."""


class Light(Protocol):
    """One to three lamps."""

    def show(self, colour: str, rhythm: tuple[int, ...], limit_ms: int) -> None:
        """Show `colour` (`red`, `yellow`, `green`, `blue`, `white`, `dark`) for at most `limit_ms`.

        `rhythm` alternates on and off times in milliseconds and repeats; empty means steady.
        """

    def close(self) -> None:
        """Darken every lamp and give the lines up."""


class Sounder(Protocol):
    """A piezo or a small speaker."""

    def play(self, notes: tuple[tuple[int, int], ...]) -> None:
        """Play (frequency in Hz, duration in ms) pairs once; 0 Hz is a rest. A new call replaces the old tune."""

    def close(self) -> None:
        """Silence."""


class Contact(Protocol):
    """One input: a button, a door position switch, a fire loop."""

    def active(self) -> bool:
        """Whether the contact is in its active state now."""

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(active)` after each debounced change, from another thread."""

    def close(self) -> None:
        """Give the line up; no callback comes afterwards."""


class ScanSink(Protocol):
    """Where a scan source delivers; every method only enqueues and never raises."""

    def scanned(self, reader: str, codes: tuple[bytes, ...]) -> None:
        """These codes were in one fresh frame of `reader`."""

    def beat(self, reader: str, values: dict[str, int]) -> None:
        """The reader's heartbeat."""

    def lost(self, reader: str) -> None:
        """The reader hung up or fell silent."""

    def refused(self, reader: str, cause: str, detail: str = "") -> None:
        """A message or a peer was refused: `too_long`, `malformed`, `version`, `stale`, `future`, `peer`, `flood`.

        `detail` is for people and never holds what the peer sent.
        """


class ScanSource(Protocol):
    """Where codes come from; one source serves all readers of the gate."""

    def start(self, sink: ScanSink) -> None:
        """Begin to deliver to `sink`, from another thread."""

    def close(self) -> None:
        """Stop delivering and give the sockets up."""
