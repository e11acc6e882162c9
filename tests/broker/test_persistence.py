"""The shipped settings of mosquitto at a real one: what waits for a consumer that is away outlives a restart."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from paho.mqtt.packettypes import PacketTypes

from firmware.records import wire
from firmware.records.client import properties
from firmware.records.leaf import area_topic
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from paho.mqtt.client import Client, MQTTMessage

DAY_S = 86_400
WAITING = 1500
"""More than mosquitto keeps for a consumer unless it is told otherwise."""

TOPIC = wire.event_topic(GATE, "access")
LASTING = (wire.info_topic(GATE), area_topic("lobby", GATE))
"""What a gate leaves there for whoever comes later: who it is, and its count of the area."""


class Consumer:
    """A consumer with a session of its own that the broker keeps while it is away."""

    def __init__(self, broker: Broker) -> None:
        """Take an observer's certificate."""
        self._broker = broker
        self._identity = broker.issue(Holder.OPERATOR, WATCHER)
        self._changed = threading.Condition()
        self.heard: list[bytes] = []
        self._subscribed = False

    def visit(self, count: int) -> bool:
        """Connect, wait until so many messages have come in all, and go away again."""
        client = stand.outsider(self._broker.ca, *self._identity, name="consumer")
        client.on_message = self._arrived
        client.on_subscribe = self._taken
        lasting = properties(PacketTypes.CONNECT, SessionExpiryInterval=DAY_S)
        client.connect(LOOPBACK, self._broker.port, clean_start=False, properties=lasting)
        client.loop_start()
        client.subscribe(TOPIC, qos=1)
        with self._changed:
            came = self._changed.wait_for(lambda: self._subscribed and len(self.heard) >= count, PATIENCE_S)
        client.disconnect()
        client.loop_stop()
        return came

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        with self._changed:
            self.heard.append(bytes(message.payload))
            self._changed.notify_all()

    def _taken(self, *_: object) -> None:
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()


def publish(broker: Broker, first: int, last: int) -> None:
    """Let a gate say numbered events, each acknowledged, and keep its health at the broker."""
    client = stand.outsider(broker.ca, *broker.issue(Holder.GATE, GATE))
    client.connect(LOOPBACK, broker.port)
    client.loop_start()
    said = [client.publish(TOPIC, b"%d" % number, qos=1) for number in range(first, last)]
    said += [client.publish(topic, b"{}", qos=1, retain=True) for topic in LASTING]
    for each in said:
        each.wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


def test_what_waits_for_a_consumer_outlives_a_restart_and_a_kill_after_a_save(broker: Broker, tmp_path: Path) -> None:
    """More than a broker's usual thousand wait, in order, over an orderly restart, and over a kill after a save."""
    consumer = Consumer(broker)
    assert consumer.visit(0)
    publish(broker, 0, WAITING)
    broker.stop()
    broker.start()
    publish(broker, WAITING, WAITING + 10)
    saved = tmp_path / "broker" / "data" / "mosquitto.db"
    before = saved.stat().st_ino
    broker.save()
    assert stand.until(lambda: saved.stat().st_ino != before)  # its log says so before it is done
    broker.kill()
    broker.start()
    assert consumer.visit(WAITING + 10)
    assert consumer.heard == [b"%d" % number for number in range(WAITING + 10)]
    with stand.watching(broker, *LASTING) as later:
        assert later.wait(lambda seen: {one.topic for one in seen if one.retained} == {*LASTING}, PATIENCE_S)
