"""What the broker may send: answers to what it was sent, and not more of them than that can need.

It decides which packets are listened to, from their first bytes, before any of them is kept. It reads no socket. The
library would take in and keep whatever comes, so that whoever owns the broker could fill the gate's memory.
"""

from __future__ import annotations

FIRST_BYTES = 65_536
"""What may come before anything was published: a CONNACK with all its properties, and answers that were under way."""

ANSWER_BYTES = 512
"""What each publication allows besides: its PUBACK with a reason in words, and the pings of a quiet hour."""

_LISTENED_TO = frozenset({0x20, 0x40, 0xD0, 0xE0})
"""CONNACK, PUBACK, PINGRESP, DISCONNECT: nothing is subscribed, nothing is published with QoS 2."""

_MORE = 0x80
_LENGTH_BYTES = 4


class UnaskedError(ConnectionAbortedError):
    """The broker sent what nobody asked it for; the connection cannot go on."""


class Intake:
    """Follows the packets of one connection through the bytes as they come."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        self.refused = ""
        self._left = FIRST_BYTES
        self._packet: int | None = None
        self._length = self._length_bytes = 0
        self._body = 0

    def published(self) -> None:
        """Allow for what answers one more publication."""
        self._left += ANSWER_BYTES

    def take(self, data: bytes) -> None:
        """Go on by these bytes; raises UnaskedError at the first one that is too many, and at every one after it."""
        if self.refused:
            raise UnaskedError(self.refused)
        self._left -= len(data)
        place = 0
        while place < len(data):
            if self._body:
                skipped = min(self._body, len(data) - place)
                self._body -= skipped
                place += skipped
            else:
                self._head(data[place])
                place += 1
        if self._left < self._body:
            self._refuse("more than the answers to what it was sent")

    def _head(self, byte: int) -> None:
        """Take a byte of a fixed header: the packet's type, or the next seven bits of its length."""
        if self._packet is None:
            if byte & 0xF0 not in _LISTENED_TO:
                self._refuse(f"a packet of type {byte >> 4}, which it was not asked for")
            self._packet = byte
            return
        self._length |= (byte & ~_MORE) << (7 * self._length_bytes)
        self._length_bytes += 1
        if byte & _MORE and self._length_bytes < _LENGTH_BYTES:
            return
        self._body = self._length
        self._packet, self._length, self._length_bytes = None, 0, 0

    def _refuse(self, what: str) -> None:
        self.refused = what
        raise UnaskedError(what)
