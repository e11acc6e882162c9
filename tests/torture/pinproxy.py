"""A wire between a gate and its pins that can be cut: what a driver sees when the hardware under it fails.

It forwards lines both ways. After `fail`, whoever was connected gets an error for every request; who connects later is
served, as a release after the gate's end must be.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

_REFUSAL: Final = b'{"error":"the line does not answer"}\n'


class PinProxy:
    """Listens at `path` and forwards to a keeper's socket."""

    def __init__(self, path: Path, keeper: str) -> None:
        """Listen; the keeper need not be there yet."""
        self.path = path
        self._keeper = keeper
        self._broken = threading.Event()
        self._links: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._accept, name="pin-proxy", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up on everybody."""
        self.close()

    def fail(self) -> None:
        """Answer every connection that exists now with errors only."""
        broken, self._broken = self._broken, threading.Event()
        broken.set()

    def close(self) -> None:
        """Hang up on everybody."""
        for link in (self._listener, *list(self._links)):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                keeper = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                try:
                    keeper.connect(self._keeper)
                except OSError:
                    keeper.close()
                    client.close()
                    continue
                self._links |= {client, keeper}
                work = (client, keeper, self._broken)
                link = threading.Thread(target=self._link, args=work, name="pin-proxy-link", daemon=True)
                link.start()
                self._threads = [*(thread for thread in self._threads if thread.is_alive()), link]

    def _link(self, client: socket.socket, keeper: socket.socket, broken: threading.Event) -> None:
        """Forward both ways until either end hangs up."""
        answers = threading.Thread(target=self._pump, args=(keeper, client, None), name="pin-proxy-pump", daemon=True)
        with client, keeper:
            answers.start()
            self._pump(client, keeper, broken)
            answers.join()
            self._links -= {client, keeper}

    def _pump(self, source: socket.socket, target: socket.socket, broken: threading.Event | None) -> None:
        """Forward lines until either end hangs up, or refuse them at the source."""
        with contextlib.suppress(OSError, ValueError), source.makefile("rb") as lines:
            for line in lines:
                if broken is not None and broken.is_set():
                    source.sendall(_REFUSAL)
                else:
                    target.sendall(line)
        for link in (source, target):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
