"""Who may write and read what, tried against the real broker with real certificates.

Each identity connects once and tries its whole table; the broker's reason codes are the answer.
"""

from __future__ import annotations

import ssl
import threading
from typing import TYPE_CHECKING

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import LOOPBACK, Broker
from tests.broker import stand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

RIGHTS = Rights(observers=("watcher",), operators=("desk",), restricted=("doctor",))
NOT_AUTHORISED = 135

GATE_MAY = [
    "gapura/1/gate-1/availability",
    "gapura/1/gate-1/info",
    "gapura/1/gate-1/health",
    "gapura/1/gate-1/event/access",
    "gapura/1/gate-1/restricted/access",
    "gapura/1/gate-1/assist/a1",
    "gapura/1/gate-1/alert/a1",
    "gapura/1/gate-1/doc/policy/reported",
    "gapura/1/gate-1/res/unlock",
    "gapura/1/_area/lobby/gate-1",
    "homeassistant/device/gate-1/config",
]
GATE_MAY_NOT = [
    "gapura/1/gate-1/doc/policy/desired",
    "gapura/1/gate-1/cmd/unlock",
    "gapura/1/gate-1/event/access/more",
    "gapura/1/gate-1/else",
    "gapura/1/gate-2/event/access",
    "gapura/1/gate-2/availability",
    "gapura/1/gate-2/cmd/unlock",
    "gapura/1/_group/all/cmd/evacuate",
    "gapura/1/_group/all/doc/policy/desired",
    "gapura/1/_blob/aa/0",
    "gapura/1/_area/lobby/gate-2",
    "gapura/1/_claim/gate-1/x",
    "homeassistant/device/gate-2/config",
    "somewhere/else",
]
DESK_MAY = [
    "gapura/1/gate-1/doc/policy/desired",
    "gapura/1/gate-1/cmd/unlock",
    "gapura/1/_group/all/cmd/evacuate",
    "gapura/1/_group/all/doc/policy/desired",
    "gapura/1/_blob/aa/0",
]
DESK_MAY_NOT = ["gapura/1/gate-1/event/access", "gapura/1/gate-1/availability", "gapura/1/gate-1/doc/policy/reported"]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Start a broker that knows an observer, an operator and somebody who may read health reasons."""
    stand.require_mosquitto()
    with Broker(tmp_path, rights=RIGHTS) as running:
        yield running


class Party:
    """Somebody connected with a certificate, who publishes and keeps the broker's answers."""

    def __init__(self, broker: Broker, holder: Holder, name: str) -> None:
        """Connect as that holder."""
        self._changed = threading.Condition()
        self._codes: dict[int, int] = {}
        self.heard: list[str] = []
        self._subscribed = 0
        certificate, key = broker.issue(holder, name)
        context = ssl.create_default_context(cafile=str(broker.ca))
        context.load_cert_chain(certificate, key)
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self.client.tls_set_context(context)
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


WRITERS = [
    pytest.param(Holder.GATE, "gate-1", GATE_MAY, GATE_MAY_NOT, id="a-gate"),
    pytest.param(Holder.OPERATOR, "desk", DESK_MAY, DESK_MAY_NOT, id="an-operator"),
    pytest.param(Holder.OPERATOR, "watcher", [], DESK_MAY + GATE_MAY, id="an-observer"),
    pytest.param(Holder.OPERATOR, "gate-1", [], DESK_MAY + GATE_MAY, id="an-operator-named-like-a-gate"),
    pytest.param(Holder.OPERATOR, "stranger", [], DESK_MAY + GATE_MAY, id="an-operator-nobody-listed"),
]


@pytest.mark.parametrize(("holder", "name", "may", "may_not"), WRITERS)
def test_everybody_writes_what_is_theirs_and_nothing_else(
    broker: Broker, holder: Holder, name: str, may: list[str], may_not: list[str]
) -> None:
    """Allowed topics are taken and all others are answered with `not authorised`."""
    party = Party(broker, holder, name)
    codes = party.codes(may + may_not)
    party.close()
    assert {topic for topic, code in codes.items() if code == NOT_AUTHORISED} == set(may_not)


READERS = [
    pytest.param(Holder.OPERATOR, "watcher", {"restricted", "cmd"}, id="an-observer"),
    pytest.param(Holder.OPERATOR, "doctor", {"cmd"}, id="one-who-may-read-health-reasons"),
    pytest.param(Holder.GATE, "gate-2", {"restricted", "event", "info", "cmd", "desired"}, id="another-gate"),
    pytest.param(Holder.GATE, "gate-1", {"restricted", "event", "info"}, id="the-gate-itself"),
]


@pytest.mark.parametrize(("holder", "name", "hidden"), READERS)
def test_everybody_reads_what_is_for_them_and_nothing_else(
    broker: Broker, holder: Holder, name: str, hidden: set[str]
) -> None:
    """A subscription to everything brings only what the access list allows."""
    topics = {
        "restricted": "gapura/1/gate-1/restricted/access",
        "event": "gapura/1/gate-1/event/access",
        "info": "gapura/1/gate-1/info",
        "cmd": "gapura/1/gate-1/cmd/unlock",
        "desired": "gapura/1/gate-1/doc/policy/desired",
        "group": "gapura/1/_group/all/doc/policy/desired",
        "area": "gapura/1/_area/lobby/gate-1",
    }
    reader = Party(broker, holder, name)
    reader.listen()
    writers = Party(broker, Holder.GATE, "gate-1"), Party(broker, Holder.OPERATOR, "desk")
    for writer in writers:
        writer.codes([topic for word, topic in topics.items() if word != "group"])
    writers[1].codes([topics["group"]])
    assert reader.hears(topics["group"])
    for party in (reader, *writers):
        party.close()
    assert set(reader.heard) == {topic for word, topic in topics.items() if word not in hidden}
