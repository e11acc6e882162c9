"""What the library calls back with: noted here, handed out by the session, and looked at by nobody in between.

Every callback notes and returns; an exception in one would end the library's loop.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paho.mqtt.enums import LogLevel

from firmware.records.client import Filter, Message, Publication

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

_MOST_RECEIVED = 0xFFFF
"""What the broker takes at once when it does not say (MQTT 5, 3.2.2.3.3)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The broker's PUBACK for a publication."""

    publication: Publication
    code: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker's SUBACK for one filter."""

    topic: str
    code: int


@dataclass(slots=True)
class Notes:
    """What one connection has brought so far, and what its packet numbers stand for."""

    sent: dict[int, tuple[Publication, float]] = field(default_factory=dict)
    asked: dict[int, tuple[Filter, ...]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    subscribed: list[Subscribed] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    connack: int | None = None
    farewell: int | None = None
    last_words: str = ""
    largest: int = 0
    receive: int = _MOST_RECEIVED

    def attach(self, client: Client) -> None:
        """Have everything noted that the library calls back with."""
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_publish = self._published
        client.on_subscribe = self._subscribed
        client.on_message = self._arrived
        client.on_log = self._logged
        client.on_socket_register_write = _later  # writes happen in turn(), after what there is to read

    @property
    def oldest_s(self) -> float:
        """Since when the oldest publication waits for its answer; now if none does."""
        return min((since_s for _, since_s in self.sent.values()), default=time.monotonic())

    def _connected(self, _c: Client, _u: object, _f: ConnectFlags, code: ReasonCode, said: Properties | None) -> None:
        self.connack = int(code.value)
        receive = getattr(said, "ReceiveMaximum", None)
        if isinstance(receive, int):
            self.receive = max(1, receive)
        largest = getattr(said, "MaximumPacketSize", None)
        self.largest = largest if isinstance(largest, int) else 0

    def _disconnected(
        self, _c: Client, _u: object, flags: DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self.farewell = int(code.value)

    def _published(self, _c: Client, _u: object, mid: int, code: ReasonCode, _p: Properties | None) -> None:
        if (sent := self.sent.pop(mid, None)) is not None:
            self.answers.append(Answer(sent[0], int(code.value)))

    def _subscribed(self, _c: Client, _u: object, mid: int, codes: list[ReasonCode], _p: Properties | None) -> None:
        pairs = zip(self.asked.pop(mid, ()), codes, strict=False)
        self.subscribed += [Subscribed(wanted.topic, int(code.value)) for wanted, code in pairs]

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self.messages.append(Message(topic, bytes(message.payload), bool(message.retain)))

    def _logged(self, _c: Client, _u: object, level: int, text: str) -> None:
        if level == LogLevel.MQTT_LOG_ERR:
            self.last_words = f"({text})"


def _later(_c: Client, _u: object, _socket: object) -> None:
    """Accept that paho wants to write."""
