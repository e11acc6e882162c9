"""What the broker may send: answers, and messages no faster than a gate has use for.

It decides which packets are listened to, from their first bytes, before any of them is kept, and when reading has to
rest. It reads no socket and no clock. The library would take in and keep whatever comes, so that whoever owns the
broker could fill the gate's memory.
"""

from __future__ import annotations

FIRST_BYTES = 65_536
"""What may come unasked: a CONNACK with all its properties, and answers that were under way."""

ANSWER_BYTES = 512
"""What each publication or subscription allows besides: its answer with a reason in words, and the pings of an hour."""

LARGEST_BYTES = 131_072
"""The largest packet this gate takes, announced in CONNECT: a piece of a blob, and its envelope with room to spare."""

BURST_BYTES = 1_048_576
"""Messages that may come at once: the retained documents of a gate and all its groups."""

BYTES_PER_S = 262_144
"""Messages that may come for ever."""

MESSAGE_BYTES = 4_096
"""What a message costs beside its length: looking at an empty one takes its time too."""

_PUBLISH = 0x30
_QOS_2 = 0x04
_ANSWERS = frozenset({0x20, 0x40, 0x90, 0xB0, 0xD0, 0xE0})
"""CONNACK, PUBACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT: nothing is published or asked for with QoS 2."""

_MORE = 0x80
_LENGTH_BYTES = 4


class UnaskedError(ConnectionAbortedError):
    """The broker sent what nobody asked it for; the connection cannot go on."""


class Intake:
    """Follows the packets of one connection through the bytes as they come.

    Too many answers, or a packet of a kind or size that was never asked for, end the connection. Too many messages
    only make reading rest: the broker then keeps them, and so does the network.
    """

    def __init__(self) -> None:
        """Begin before the first byte."""
        self.refused = ""
        self._answers = FIRST_BYTES
        self._messages = BURST_BYTES
        self._packet: int | None = None
        self._length = self._length_bytes = 0
        self._body = 0

    @property
    def resting(self) -> bool:
        """Whether nothing more is to be read before time has passed."""
        return self._messages <= 0

    def passed(self, ms: int) -> None:
        """Let time pass: messages may come again."""
        if self._messages < BURST_BYTES:
            self._messages = min(BURST_BYTES, self._messages + ms * BYTES_PER_S // 1000)

    def published(self) -> None:
        """Allow for what answers one more publication, subscription or its end."""
        self._answers += ANSWER_BYTES

    def asked(self) -> None:
        """Allow for one message that is waited for, whatever else comes."""
        self._messages += LARGEST_BYTES + MESSAGE_BYTES

    def take(self, data: bytes) -> None:
        """Go on by these bytes; raises UnaskedError at the first one that is too many, and at every one after it."""
        if self.refused:
            raise UnaskedError(self.refused)
        place = 0
        while place < len(data):
            if self._body:
                skipped = min(self._body, len(data) - place)
                self._body -= skipped
                place += skipped
            else:
                self._head(data[place])
                place += 1

    def _head(self, byte: int) -> None:
        """Take a byte of a fixed header: the packet's type, or the next seven bits of its length."""
        if self._packet is None:
            message = byte & 0xF0 == _PUBLISH and not byte & _QOS_2
            if byte & 0xF0 not in _ANSWERS and not message:
                self._refuse(f"a packet of type {byte >> 4}, which it was not asked for")
            self._packet = byte
            return
        self._length |= (byte & ~_MORE) << (7 * self._length_bytes)
        self._length_bytes += 1
        if byte & _MORE and self._length_bytes < _LENGTH_BYTES:
            return
        self._account(self._packet & 0xF0, 1 + self._length_bytes + self._length)
        self._body = self._length
        self._packet, self._length, self._length_bytes = None, 0, 0

    def _account(self, kind: int, size: int) -> None:
        """Pay for a packet before its body comes."""
        if kind == _PUBLISH:
            self._messages -= size + MESSAGE_BYTES
            if size > LARGEST_BYTES:
                self._refuse("a message larger than this gate said it would take")
            return
        self._answers -= size
        if self._answers < 0:
            self._refuse("more than the answers to what it was sent")

    def _refuse(self, what: str) -> None:
        self.refused = what
        raise UnaskedError(what)
