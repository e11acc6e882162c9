"""Whoever connects to the broker with a certificate: a gate, a thief, an operator; and who is not let in at all."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from paho.mqtt.enums import MQTTErrorCode

from firmware.signed import enrolment
from provisioning.broker.runner import LOOPBACK
from tests.broker import stand

if TYPE_CHECKING:
    from pathlib import Path

    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from firmware.signed.enrolment import Answer
    from tests.broker.enrolling import House
    from tests.broker.requests_made import Identity

NOT_AUTHORISED = 135


@dataclass
class Device:
    """Whoever connects with a certificate: a gate, a thief, an operator."""

    house: House
    identity: tuple[Path, Path]
    client_id: str = ""
    answers: list[bytes] = field(default_factory=list)
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Connect, and listen to all that the broker lets it hear."""
        self._changed = threading.Condition()
        self._codes: dict[int, int] = {}
        self._subscribed = False
        self.client = stand.outsider(self.house.broker.ca, *self.identity, self.client_id)
        self.client.on_publish = self._published
        self.client.on_message = self._arrived
        self.client.on_subscribe = self._taken
        self.ended = threading.Event()
        self.client.on_disconnect = lambda *_: self.ended.set()
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)

    def __enter__(self) -> Self:
        """Connect."""
        self.client.connect(LOOPBACK, self.house.broker.port)
        self.client.loop_start()
        with self._changed:
            assert self._changed.wait_for(lambda: self._subscribed, stand.PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Publish and return the broker's reason code."""
        mid = self.client.publish(topic, payload, qos=1, retain=retain).mid
        with self._changed:
            assert self._changed.wait_for(lambda: mid in self._codes, stand.PATIENCE_S)
            return self._codes[mid]

    def permitted(self, topic: str, payload: bytes) -> bool:
        """Publish until the broker lets it, for the service may just be writing the access list."""
        return stand.until(lambda: self.publish(topic, payload) != NOT_AUTHORISED)

    def ask(self, gate: str, request: bytes) -> Answer:
        """Send a request and wait for the answer to it."""
        assert self.permitted(enrolment.topic(gate, "request"), request)
        return self.answer(json.loads(request)["nonce"])

    def answer(self, nonce: str) -> Answer:
        """Wait for the answer with this nonce."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._find(nonce) is not None, stand.PATIENCE_S), self.house.log()
            found = self._find(nonce)
        assert found is not None
        return found

    def hears(self, topic: str) -> bool:
        """Wait until this topic has come."""
        with self._changed:
            return self._changed.wait_for(lambda: any(topic == name for name, _ in self.heard), stand.PATIENCE_S)

    def _find(self, nonce: str) -> Answer | None:
        read = (enrolment.read_answer(payload) for payload in self.answers)
        return next((one for one in read if one is not None and one.nonce == nonce), None)

    def _published(self, _c: Client, _u: object, mid: int, code: ReasonCode, _p: Properties) -> None:
        with self._changed:
            self._codes[mid] = int(code.value)
            self._changed.notify_all()

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, bytes(message.payload)))
            if message.topic.endswith("/answer"):
                self.answers.append(bytes(message.payload))
            self._changed.notify_all()

    def _taken(self, _c: Client, _u: object, _m: int, _codes: list[ReasonCode], _p: Properties) -> None:
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()


def let_in(house: House, identity: Identity) -> bool:
    """Say whether the broker lets somebody connect with this certificate; the first word of it is the last."""
    client = stand.outsider(house.broker.ca, identity.certificate_path, identity.key_path)
    until_s = time.monotonic() + stand.PATIENCE_S
    try:
        client.connect(LOOPBACK, house.broker.port)
    except OSError:
        return False
    while not client.is_connected() and time.monotonic() < until_s:
        if client.loop(0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
    client.disconnect()
    return True
