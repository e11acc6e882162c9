"""One connection to the broker: MQTT 5 over mutual TLS, driven by the caller's thread alone.

It decides whether the broker is still there and hands every answer and message out as it came. It keeps no record and
knows no second attempt: when anything is wrong it raises LinkFaultError, and nothing else.
"""

from __future__ import annotations

import select
import ssl
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes

from firmware.records import client, faults, tls, wire
from firmware.records.callbacks import Answer, Notes, Subscribed
from firmware.records.client import Filter, Message, Publication
from firmware.records.faults import LinkFault, LinkFaultError
from firmware.records.intake import Intake

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Sequence

    from paho.mqtt.client import SocketLike

    from firmware.records.settings import LinkSettings

_ASIDE = 4
"""Places in the broker's receive window that birth, health and notices may need beside the records."""

_LONGEST_TURN_S = 1.0
_RESTING_S = 0.05
_REFUSAL_S = 0.1
_WAKE_BYTES = 4096
_OVERHEAD_BYTES = 256
"""What a PUBLISH has around topic and payload, generously."""


class Session:
    """A connection from CONNECT to its end."""

    def __init__(
        self, settings: LinkSettings, gate: str, number: int = 0, *, dated: bool = True, aside: bool = False
    ) -> None:
        """Prepare the client with its last will; nothing is sent. Certificates out of date are refused if `dated`.

        `gate` is the name in the certificate. A connection `aside` has no will, leaves no
        session, and does not take the gate's own over.
        """
        self._dated, self._aside = dated, aside
        self._settings = settings
        self._client = client.aside(settings, gate) if aside else client.client(settings, gate, number)
        self._notes = Notes()
        self._notes.attach(self._client)
        self._gate = gate
        self._waiting: deque[Publication] = deque()
        self._malformed = False
        self._intake = Intake()
        self._turned_s = self._heard_s = time.monotonic()
        self.rested = 0

    def open(self, wake: socket.socket, stop: threading.Event) -> None:
        """Connect, and wait until the broker has taken us in or we are to `stop`."""
        settings = self._settings
        self._client.tls_set_context(tls.context(settings, self._gate, self._intake, dated=self._dated))
        said = client.connecting(0 if self._aside else 2 * settings.will_delay_s)
        try:
            self._client.connect(
                settings.host, settings.port, settings.keepalive_s, clean_start=self._aside, properties=said
            )
        except (OSError, ValueError) as error:
            raise faults.connecting(error) from error
        self._heard_s = time.monotonic()
        deadline_s = self._heard_s + settings.connect_timeout_s
        self._listen(min(_REFUSAL_S, settings.connect_timeout_s))
        while self._notes.connack is None and not stop.is_set():
            if time.monotonic() > deadline_s:
                raise LinkFaultError(LinkFault.SILENT, "the broker took the connection and did not answer")
            self.turn(0.1, wake)
        if self._notes.connack is not None and self._notes.connack >= faults.SUCCESS_BELOW:
            raise faults.answered(self._notes.connack)

    def _listen(self, timeout_s: float) -> None:
        """Let the broker speak first: TLS 1.3 refuses a certificate after the handshake, and writing would drown it."""
        connection = self._client.socket()
        if connection is not None:
            poll = select.poll()
            poll.register(connection, select.POLLIN)
            poll.poll(timeout_s * 1000)

    @property
    def window(self) -> int:
        """How many records may be under way: ours, or fewer where the broker takes fewer at once."""
        return max(1, min(self._settings.window, self._notes.receive - _ASIDE))

    @property
    def room(self) -> int:
        """How many publications may go out now without waiting for the broker's answers."""
        return max(0, self._notes.receive - len(self._notes.sent) - len(self._waiting))

    def publish(self, publication: Publication) -> None:
        """Send with QoS 1, as soon as the broker has room for it; each one is answered, or the connection ends."""
        size = len(publication.payload) + len(publication.topic) + _OVERHEAD_BYTES
        if self._notes.largest and size > self._notes.largest:
            self._notes.answers.append(Answer(publication, faults.PACKET_TOO_LARGE))
            return
        self._waiting.append(publication)
        self._send()

    def _send(self) -> None:
        while self._waiting and len(self._notes.sent) < self._notes.receive:
            said = self._waiting.popleft()
            made = client.publishing(said.marks, said.expiry_s, event=said.event)
            info = self._client.publish(said.topic, said.payload, 1, said.retained, made)
            self._intake.published()
            self._notes.sent[info.mid] = (said, time.monotonic())

    def subscribe(self, wanted: Sequence[Filter], *, once: bool = False) -> None:
        """Ask for these topics; `once` says that each is to bring one message that is waited for."""
        if not wanted:
            return
        _, mid = self._client.subscribe([client.subscribing(each) for each in wanted])
        if mid is not None:
            self._notes.asked[mid] = tuple(wanted), time.monotonic()
            self._intake.published()
        for _ in wanted if once else ():
            self._intake.asked()

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """Ask for these no more."""
        if topics:
            self._client.unsubscribe(list(topics))
            self._intake.published()

    def turn(self, timeout_s: float, wake: socket.socket) -> None:
        """Wait for the broker, for `wake` or for the time to pass, and do what there is to do."""
        connection = self._client.socket()
        if connection is None:
            raise self._end()
        passed_ms = int((time.monotonic() - self._turned_s) * 1000)
        self._turned_s += passed_ms / 1000
        self._intake.passed(passed_ms)
        flags = self._wait(connection, timeout_s, wake)
        if flags & ~select.POLLOUT:
            self._heard_s = time.monotonic()
            self._read()
        if flags & select.POLLOUT and self._client.socket() is not None:
            self._client.loop_write()
        self._client.loop_misc()
        if self._client.socket() is None:
            raise self._end()
        self._send()
        self._check_alive()

    def _wait(self, connection: SocketLike, timeout_s: float, wake: socket.socket) -> int:
        """Wait, and say what can be done with the connection; while the intake rests it is not read."""
        resting = self._intake.resting
        self.rested += resting
        pending = not resting and isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        reading = 0 if resting else select.POLLIN
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        poll.register(connection, reading | (select.POLLOUT if self._client.want_write() else 0))
        longest_s = min(_RESTING_S if resting else _LONGEST_TURN_S, self._settings.keepalive_s / 4)
        ready = dict(poll.poll(0 if pending else max(0.0, min(timeout_s, longest_s)) * 1000))
        if ready.pop(wake.fileno(), 0):
            wake.recv(_WAKE_BYTES)
        return next(iter(ready.values()), 0) | (select.POLLIN if pending else 0)

    def _read(self) -> None:
        """Take in one packet; whatever the library makes of bytes that are none is the broker's doing."""
        try:
            self._malformed |= self._client.loop_read() == MQTTErrorCode.MQTT_ERR_PROTOCOL
        except Exception as error:
            text = f"the broker sent what is no MQTT 5 ({type(error).__name__})"
            raise LinkFaultError(LinkFault.PROTOCOL, text) from error

    def answers(self) -> list[Answer]:
        """Hand out what the broker answered since the last call."""
        answers, self._notes.answers = self._notes.answers, []
        return answers

    def subscribed(self) -> list[Subscribed]:
        """Hand out which subscriptions the broker answered since the last call."""
        subscribed, self._notes.subscribed = self._notes.subscribed, []
        return subscribed

    def messages(self) -> list[Message]:
        """Hand out what the broker brought since the last call."""
        messages, self._notes.messages = self._notes.messages, []
        return messages

    def goodbye(self, topic: str, payload: bytes, wake: socket.socket) -> None:
        """Say that we leave on purpose; the last will is then not needed."""
        if self._notes.connack is None:
            return
        deadline_s = time.monotonic() + self._settings.goodbye_s
        last = Publication(topic, payload, expiry_s=wire.LASTING_S)
        self.publish(last)
        while self._owed(last) and time.monotonic() < deadline_s:
            self.turn(0.1, wake)
        self.leave()

    def leave(self) -> None:
        """Disconnect on purpose, without a word, and leave no session behind."""
        self._client.disconnect(properties=client.properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0))
        self._client.loop_write()  # no turn follows that would: the socket is closed next

    def _owed(self, publication: Publication) -> bool:
        """Whether this publication still waits to be sent or answered."""
        return publication in self._waiting or any(said is publication for said, _ in self._notes.sent.values())

    def drop(self) -> None:
        """Close the socket without a word: the broker then publishes the last will."""
        connection = self._client.socket()
        if connection is not None:
            with suppress(OSError):
                connection.close()

    def _check_alive(self) -> None:
        """Trust neither the library's timer nor an open socket: a broker that says nothing is gone."""
        now_s = time.monotonic()
        if now_s - self._heard_s > 2 * self._settings.keepalive_s:
            raise LinkFaultError(LinkFault.SILENT, "the broker has fallen silent")
        if now_s - self._notes.oldest_s > self._settings.answer_s:
            raise LinkFaultError(LinkFault.SILENT, "the broker does not answer what it was sent")

    def _end(self) -> LinkFaultError:
        notes = self._notes
        if notes.farewell is not None and notes.farewell >= faults.SUCCESS_BELOW:
            return faults.answered(notes.farewell)
        admitted = notes.connack is not None and notes.connack < faults.SUCCESS_BELOW
        if not admitted and notes.connack is not None:
            return faults.answered(notes.connack)
        if admitted and self._intake.refused:
            return LinkFaultError(LinkFault.PROTOCOL, f"the broker sent {self._intake.refused}")
        malformed = self._malformed or bool(self._intake.refused)
        return faults.ended(notes.last_words, malformed=malformed, admitted=admitted)
