"""One connection to the broker: MQTT 5 over mutual TLS, driven by the caller's thread alone.

It decides whether the broker is still there and hands every answer out with its reason code. It keeps no record and
knows no second attempt: when anything is wrong it raises LinkFaultError, and nothing else.
"""

from __future__ import annotations

import select
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firmware.records import faults, tls, wire
from firmware.records.faults import LinkFault, LinkFaultError
from firmware.records.intake import Intake

if TYPE_CHECKING:
    import socket
    import threading

    from paho.mqtt.reasoncodes import ReasonCode

    from firmware.records.row import Row
    from firmware.records.settings import LinkSettings

_ASIDE = 4
"""Places in the broker's receive window that birth, availability and health may need beside the records."""

_LONGEST_TURN_S = 1.0
_REFUSAL_S = 0.1
_WAKE_BYTES = 4096
_OVERHEAD_BYTES = 128
"""What a PUBLISH has around topic and payload, generously."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The broker's PUBACK for a record, or for one of the retained topics when `row` is absent."""

    topic: str
    row: Row | None
    code: int


class Session:
    """A connection from CONNECT to its end."""

    def __init__(self, settings: LinkSettings, gate: str) -> None:
        """Prepare the client with its last will; nothing is sent."""
        self._settings = settings
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"gapura-{gate}",
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = settings.connect_timeout_s
        self._client.max_inflight_messages_set(0)  # our own window is the smaller one
        will = _properties(PacketTypes.WILLMESSAGE, WillDelayInterval=settings.will_delay_s)
        self._client.will_set(wire.availability_topic(gate), wire.OFFLINE, qos=1, retain=True, properties=will)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = self._published
        self._client.on_log = self._logged
        self._client.on_socket_register_write = _later  # writes happen in turn(), after what there is to read
        self._gate = gate
        self._sent: dict[int, tuple[str, Row | None, float]] = {}
        self._answers: list[Answer] = []
        self._connack: int | None = None
        self._farewell: int | None = None
        self._last_words = ""
        self._malformed = False
        self._intake = Intake()
        self._largest = 0
        self._heard_s = time.monotonic()
        self.window = settings.window

    def open(self, wake: socket.socket, stop: threading.Event) -> None:
        """Connect, and wait until the broker has taken us in or we are to `stop`."""
        settings = self._settings
        self._client.tls_set_context(tls.context(settings, self._gate, self._intake))
        self._client.username_pw_set(self._gate)
        # The will waits only as long as the session lives, so the session must outlive the delay.
        properties = _properties(PacketTypes.CONNECT, SessionExpiryInterval=settings.will_delay_s * 2)
        try:
            self._client.connect(
                settings.host, settings.port, settings.keepalive_s, clean_start=False, properties=properties
            )
        except (OSError, ValueError) as error:
            raise faults.connecting(error) from error
        self._heard_s = time.monotonic()
        deadline_s = self._heard_s + settings.connect_timeout_s
        self._listen(min(_REFUSAL_S, settings.connect_timeout_s))
        while self._connack is None and not stop.is_set():
            if time.monotonic() > deadline_s:
                raise LinkFaultError(LinkFault.SILENT, "the broker took the connection and did not answer")
            self.turn(0.1, wake)
        if self._connack is not None and self._connack >= faults.SUCCESS_BELOW:
            raise faults.answered(self._connack)

    def _listen(self, timeout_s: float) -> None:
        """Let the broker speak first: TLS 1.3 refuses a certificate after the handshake, and writing would drown it."""
        connection = self._client.socket()
        if connection is not None:
            poll = select.poll()
            poll.register(connection, select.POLLIN)
            poll.poll(timeout_s * 1000)

    def publish(self, topic: str, payload: bytes, *, row: Row | None = None, expiry_s: int | None = None) -> None:
        """Send with QoS 1: a record as an event, anything else retained."""
        properties = _properties(PacketTypes.PUBLISH, PayloadFormatIndicator=1)
        if row is not None:
            properties.ContentType = wire.CONTENT_TYPE
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        if self._largest and len(payload) + len(topic) + _OVERHEAD_BYTES > self._largest:
            self._answers.append(Answer(topic, row, faults.PACKET_TOO_LARGE))
            return
        info: MQTTMessageInfo = self._client.publish(topic, payload, 1, row is None, properties)
        self._intake.published()
        self._sent[info.mid] = (topic, row, time.monotonic())

    def turn(self, timeout_s: float, wake: socket.socket) -> None:
        """Wait for the broker, for `wake` or for the time to pass, and do what there is to do."""
        connection = self._client.socket()
        if connection is None:
            raise self._end()
        poll = select.poll()
        poll.register(wake, select.POLLIN)
        poll.register(connection, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        longest_s = min(_LONGEST_TURN_S, self._settings.keepalive_s / 4)
        pending = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        ready = dict(poll.poll(0 if pending else max(0.0, min(timeout_s, longest_s)) * 1000))
        if ready.pop(wake.fileno(), 0):
            wake.recv(_WAKE_BYTES)
        flags = next(iter(ready.values()), 0)
        if pending or flags & ~select.POLLOUT:
            self._heard_s = time.monotonic()
            self._malformed |= self._client.loop_read() == MQTTErrorCode.MQTT_ERR_PROTOCOL
        if flags & select.POLLOUT and self._client.socket() is not None:
            self._client.loop_write()
        self._client.loop_misc()
        if self._client.socket() is None:
            raise self._end()
        self._check_alive()

    def answers(self) -> list[Answer]:
        """Hand out what the broker answered since the last call."""
        answers, self._answers = self._answers, []
        return answers

    def goodbye(self, topic: str, payload: bytes, wake: socket.socket) -> None:
        """Say that we leave on purpose; the last will is then not needed."""
        if self._connack is None:
            return
        deadline_s = time.monotonic() + self._settings.goodbye_s
        self.publish(topic, payload)
        while any(sent[0] == topic for sent in self._sent.values()) and time.monotonic() < deadline_s:
            self.turn(0.1, wake)
        self._client.disconnect(properties=_properties(PacketTypes.DISCONNECT, SessionExpiryInterval=0))

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
        oldest_s = min((sent[2] for sent in self._sent.values()), default=now_s)
        if now_s - oldest_s > self._settings.answer_s:
            raise LinkFaultError(LinkFault.SILENT, "the broker does not acknowledge what it was sent")

    def _end(self) -> LinkFaultError:
        if self._farewell is not None and self._farewell >= faults.SUCCESS_BELOW:
            return faults.answered(self._farewell)
        admitted = self._connack is not None and self._connack < faults.SUCCESS_BELOW
        if not admitted and self._connack is not None:
            return faults.answered(self._connack)
        if admitted and self._intake.refused:
            return LinkFaultError(LinkFault.PROTOCOL, f"the broker sent {self._intake.refused}")
        malformed = self._malformed or bool(self._intake.refused)
        return faults.ended(self._last_words, malformed=malformed, admitted=admitted)

    # --- callbacks: they note and return; an exception in one would end paho's loop ---------------------------------

    def _connected(self, _c: Client, _u: object, _f: ConnectFlags, code: ReasonCode, said: Properties | None) -> None:
        self._connack = int(code.value)
        receive = getattr(said, "ReceiveMaximum", None)
        if isinstance(receive, int):
            self.window = max(1, min(self.window, receive - _ASIDE))
        largest = getattr(said, "MaximumPacketSize", None)
        self._largest = largest if isinstance(largest, int) else 0

    def _disconnected(
        self, _c: Client, _u: object, flags: DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._farewell = int(code.value)

    def _published(self, _c: Client, _u: object, mid: int, code: ReasonCode, _p: Properties | None) -> None:
        topic, row, _ = self._sent.pop(mid, ("", None, 0.0))
        self._answers.append(Answer(topic, row, int(code.value)))

    def _logged(self, _c: Client, _u: object, level: int, text: str) -> None:
        if level == LogLevel.MQTT_LOG_ERR:
            self._last_words = f"({text})"


def _later(_c: Client, _u: object, _socket: object) -> None:
    """Accept that paho wants to write."""


def _properties(packet_type: int, **values: int) -> Properties:
    properties = Properties(packet_type)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
