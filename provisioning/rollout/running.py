"""A rollout under way: listens to the broker, writes the book, then sends; and ends when the book says so.

The book is on disk before a document is sent, so that a kill between the two is mended by whoever goes on. A broker
that is away stops everything and loses nothing. What is decided is decided in `progress.py`.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

from firmware.control import manifest
from provisioning import publishing
from provisioning.connection import Connection
from provisioning.mistake import OperatorError
from provisioning.rollout import book as books
from provisioning.rollout import progress
from provisioning.rollout.book import Phase
from provisioning.rollout.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from provisioning.broker_address import Address
    from provisioning.rollout.book import Book

MOST_WAITING: Final = 500_000
"""Messages that may wait to be read: several retained ones of each gate come at once."""

_TICK_S: Final = 0.5
_QUIET_S: Final = 0.5
_READING_S: Final = 120.0
_FAILURES: Final = 6
"""Attempts in a row, each after a longer pause, before a broker that is away pauses the rollout."""

GOING: Final = frozenset({Phase.RUNNING, Phase.RETURNING})


def look(connection: Connection, views: Views) -> None:
    """Read all that lies at the broker and concerns this rollout; raises OperatorError.

    It asks for one leaf after the other: a broker keeps only so many messages for a client at a time.
    """
    for one in views.filters:
        connection.subscribe(one)
        _read_on(connection, views)


def _read_on(connection: Connection, views: Views) -> None:
    """Read until nothing retained has come for a while; what gates say meanwhile does not keep us reading."""
    began_s = quiet_s = time.monotonic()
    while time.monotonic() < min(quiet_s + _QUIET_S, began_s + _READING_S):
        message = connection.receive(_QUIET_S)
        if message is None:
            continue
        views.take(message.topic, message.payload, _now())
        if message.retained:
            quiet_s = time.monotonic()


class Runner:
    """Brings one book on; `told(before, after)` hears of every change, `said` of what people should know."""

    def __init__(
        self,
        path: Path,
        book: Book,
        address: Address,
        *,
        told: Callable[[Book, Book], None],
        said: Callable[[str], None],
        content: Sequence[bytes] = (),
    ) -> None:
        """Take a book whose file is this process's alone; `content` is all that a manifest names."""
        self.book = book
        self._path, self._address = path, address
        self._told, self._said = told, said
        self._content = content
        self._closed = False

    def run(self, turned: Callable[[Book, Views], Book] = lambda book, _: book) -> Book:
        """Go on until it is done or paused; `turned` changes the book once, when the gates have been looked at.

        Ctrl-C pauses it, and raises KeyboardInterrupt.
        """
        failures = 0
        try:
            while True:
                try:
                    with Connection(self._address, waiting=MOST_WAITING) as connection:
                        views = Views(self.book.kind)
                        look(connection, views)
                        self._become(turned(self.book, views))
                        turned, failures = lambda book, _: book, 0
                        self._attend(connection, views)
                        return self.book
                except OperatorError as error:
                    failures += 1
                    if failures >= _FAILURES:
                        self._become(progress.paused(self.book, f"broker: {error.lines[0]}"))
                        raise
                    self._said(f"{error.lines[0]}; nothing is sent meanwhile")
                    time.sleep(min(2**failures, 30))
        except KeyboardInterrupt:
            if self.book.phase in GOING:
                self._become(progress.paused(self.book, "operator"))
            raise

    def _attend(self, connection: Connection, views: Views) -> None:
        """Take in what comes and do what is due, until nothing is."""
        self._send_blob(connection)
        self._send(connection, progress.unsent(self.book, views))
        while self.book.phase in GOING:
            message = connection.receive(_TICK_S)
            while message is not None:
                views.take(message.topic, message.payload, _now())
                message = connection.receive(0)
            connection.check()
            if books.asked_to_pause(self._path):
                self._become(progress.paused(self.book, "operator"))
                return
            book, send = progress.advance(self.book, views, _now())
            self._become(book)
            self._send(connection, send)
            self._say_hours()

    def _become(self, book: Book) -> None:
        """Write the book down, and tell what changed."""
        if book != self.book:
            before = self.book
            books.save(self._path, book)
            self.book = book
            self._told(before, book)

    def _send(self, connection: Connection, gates: list[str]) -> None:
        """Lay each gate's document on its own topic."""
        wanted = {entry.gate: entry.wanted for entry in self.book.gates}
        for gate in gates:
            topic = publishing.desired_topic(gate, self.book.kind)
            connection.send(topic, self.book.bytes_of(wanted[gate]), retain=True)
        connection.settle()

    def _send_blob(self, connection: Connection) -> None:
        """Lay out the pieces that the document names, before any gate asks for one."""
        document = self.book.read(self.book.document)
        if document is None or not self._content or self.book.phase is not Phase.RUNNING:
            return
        here = {hashlib.sha256(content).hexdigest(): content for content in self._content}
        for blob in manifest.every_blob(document.body):
            for topic, piece in publishing.pieces_of(blob, here.get(blob.sha256, b"")):
                connection.send(topic, piece, retain=True)
        connection.settle()

    def _say_hours(self) -> None:
        """Say once that it is not the hour, and when it is."""
        hours = self.book.course.hours
        closed = hours is not None and self.book.phase is Phase.RUNNING and not hours.holds(_now())
        if closed and not self._closed and hours is not None:
            opens = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(hours.opens_at(_now())))
            self._said(f"no gate is begun before {opens} (--window {self.book.course.window})")
        self._closed = closed


def _now() -> int:
    return int(time.time())
