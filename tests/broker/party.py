"""Somebody connected with a certificate, who publishes and keeps the broker's answers, and hears what they may.

Nothing here asserts what a broker should answer.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from provisioning.broker.runner import LOOPBACK, Broker
from tests.broker import stand

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from provisioning.broker.certificates import Holder


class Party:
    """Somebody connected with a certificate, who publishes and keeps the broker's answers."""

    def __init__(self, broker: Broker, holder: Holder, name: str) -> None:
        """Connect as that holder."""
        self._changed = threading.Condition()
        self._codes: dict[int, int] = {}
        self.heard: list[str] = []
        self._subscribed = 0
        certificate, key = broker.issue(holder, name)
        self.client = stand.outsider(broker.ca, certificate, key)
        self.client.on_publish = self._answered
        self.client.on_message = self._arrived
        self.client.on_subscribe = self._taken
        self.client.connect(LOOPBACK, broker.port)
        self.client.loop_start()

    def close(self) -> None:
        """Disconnect."""
        self.client.disconnect()
        self.client.loop_stop()

    def codes(self, topics: list[str]) -> dict[str, int]:
        """Publish to each topic and return the broker's reason codes."""
        sent = {topic: self.client.publish(topic, b"x", qos=1, retain=True).mid for topic in topics}
        with self._changed:
            assert self._changed.wait_for(lambda: set(sent.values()) <= self._codes.keys(), stand.PATIENCE_S)
            return {topic: self._codes[mid] for topic, mid in sent.items()}

    def listen(self) -> None:
        """Subscribe to everything and wait until the broker has taken it."""
        self.client.subscribe("#", qos=1)
        with self._changed:
            assert self._changed.wait_for(lambda: self._subscribed > 0, stand.PATIENCE_S)

    def hears(self, topic: str) -> bool:
        """Wait until this topic has come."""
        with self._changed:
            return self._changed.wait_for(lambda: topic in self.heard, stand.PATIENCE_S)

    def _answered(self, _c: Client, _u: object, mid: int, code: ReasonCode, _p: Properties) -> None:
        with self._changed:
            self._codes[mid] = int(code.value)
            self._changed.notify_all()

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        with self._changed:
            self.heard.append(message.topic)
            self._changed.notify_all()

    def _taken(self, _c: Client, _u: object, _m: int, _codes: list[ReasonCode], _p: Properties) -> None:
        with self._changed:
            self._subscribed += 1
            self._changed.notify_all()
