"""What a technician's terminal and a door say while they are walked through, in one queue for one thread.

Contacts and readers call from their own threads and only enqueue; the keyboard is read by whoever takes. Anything else
a reader may say is of no interest here.
"""

from __future__ import annotations

import os
import queue
import select
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.doctor.walking import Beaten, ContactMoved, Decoded
from firmware.events import Level

if TYPE_CHECKING:
    from firmware.doctor.walking import Event
    from firmware.events import Contact

MAX_WAITING: Final = 256
MAX_LINE_BYTES: Final = 1024
_WAKE_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Typed:
    """One line from the keyboard; None is its end."""

    line: str | None


class Ears:
    """The queue; it implements `hw.ports.ScanSink`."""

    def __init__(self, keyboard: int | None) -> None:
        """Listen to a keyboard by its descriptor, if there is one."""
        self._keyboard = keyboard
        self._typed = b""
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self) -> None:
        """Hear nothing any more."""
        os.close(self._wake)
        os.close(self._woken)

    def take(self, timeout_s: float) -> list[Event | Typed]:
        """Wait at most so long, and return everything that was heard."""
        sources = [self._woken] if self._keyboard is None else [self._woken, self._keyboard]
        ready, _, _ = select.select(sources, [], [], max(0.0, timeout_s))
        heard: list[Event | Typed] = []
        if self._woken in ready:
            os.read(self._woken, _WAKE_BYTES)
        with suppress(queue.Empty):
            while True:
                heard.append(self._queue.get_nowait())
        if self._keyboard in ready:
            heard += self._read()
        return heard

    def contact_changed(self, contact: Contact, level: str) -> None:
        """Take in how a contact reads now."""
        self._put(ContactMoved(contact, Level(level)))

    def scanned(self, reader: str, codes: tuple[bytes, ...]) -> None:
        """Take in that a code was read; what it says does not matter."""
        if codes:
            self._put(Decoded(reader))

    def beat(self, reader: str, values: dict[str, int]) -> None:
        """Take in a reader's heartbeat."""
        self._put(Beaten(reader, tuple(sorted(values.items()))))

    def lost(self, reader: str) -> None:
        """Take in that a reader is gone: its picture has no new frames."""
        self._put(Beaten(reader, ()))

    def refused(self, reader: str, cause: str, detail: str = "") -> None:
        """Let a message pass that was none."""

    def _put(self, event: Event) -> None:
        """Enqueue unless too many wait, and wake whoever takes."""
        if self._queue.qsize() < MAX_WAITING:
            self._queue.put(event)
        with suppress(OSError):  # the pipe is full, so somebody will wake, or closed, so nobody is there
            os.write(self._wake, b"\0")

    def _read(self) -> list[Event | Typed]:
        """Read what was typed, line by line; a line without an end is cut."""
        piece = os.read(self._keyboard, MAX_LINE_BYTES) if self._keyboard is not None else b""
        if not piece:
            self._keyboard = None
            return [Typed(None)]
        *whole, self._typed = (self._typed + piece)[-MAX_LINE_BYTES:].split(b"\n")
        return [Typed(line.decode("utf-8", "replace").strip()) for line in whole]
