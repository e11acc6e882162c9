"""A consumer of events that loses none: the recipe of `firmware/records/README.md`, and nothing beside it.

QoS 1 under a session that outlives the connection; an event is stored before it is acknowledged; an id is stored once;
what is missing is told by `health` and asked for with the command `replay`.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware.records.wire import ROOT
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from tests.torture.delivery.holdings import Holdings

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.reasoncodes import ReasonCode

    from provisioning.broker.runner import Broker

NAME: Final = "archive"
TOPICS: Final = tuple(f"{ROOT}/+/{rest}" for rest in ("event/+", "restricted/+", "info", "health", "res/replay"))
JOINED: Final = 500
"""Numbers between two holes that are asked for as one: repetitions cost less than one replay more."""

PATIENCE_S: Final = 15.0
"""How long an answer to a replay is waited for; a command that a broker dropped is never answered."""

TRIES: Final = 3
"""Replays that ended well and left the same hole: what it held is gone, and a `gap` tells of it."""

_SESSION_S: Final = 86_400
_FINAL: Final = ("successful", "failed")


class Consumer:
    """Keeps everything that the gates of a broker tell; `connect` and `disconnect` may follow each other.

    `order` makes the payload and the id of a replay command out of gate, nonce, epoch and range.
    """

    def __init__(self, broker: Broker, order: Callable[[str, str, str, int, int], tuple[bytes, str]]) -> None:
        """Prepare; nothing is connected yet."""
        self.changed = threading.Condition()
        self.held = Holdings()
        self.deliveries: Counter[str] = Counter()
        self.health: dict[str, dict[str, int]] = {}
        self.asked = self.sessions_lost = 0
        self._broker = broker
        self._order = order
        self._nonces: dict[str, str] = {}
        self._waits: dict[str, tuple[str, float]] = {}
        self._lowest: dict[str, tuple[str, int] | None] = {}
        self._ranges: dict[str, tuple[str, str, int]] = {}
        self._in_vain: Counter[tuple[str, str, int]] = Counter()
        self._subscribed = False
        certificate, key = broker.issue(Holder.OPERATOR, NAME)
        self._context = ssl.create_default_context(cafile=str(broker.ca))
        self._context.load_cert_chain(certificate, key)
        self._client = self._made()

    def connect(self, timeout_s: float = 60.0) -> None:
        """Come (back) under the session that the broker may still have, and wait until the topics are subscribed."""
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = _SESSION_S
        self._subscribed = False
        self._lowest.clear()
        self._client = self._made()  # the library's loop leaves its own sockets open if it is started twice
        self._client.connect(LOOPBACK, self._broker.port, keepalive=20, clean_start=False, properties=lasting)
        self._client.loop_start()
        if not self.wait(lambda: self._subscribed, timeout_s):
            message = "the broker did not take the consumer's subscription"
            raise ConnectionError(message)

    def disconnect(self) -> None:
        """Go; the broker keeps what comes meanwhile, as far as it has room."""
        self._client.disconnect()
        self._client.loop_stop()

    def wait(self, enough: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until something is so, and say whether it was."""
        with self.changed:
            return self.changed.wait_for(enough, timeout_s)

    def _made(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=NAME, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
        )
        client.tls_set_context(self._context)
        client.reconnect_delay_set(1, 2)
        client.on_connect = self._connected
        client.on_subscribe = self._taken_in
        client.on_message = self._arrived
        return client

    def _connected(self, client: Client, _u: object, flags: ConnectFlags, code: ReasonCode, _p: object) -> None:
        if code.is_failure:
            return
        self.sessions_lost += not flags.session_present
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in TOPICS])

    def _taken_in(self, _c: Client, _u: object, _m: int, _codes: object, _p: object) -> None:
        with self.changed:
            self._subscribed = True
            self.changed.notify_all()

    def _arrived(self, client: Client, _u: object, message: MQTTMessage) -> None:
        gate, branch = message.topic.split("/")[2:4]
        with self.changed:
            match branch:
                case "event" | "restricted":
                    marks = dict(getattr(message.properties, "UserProperty", []))
                    if self.held.take(bytes(message.payload)):
                        self.deliveries[marks.get("delivery", "")] += 1
                case "info":
                    self._nonces[gate] = str(json.loads(message.payload)["nonce"])
                    self._waits.pop(gate, None)  # a command of an earlier connection is worth nothing
                case "health":
                    self.health[gate] = json.loads(message.payload)
                    self._look(gate)
                case _:
                    self._answered(gate, json.loads(message.payload))
            self.changed.notify_all()
        client.ack(message.mid, message.qos)

    def _look(self, gate: str) -> None:
        """Ask for what the broker took from the gate and does not bring.

        Brokers let such a word overtake what is queued, so a hole must not have moved since the word before.
        """
        numbers = self.health[gate]
        if not numbers.get("journal_epoch"):
            return
        epoch, unsent = f"{numbers['journal_epoch']:08x}", numbers["journal_unsent"]
        taken = unsent - 1 if unsent else numbers["journal_last"]
        missing = self.held.missing(f"{gate}:{epoch}", max(1, numbers["journal_first"]), taken)
        lowest = (epoch, missing[0][0]) if missing else None
        before, self._lowest[gate] = self._lowest.get(gate), lowest
        _, until_s = self._waits.get(gate, ("", 0.0))
        if lowest is None or lowest != before or time.monotonic() < until_s or gate not in self._nonces:
            return
        if self._in_vain.get((gate, epoch, missing[0][0]), 0) >= TRIES:
            self.held.give_up(f"{gate}:{epoch}", missing)
            return
        first, last = missing[0]
        for begins, ends in missing[1:]:
            if begins - last <= JOINED:
                last = ends
        payload, name = self._order(gate, self._nonces[gate], epoch, first, last)
        self._waits[gate] = (name, time.monotonic() + PATIENCE_S)
        self._ranges[gate] = (gate, epoch, first)
        self.asked += 1
        self._client.publish(f"{ROOT}/{gate}/cmd/replay", payload, qos=1)

    def _answered(self, gate: str, answer: dict[str, object]) -> None:
        name, _ = self._waits.get(gate, ("", 0.0))
        if answer.get("id") == name and answer.get("state") in _FINAL:
            del self._waits[gate]
            self._in_vain[self._ranges[gate]] += answer["state"] == "successful"
