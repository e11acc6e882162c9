"""What the gate asks of hardware: small protocols that speak of lines and lamps, never of doors or passes.

`hw` implements them on gpiozero and, for laptops and tests, in memory (`hw/simulated/`). Nothing here imports
anything of ours. Callbacks come from other threads, carry plain values, and may only enqueue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

Level = Literal["rest", "active", "cut", "short", "chatter"]
"""What an input says: `cut` and `short` only of a supervised wire, `chatter` of one that does not come to rest."""


class Relay(Protocol):
    """One output line that frees the lock while it is energised."""

    def energise(self, limit_ms: int) -> None:
        """Drive the line now, for at most `limit_ms` and never beyond the relay's own maximum since the pulse began.

        Demands made while a pulse runs prolong it and belong to it; time under a lease does not count.
        """

    def hold(self, lease_ms: int) -> None:
        """Drive the line for at most `lease_ms` from now, never more than five seconds; renewed, it goes on.

        For postures that hold a door open. Renewing never shortens anything. Raises ValueError on a relay that was
        not built for continuous duty.
        """

    def release(self) -> None:
        """Let the line fall now. Safe to call at any time, from any thread, any number of times."""

    def energised(self) -> bool:
        """Read the line back (not what was last commanded)."""

    def close(self) -> None:
        """Release the line and give it up; afterwards nothing can energise it."""


class OneShot(Protocol):
    """The line of a hardware one-shot, which feeds the relay's coil only while the line goes on rising."""

    def toggle(self) -> None:
        """Turn the line over, every 250 ms while the relay shall be on; the first turn after a pause is a rise.

        Each rise feeds the coil for the one-shot's own time, about a second; without rises it drops by itself.
        """

    def close(self) -> None:
        """Leave the line low and give it up."""


class Flag(Protocol):
    """One output line that tells somebody else something: the other door of an interlocked pair."""

    def set(self, *, active: bool) -> None:
        """Drive the line."""

    def close(self) -> None:
        """Let the line rest and give it up."""


class Light(Protocol):
    """One to three lamps."""

    def show(self, colour: str, rhythm: tuple[int, ...], limit_ms: int, *, low: bool = False) -> None:
        """Show `colour` (`red`, `yellow`, `green`, `blue`, `white`, `dark`) for at most `limit_ms`.

        `rhythm` alternates on and off times in milliseconds and repeats; empty means steady. `low`
        spares the supply: the same rhythm in short flashes.
        """

    def close(self) -> None:
        """Darken every lamp and give the lines up."""


class Sounder(Protocol):
    """A piezo or a small speaker."""

    def play(self, notes: tuple[tuple[int, int], ...]) -> None:
        """Play (frequency in Hz, duration in ms) pairs once; 0 Hz is a rest. A new call replaces the old tune."""

    def close(self) -> None:
        """Silence."""


class Display(Protocol):
    """Two lines of sixteen characters."""

    def show(self, lines: tuple[str, str], limit_ms: int) -> None:
        """Show a text for at most `limit_ms`, then nothing; what is too long is cut. Never waits for the display."""

    def close(self) -> None:
        """Blank it and give it up."""


class Speech(Protocol):
    """A voice that says one of a fixed set of phrases."""

    def say(self, phrase: str) -> None:
        """Say it as soon as possible; a phrase that waits is replaced by a newer one. Never waits and never fails."""

    def close(self) -> None:
        """Fall silent."""


class Contact(Protocol):
    """One input: a button, a door position switch, a fire loop."""

    def level(self) -> Level:
        """Say what it is now, bouncing or not; raises HardwareError where it cannot be read."""

    def watch(self, changed: Callable[[Level], None]) -> None:
        """Call `changed(level)` with what it is, then after each settled change, four times a second at most."""

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


JoinRefusal = Literal["password", "not_found", "failed"]
"""Why a wireless network was not joined: its password is wrong, nobody here sends under that name, or anything else."""


class Network(Protocol):
    """The machine's network, as far as a gate without keyboard and screen has to see to it; every call may wait."""

    def connected(self) -> bool:
        """Say whether there is a way out of this machine now."""

    def join(self, ssid: str, psk: str, *, hidden: bool) -> JoinRefusal | None:
        """Join a wireless network in place of the one before, and keep it over a restart; None when it is joined."""


class KernelTime(NamedTuple):
    """One reading of the kernel's clock in Unix milliseconds, and what the kernel thinks of it.

    `synchronised` says whether a program keeps it right, `error_ms` is the kernel's own bound of its error, and
    `allowed` whether the kernel let itself be asked for these two.
    """

    unix_ms: int
    synchronised: bool
    error_ms: int
    allowed: bool = True


class Clocks(Protocol):
    """The machine's two clocks of Unix time; reading one may take milliseconds and sets nothing."""

    def kernel(self) -> KernelTime:
        """Read the kernel's clock."""

    def battery(self) -> int | None:
        """Read the battery clock in whole Unix seconds; None where there is none or it cannot be read."""
