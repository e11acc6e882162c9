"""A reader's socket with a window in it: passes on what a real reader says, and notes when it said it.

It may also say something itself, as any reader program may. It changes nothing and holds nothing back.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import TYPE_CHECKING, Self, assert_never

from hw.reader.messages import MAX_MESSAGE_BYTES, Beat, Cause, Refused, Scan, decode
from tests.bench.edges import now_ns

if TYPE_CHECKING:
    from pathlib import Path


class Proxy:
    """Listens where a reader connects and is itself connected to the gate.

    `scans` is what passed: the code, when its frame was taken (ms) and when it passed (ns); `beat` the last heartbeat.
    """

    def __init__(self, listen: Path, gate: Path) -> None:
        """Bind and connect; `with` begins to pass messages on."""
        self._kind = socket.SOCK_SEQPACKET
        self._listener = socket.socket(socket.AF_UNIX, self._kind)
        self._listener.bind(os.fspath(listen))
        self._listener.listen(1)
        self._gate = socket.socket(socket.AF_UNIX, self._kind)
        self._gate.connect(os.fspath(gate))
        self._reader: socket.socket | None = None
        self._thread = threading.Thread(target=self._pass_on, name="proxy", daemon=True)
        self.scans: dict[bytes, tuple[int, int]] = {}
        self.beat: dict[str, int] = {}
        self.refused: list[Cause] = []

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up on both sides."""
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits for a reader
        for end in (self._reader, self._listener, self._gate):
            if end is not None:
                end.close()
        self._thread.join(timeout=2)

    def say(self, message: bytes) -> int:
        """Send a message of one's own and return when it was sent (ns)."""
        sent_ns = now_ns()
        self._gate.send(message)
        return sent_ns

    def _pass_on(self) -> None:
        """Serve one reader after the other until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                self._reader, _ = self._listener.accept()
                with self._reader:
                    self._serve(self._reader)

    def _serve(self, reader: socket.socket) -> None:
        while data := reader.recv(MAX_MESSAGE_BYTES):
            at_ns = now_ns()
            self._gate.send(data)
            message = decode(data)
            match message:
                case Scan(stamp_ms, codes):
                    self.scans |= dict.fromkeys(codes, (stamp_ms, at_ns))
                case Beat(values=values):
                    self.beat = dict(values)
                case Refused(cause):
                    self.refused.append(cause)
                case _:
                    assert_never(message)
