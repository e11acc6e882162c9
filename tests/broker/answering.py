"""A gate that hears commands and answers as a test tells it: real envelopes, a real connection, and no door.

It says who it is as gates do (`info`, `availability`), judges what arrives by the shipped `read_order`, and publishes
the answers that its script has for it. What they should be is not its business.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from firmware.events import Instant
from firmware.records.wire import ROOT
from firmware.signed.command import Order, Turned
from firmware.signed.orders import Here, read_order
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, Broker
from tests.broker import stand

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

Script = Callable[[Order | Turned], list[tuple[str, str | None]]]


def obedient(order: Order | Turned) -> list[tuple[str, str | None]]:
    """Take up what counts and do it, and refuse the rest."""
    if isinstance(order, Turned):
        return [("failed", order.reason.value)]
    return [("accepted", None), ("successful", None)]


@dataclass
class AnsweringGate:
    """One gate of the lobby; `script` turns what it heard into states and reasons. `with` connects it."""

    broker: Broker
    root: bytes
    name: str = stand.GATE
    script: Script = obedient
    nonce: str = "5e" * 16
    heard: list[Order | Turned] = field(default_factory=list)
    raw: list[MQTTMessage] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Connect, listen, and only then be known."""
        self._listening = threading.Event()
        certificate, key = self.broker.issue(Holder.GATE, self.name)
        self.client = stand.outsider(self.broker.ca, certificate, key)
        self.client.on_message = self._arrived
        self.client.on_subscribe = lambda *_: self._listening.set()
        self.client.connect(LOOPBACK, self.broker.port)
        self.client.loop_start()
        self.client.subscribe([(f"{ROOT}/{self.name}/cmd/+", 1), (f"{ROOT}/_group/lobby/cmd/+", 1)])
        assert self._listening.wait(stand.PATIENCE_S)
        self.tell("info", json.dumps({"nonce": self.nonce, "labels": {"area": "lobby"}}))
        self.tell("availability", "online")
        return self

    def __exit__(self, *_: object) -> None:
        """Go away, and say so while there is a broker."""
        if self.client.is_connected():
            self.tell("availability", "offline")
        self.client.disconnect()
        self.client.loop_stop()

    def tell(self, leaf: str, text: str) -> None:
        """Leave something at the broker."""
        self.client.publish(f"{ROOT}/{self.name}/{leaf}", text, qos=1, retain=True).wait_for_publish(stand.PATIENCE_S)

    def answer(self, order: Order | Turned, state: str, reason: str | None) -> None:
        """Publish one answer."""
        said = {"id": order.id, "op": order.op, "state": state, "reason": reason, "at": "2026-01-05T03:00:00Z"}
        self.client.publish(f"{ROOT}/{self.name}/res/{order.op}", json.dumps(said), qos=1)

    def _arrived(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        *_, branch, _, op = message.topic.split("/")
        now = int(time.time())
        here = Here(self.name, frozenset({"lobby"}), self.root, self.nonce, Instant(1, now - 2, now + 2, "test"))
        order = read_order(bytes(message.payload), op, branch if "/_group/" in message.topic else None, here)
        self.raw.append(message)
        self.heard.append(order)
        for state, reason in self.script(order):
            self.answer(order, state, reason)
