"""A scan sink that keeps what it is given, in order, and lets a test wait for it.

Shared by the tests of the scan socket and of the reader process.
"""

from __future__ import annotations

import queue


class QueueSink:
    """Every call becomes one tuple in a queue (implements `ports.ScanSink`)."""

    def __init__(self) -> None:
        """Begin empty."""
        self.details: list[str] = []
        self.calls: queue.Queue[tuple[str, str, object]] = queue.Queue()

    def scanned(self, reader: str, codes: tuple[bytes, ...]) -> None:
        """Keep a scan."""
        self.calls.put(("scanned", reader, codes))

    def beat(self, reader: str, values: dict[str, int]) -> None:
        """Keep a heartbeat."""
        self.calls.put(("beat", reader, values))

    def lost(self, reader: str) -> None:
        """Keep a loss."""
        self.calls.put(("lost", reader, None))

    def refused(self, reader: str, cause: str, detail: str = "") -> None:
        """Keep a refusal."""
        self.details.append(detail)
        self.calls.put(("refused", reader, str(cause)))

    def next(self) -> tuple[str, str, object]:
        """Wait for the next call, of whatever kind."""
        return self.calls.get(timeout=30)

    def wait_for(self, kind: str, reader: str | None = None) -> tuple[str, str, object]:
        """Wait for the next call of this kind and pass over others."""
        while True:
            call = self.next()
            if call[0] == kind and reader in {None, call[1]}:
                return call
