"""The least that any gate of this shape takes here and now: a socket, three hand-overs between threads and one commit.

It verifies nothing and decides nothing. Run in turn with the gate it shows what the machine, its disk and whoever else
works on it contribute to a latency.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from queue import SimpleQueue
from socket import AF_UNIX, SOCK_SEQPACKET, socketpair
from typing import TYPE_CHECKING, Self

from tests.bench.edges import Edges, now_ns

if TYPE_CHECKING:
    from pathlib import Path


class Floor:
    """Receiver, decider and writer as the gate has them, with nothing in them."""

    def __init__(self, path: Path) -> None:
        """Prepare three threads and a database at `path`."""
        self._near, self._far = socketpair(AF_UNIX, SOCK_SEQPACKET)
        self._inbox: SimpleQueue[bytes] = SimpleQueue()
        self._waiting: SimpleQueue[bytes] = SimpleQueue()
        self._edges = Edges()
        self._path = path
        self._threads = [threading.Thread(target=work) for work in (self._receive, self._decide, self._write)]

    def __enter__(self) -> Self:
        """Start."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End every thread by an empty message."""
        self._near.send(b"end")
        for thread in self._threads:
            thread.join()
        self._near.close()
        self._far.close()

    def pass_once(self, message: bytes) -> float:
        """Send a message and return how long its edge took (ms)."""
        self._edges.note(level=False)
        began_ns = now_ns()
        self._near.send(message)
        return (self._edges.wait(level=True) - began_ns) / 1e6

    def _receive(self) -> None:
        while (message := self._far.recv(1 << 16)) != b"end":
            self._inbox.put(message)
        self._inbox.put(b"end")

    def _decide(self) -> None:
        while (message := self._inbox.get()) != b"end":
            if message == b"committed":
                self._edges.note(level=True)
            else:
                self._waiting.put(message)
        self._waiting.put(b"end")

    def _write(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("CREATE TABLE lines (seq INTEGER PRIMARY KEY, body BLOB)")
            while (message := self._waiting.get()) != b"end":
                connection.execute("INSERT INTO lines (body) VALUES (?)", (message,))
                self._inbox.put(b"committed")
