"""The reader's end of the scan socket: connects, sends without ever waiting, and comes back when the gate was gone.

It decides when to try again. It may not hold a message back: what cannot be sent now is dropped, since a scan that is
late is worth nothing.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FIRST_MS = 100
_LAST_MS = 2_000


class GateLink:
    """A connection to the gate that mends itself; `connects` counts how often it came about."""

    def __init__(self, path: Path) -> None:
        """Connect at the first message."""
        self.connects = 0
        self._path = os.fspath(path)
        self._socket: socket.socket | None = None
        self._wait_ms = _FIRST_MS
        self._again_ms = 0

    def send(self, data: bytes, now_ms: int) -> bool:
        """Hand one message over; False if the gate is gone or its socket is full."""
        if self._socket is None and not self._connect(now_ms):
            return False
        try:
            return self._socket is not None and self._socket.send(data) == len(data)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self._hang_up(now_ms)
            return False

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self, now_ms: int) -> bool:
        if now_ms < self._again_ms:
            return False
        fresh = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            fresh.connect(self._path)
        except OSError:
            fresh.close()
            self._hang_up(now_ms)
            return False
        self._socket = fresh
        self._wait_ms = _FIRST_MS
        self.connects += 1
        return True

    def _hang_up(self, now_ms: int) -> None:
        self.close()
        self._again_ms = now_ms + self._wait_ms
        self._wait_ms = min(2 * self._wait_ms, _LAST_MS)
