"""Servers that behave as they are told, over real TLS: what a broker of somebody else's may do to a gate.

Nothing here asserts what a gate makes of it.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.records.settings import LinkSettings
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.runner import LOOPBACK
from tests.broker import stand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONNACK = b"\x20\x03\x00\x00\x00"


@contextmanager
def server(answer: Callable[[socket.socket], None], context: ssl.SSLContext | None) -> Iterator[int]:
    """Listen on loopback and answer each connection in this way, over TLS if there is a context."""
    ending = threading.Event()

    def serve(listener: socket.socket) -> None:
        while not ending.is_set():
            try:
                plain, _ = listener.accept()
            except TimeoutError:
                continue
            plain.settimeout(stand.PATIENCE_S)
            try:
                with plain if context is None else context.wrap_socket(plain, server_side=True) as connection:
                    answer(connection)
            except OSError:
                continue

    with socket.create_server((LOOPBACK, 0)) as listener:
        listener.settimeout(0.05)
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            ending.set()
            thread.join()


@contextmanager
def serving(answer: Callable[[socket.socket], None], folder: Path) -> Iterator[LinkSettings]:
    """Serve over TLS, and name the settings with which a gate finds and trusts this server."""
    authority = DeviceCa.create()
    ca = authority.write(folder)
    served, served_key = authority.issue(Holder.BROKER, "broker", addresses=[LOOPBACK]).write(folder)
    certificate, key = authority.issue(Holder.GATE, stand.GATE).write(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served, served_key)
    with server(answer, context) as port:
        yield LinkSettings(
            LOOPBACK, port, ca, certificate, key, connect_timeout_s=0.3, backoff_first_ms=50, backoff_most_ms=100
        )


def says(data: bytes) -> Callable[[socket.socket], None]:
    """Answer a CONNECT with these bytes and wait until the other side hangs up."""

    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(data)
        while connection.recv(4096):
            pass

    return answer


@dataclass(slots=True)
class Broker:
    """A small broker of one connection at a time, which answers by the book but for what it is told.

    `publish` chooses the reason code of a PUBACK by topic, None for no answer at all; `suback` is the same for every
    subscription. `connack` and `first` are said at the beginning, `after` when `online` came.
    """

    connack: bytes = CONNACK
    publish: Callable[[str], int | None] = lambda _: 0
    suback: int | None = 1
    first: bytes = b""
    after: bytes = b""
    topics: list[str] = field(default_factory=list)
    most_open: int = 0

    def __call__(self, connection: socket.socket) -> None:
        """Serve one connection until it ends."""
        buffer = connection.makefile("rb")
        while head := buffer.read(1):
            body = buffer.read(_length(buffer.read))
            match head[0] >> 4:
                case 1:
                    connection.sendall(self.connack + self.first)
                case 3:
                    self._published(connection, body)
                case 8:
                    count = _filters(body)
                    if self.suback is not None:
                        connection.sendall(_packet(0x90, body[:2] + b"\0" + bytes([self.suback]) * count))
                case 12:
                    connection.sendall(b"\xd0\0")
                case _:
                    pass

    def _published(self, connection: socket.socket, body: bytes) -> None:
        (size,) = struct.unpack_from("!H", body)
        topic = body[2 : 2 + size].decode()
        self.topics.append(topic)
        if (code := self.publish(topic)) is not None:
            connection.sendall(_packet(0x40, body[2 + size : 4 + size] + bytes([code, 0])))
        if topic.endswith("/availability"):
            connection.sendall(self.after)


def message(topic: bytes, payload: bytes) -> bytes:
    """Make a PUBLISH with QoS 0."""
    return _packet(0x30, struct.pack("!H", len(topic)) + topic + b"\0" + payload)


def _packet(head: int, body: bytes) -> bytes:
    size, length = len(body), bytearray()
    while True:
        size, low = divmod(size, 128)
        length.append(low | (0x80 if size else 0))
        if not size:
            return bytes([head, *length]) + body


def _length(read: Callable[[int], bytes]) -> int:
    total, place = 0, 0
    while True:
        (byte,) = read(1)
        total |= (byte & 0x7F) << place
        place += 7
        if not byte & 0x80:
            return total


def _filters(body: bytes) -> int:
    """Count the filters of a SUBSCRIBE without properties."""
    place, count = 3, 0
    while place < len(body):
        place += 3 + struct.unpack_from("!H", body, place)[0]
        count += 1
    return count
