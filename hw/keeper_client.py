"""Speaking to a pin keeper: read levels, set one, watch them all.

What a test bench uses to press a button and to judge a relay, and what `hw/keeper_pins.py` puts its pins on. One
request at a time a connection; a watcher has a connection of its own.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, Self

from hw.errors import HardwareError

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUEST_TIMEOUT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class PinChange:
    """One change of one pin, by the keeper's reading of CLOCK_BOOTTIME."""

    boottime_ms: int
    pin: int
    level: bool


def _connect(path: str) -> socket.socket:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(REQUEST_TIMEOUT_S)
    try:
        link.connect(path)
    except OSError as error:
        link.close()
        message = f"no pin keeper answers at {path}: {error}"
        raise HardwareError(message) from error
    return link


def _levels(line: bytes) -> dict[int, bool]:
    match json.loads(line) if line else None:
        case {"levels": dict(levels)}:
            return {int(pin): bool(level) for pin, level in levels.items()}
        case {"error": str(error)}:
            raise HardwareError(error)
        case _:
            message = "the pin keeper hung up"
            raise HardwareError(message)


class Watch:
    """Every change from now on, in order; `levels` is what they were when the watch began."""

    def __init__(self, path: str) -> None:
        """Connect and begin; raises HardwareError where no keeper answers."""
        self._link = _connect(path)
        self._lines: IO[bytes] = self._link.makefile("rb")
        try:
            self._link.sendall(b'{"do":"watch"}\n')
            self.levels = _levels(self._lines.readline())
            self._link.settimeout(None)
        except (OSError, HardwareError):
            self.close()
            raise

    def __iter__(self) -> Iterator[PinChange]:
        """Wait for changes until the keeper ends or `close` is called from another thread."""
        try:
            for line in self._lines:
                change = json.loads(line)
                yield PinChange(change["boottime_ms"], change["pin"], change["level"])
        except (OSError, ValueError):
            return

    def close(self) -> None:
        """End the watch; an iteration in another thread ends with it."""
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._lines.close()
        self._link.close()


class KeeperClient:
    """A connection to a pin keeper; its methods may be called from any thread."""

    def __init__(self, path: str) -> None:
        """Connect; raises HardwareError where no keeper answers."""
        self._path = path
        self._lock = threading.Lock()
        self._link = _connect(path)
        self._lines: IO[bytes] = self._link.makefile("rb")

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self.close()

    def levels(self) -> dict[int, bool]:
        """Read every pin that was ever set."""
        return self._ask({"do": "levels"})

    def set(self, pin: int, *, level: bool) -> None:
        """Set one pin; returns once the keeper has it."""
        self._ask({"do": "set", "pin": pin, "level": level})

    def watch(self) -> Watch:
        """Begin to watch, on a connection of its own."""
        return Watch(self._path)

    def close(self) -> None:
        """Hang up; the levels stay as they are."""
        self._lines.close()
        self._link.close()

    def _ask(self, request: dict[str, object]) -> dict[int, bool]:
        try:
            with self._lock:
                self._link.sendall(json.dumps(request).encode() + b"\n")
                return _levels(self._lines.readline())
        except (OSError, ValueError) as error:
            message = f"the pin keeper at {self._path} does not answer: {error}"
            raise HardwareError(message) from error
