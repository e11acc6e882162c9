"""A reader program of the tests' own: it speaks on a reader's socket as any program with the right uid may.

It shows codes, or any bytes at all, and comes back when the gate was gone. It decides nothing about a code.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, Final

from hw.clock import boottime_ms
from hw.reader.messages import Beat, Scan, encode

if TYPE_CHECKING:
    from pathlib import Path

_CONNECT_S: Final = 10.0
_AGAIN_S: Final = 0.01
_APART_S: Final = 0.055
"""A gate takes at most twenty scans a second from one reader."""


class Lane:
    """One reader's end of its socket."""

    def __init__(self, path: Path) -> None:
        """Remember where; the first message connects."""
        self._path = path
        self._socket: socket.socket | None = None
        self._next_s = 0.0

    def show(self, code: bytes) -> None:
        """Hand one code to the gate as a scan taken now, no faster than a gate takes them."""
        time.sleep(max(0.0, self._next_s - time.monotonic()))
        self._next_s = time.monotonic() + _APART_S
        self.send(encode(Scan(boottime_ms(), (code,))))

    def beat(self, frames: int) -> None:
        """Send a heartbeat that says how many frames there were."""
        self.send(encode(Beat(boottime_ms(), (("frames", frames),))))

    def send(self, message: bytes) -> None:
        """Send these bytes as one message, on a new connection if the old one is gone; raises OSError in the end."""
        until_s = time.monotonic() + _CONNECT_S
        while True:
            try:
                self._connected().sendall(message)
            except OSError:
                self.hang_up()
                if time.monotonic() > until_s:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return

    def hang_up(self) -> None:
        """Close the connection; the next message opens a new one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def hung_up_on(self, timeout_s: float = 5) -> bool:
        """Wait until the gate has closed the connection and say whether it did."""
        if self._socket is None:
            return True
        self._socket.settimeout(timeout_s)
        with contextlib.suppress(ConnectionError):
            try:
                gone = self._socket.recv(1) == b""
            except TimeoutError:
                return False
            return gone
        return True

    def _connected(self) -> socket.socket:
        if self._socket is None:
            fresh = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
            try:
                fresh.settimeout(_CONNECT_S)
                fresh.connect(str(self._path))
            except OSError:
                fresh.close()
                raise
            self._socket = fresh
        return self._socket
