"""The pin keeper: a process that holds the levels of a test bench's pins, the way a Pi's kernel holds real ones.

It changes a level when it is told to and never because the one who told it died. Requests and answers are JSON
lines of bounded length over a Unix socket; a watcher is sent every change. It knows pins, not what hangs on them.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import selectors
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from hw.clock import boottime_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_LINE: Final = 256
"""Bytes of the longest request; more than that ends the connection."""

MAX_BACKLOG: Final = 1 << 16
"""Bytes a watcher may leave unread before it is dropped."""

PINS: Final = range(28)


@dataclass(slots=True, eq=False)
class _Peer:
    """One connection: what was received of a line, what is still to be sent."""

    link: socket.socket
    inbox: bytearray = field(default_factory=bytearray)
    outbox: bytearray = field(default_factory=bytearray)
    watching: bool = False


class PinKeeper:
    """The server: one thread, one selector, levels that outlive their clients."""

    def __init__(self, path: Path, log: IO[str] | None = None, starter: IO[str] | None = None) -> None:
        """Bind the socket, replacing a stale one; serve until `starter`, if given, reads as ended."""
        self._levels: dict[int, bool] = {}
        self._log = log
        self._path = path
        self._selector = selectors.DefaultSelector()
        self._peers: set[_Peer] = set()
        self._stopping = False
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(16)
        self._listener.settimeout(0)
        self._bell, self._rope = socket.socketpair()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._selector.register(self._bell, selectors.EVENT_READ, None)
        if starter is not None:
            self._selector.register(starter, selectors.EVENT_READ, starter)

    def stop(self) -> None:
        """Ask `run` to return; safe from a signal handler or another thread."""
        self._stopping = True
        self._rope.send(b"x")

    def run(self) -> None:
        """Serve until stopped."""
        try:
            while not self._stopping:
                for key, events in self._selector.select():
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.data, io.TextIOBase):
                        self._stopping = not key.data.readline()
                    elif isinstance(key.data, _Peer) and key.data in self._peers:
                        self._serve(key.data, events)
        finally:
            self._close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            link, _ = self._listener.accept()
            link.settimeout(0)
            peer = _Peer(link)
            self._peers.add(peer)
            self._selector.register(link, selectors.EVENT_READ, peer)

    def _serve(self, peer: _Peer, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                data = peer.link.recv(4096)
                if not data:
                    self._drop(peer)
                    return
                peer.inbox += data
                self._answer_lines(peer)
            self._flush(peer)
        except OSError:
            self._drop(peer)

    def _answer_lines(self, peer: _Peer) -> None:
        while peer in self._peers and b"\n" in peer.inbox:
            line, _, rest = bytes(peer.inbox).partition(b"\n")
            peer.inbox[:] = rest
            peer.outbox += _line(self._answer(peer, line))
        if len(peer.inbox) > MAX_LINE:
            self._drop(peer)

    def _answer(self, peer: _Peer, line: bytes) -> dict[str, object]:
        request = _parse(line)
        match request:
            case {"do": "set", "pin": int(pin), "level": bool(level)} if pin in PINS and not isinstance(pin, bool):
                self._set(pin, level=level)
            case {"do": "levels"}:
                pass
            case {"do": "watch"}:
                peer.watching = True
            case _:
                return {"error": "a request is set (pin 0..27, level), levels or watch"}
        return {"levels": {str(pin): level for pin, level in sorted(self._levels.items())}}

    def _set(self, pin: int, *, level: bool) -> None:
        if self._levels.get(pin, False) != level:
            change: dict[str, object] = {"boottime_ms": boottime_ms(), "level": level, "pin": pin}
            if self._log is not None:
                self._log.write(json.dumps(change, sort_keys=True) + "\n")
                self._log.flush()
            for watcher in [peer for peer in self._peers if peer.watching]:
                watcher.outbox += _line(change)
                self._push(watcher)
        self._levels[pin] = level

    def _push(self, peer: _Peer) -> None:
        try:
            self._flush(peer)
        except OSError:
            self._drop(peer)

    def _flush(self, peer: _Peer) -> None:
        if peer not in self._peers:
            return
        if peer.outbox:
            with contextlib.suppress(BlockingIOError):
                del peer.outbox[: peer.link.send(peer.outbox)]
        if len(peer.outbox) > MAX_BACKLOG:
            self._drop(peer)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.outbox else 0)
        self._selector.modify(peer.link, wanted, peer)

    def _drop(self, peer: _Peer) -> None:
        if peer in self._peers:
            self._peers.discard(peer)
            self._selector.unregister(peer.link)
            peer.link.close()

    def _close(self) -> None:
        for peer in list(self._peers):
            self._drop(peer)
        self._selector.close()
        for link in (self._listener, self._bell, self._rope):
            link.close()
        self._path.unlink(missing_ok=True)


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> object:
    if len(line) > MAX_LINE:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a keeper until SIGTERM or Ctrl-C; one JSON line on stdout says that it serves."""
    parser = argparse.ArgumentParser(prog="python -m hw.pinkeeper", description="Hold the levels of mock pins.")
    parser.add_argument("--socket", type=Path, required=True, help="path of the Unix socket to serve on")
    parser.add_argument("--log", type=Path, help="append every change to this file, one JSON line each")
    parser.add_argument(
        "--with-stdin", action="store_true", help="end when stdin does: a starter that dies leaves no keeper behind"
    )
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        try:
            log = stack.enter_context(options.log.open("a", encoding="utf-8")) if options.log else None
            keeper = PinKeeper(options.socket, log, sys.stdin if options.with_stdin else None)
        except OSError as error:
            sys.stderr.write(f"the pin keeper cannot serve: {error}\n")
            return 2
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: keeper.stop())
        sys.stdout.write(json.dumps({"serving": str(options.socket)}) + "\n")
        sys.stdout.flush()
        keeper.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
