"""What the gate asks of hardware: small protocols that speak of lines and lamps, never of doors or passes.

`hw` implements them on gpiozero and, for laptops and tests, in memory (`hw/simulated.py`). Nothing here imports
anything of ours. Callbacks come from other threads, carry plain values, and may only enqueue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

Level = Literal["rest", "active", "cut", "short", "chatter"]
"""How a contact reads: at rest, active, or not to be believed (wire cut or shorted, no rest at all)."""


class Relay(Protocol):
    """One output line that frees the lock while it is energised."""

    def energise(self, limit_ms: int) -> None:
        """Drive the line now, for at most `limit_ms` and never beyond the relay's own maximum since it rose."""

    def hold(self, lease_ms: int) -> None:
        """Drive the line for a lease, 5 s at the most, that its caller renews; ValueError on a lock not made for it."""

    def release(self) -> None:
        """Let the line fall now. Safe to call at any time, from any thread, any number of times."""

    def energised(self) -> bool:
        """Read the line back (not what was last commanded)."""

    def close(self) -> None:
        """Release the line and give it up; afterwards nothing can energise it."""


class Light(Protocol):
    """One to three lamps."""

    def show(self, colour: str, rhythm: tuple[int, ...], limit_ms: int, *, low: bool = False) -> None:
        """Show `colour` (`red`, `yellow`, `green`, `blue`, `white`, `dark`) for at most `limit_ms`.

        `rhythm` alternates on and off times in milliseconds and repeats; empty means steady. `low` spends little power.
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

    def level(self) -> Level:
        """How the contact reads now."""

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` after each debounced change, from another thread, a few times a second at the most."""

    def close(self) -> None:
        """Give the line up; no callback comes afterwards."""


class OneShot(Protocol):
    """The line that feeds a retriggerable one-shot in the relay's circuit: without edges the relay falls by itself."""

    def toggle(self) -> None:
        """Give it an edge; it lasts for about a second."""

    def close(self) -> None:
        """Let the line rest; no edge comes afterwards."""


class Flag(Protocol):
    """One output line that tells somebody else something: the other door of a pair."""

    def set(self, *, active: bool) -> None:
        """Drive the line."""

    def close(self) -> None:
        """Let the line rest and give it up."""


class Display(Protocol):
    """Two lines of 16 characters."""

    def show(self, lines: tuple[str, str], limit_ms: int) -> None:
        """Show these lines for at most `limit_ms`, then nothing; never waits for the display."""

    def close(self) -> None:
        """Show nothing."""


class Speech(Protocol):
    """A voice."""

    def say(self, phrase: str) -> None:
        """Speak the phrase of this name once, instead of whatever is spoken now; never waits for the voice."""

    def close(self) -> None:
        """Fall silent."""


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
