"""The reader's end of the scan socket: connects, sends without ever waiting, and comes back when the gate was gone.

It decides when to try again, and says what is the matter while the gate does not answer. It may not hold a message
back: what cannot be sent now is dropped, since a scan that is late is worth nothing.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FIRST_MS = 100
_LAST_MS = 2_000
_ACCEPTED_MS = 1_000
"""A gate that refuses a reader lets it connect and hangs up; only what lasts longer was accepted."""


class GateLink:
    """A connection to the gate that mends itself.

    `connects` counts how often it came about, `hang_ups` how often the gate ended it; `trouble` says why the gate does
    not answer, None while it does or nothing was tried yet.
    """

    def __init__(self, path: Path) -> None:
        """Connect at the first message."""
        self.connects = 0
        self.hang_ups = 0
        self.trouble: str | None = None
        self._path = os.fspath(path)
        self._socket: socket.socket | None = None
        self._wait_ms = _FIRST_MS
        self._again_ms = 0
        self._since_ms = 0
        self._accepted = False

    def send(self, data: bytes, now_ms: int) -> bool:
        """Hand one message over; False if the gate is gone or its socket is full."""
        if self._socket is None and not self._connect(now_ms):
            return False
        try:
            sent = self._socket is not None and self._socket.send(data) == len(data)
        except (BlockingIOError, InterruptedError):
            self.trouble = "it takes nothing in"
            return False
        except OSError:
            self._hung_up(now_ms)
            return False
        if now_ms - self._since_ms >= _ACCEPTED_MS:
            self._accepted, self.trouble, self._wait_ms = True, None, _FIRST_MS
        return sent

    def whole(self) -> bool:
        """Tell whether the gate was reached and never hung up: else what was sent may not have arrived."""
        if self._socket is None or self.hang_ups:
            return False
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK))
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
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
        except OSError as error:
            fresh.close()
            self.trouble = error.strerror or str(error)
            self._pause(now_ms)
            return False
        self._socket, self._since_ms, self._accepted = fresh, now_ms, False
        self.connects += 1
        return True

    def _hung_up(self, now_ms: int) -> None:
        self.hang_ups += 1
        self.trouble = "it hung up"
        if not self._accepted:
            self.trouble = f"it hangs up at once: is uid {os.getuid()} the user that gapura.toml names for this reader?"
        self.close()
        self._pause(now_ms)

    def _pause(self, now_ms: int) -> None:
        self._again_ms = now_ms + self._wait_ms
        self._wait_ms = min(2 * self._wait_ms, _LAST_MS)
