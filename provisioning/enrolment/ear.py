"""The service's connection to the broker: it hears requests and loses none, whoever of the two is killed.

The session outlives the connection, and a message is acknowledged when it has been handled and not before; what was
handled and not acknowledged comes again. It decides nothing about messages.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware.records.wire import LASTING_S, OFFLINE, ONLINE, ROOT, valid_id
from firmware.signed import strict_json
from provisioning.broker_address import Address, context
from provisioning.enrolment.alerts import BRANCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from paho.mqtt.reasoncodes import ReasonCode

CLIENT: Final = "service-enrolment"
"""One service to a broker: a second one would take the session of the first."""

TOPICS: Final = (f"{ROOT}/_claim/+/request", f"{ROOT}/_claim/+/done")
BIRTHS: Final = f"{ROOT}/+/info"
"""Heard without acknowledgement: they lie at the broker and come with each connection, so no session keeps them."""

_SESSION_S: Final = 14 * 86_400
_KEEPALIVE_S: Final = 20
_AT_ONCE: Final = 32
_WAITING: Final = 4 * _AT_ONCE
"""More than the broker may leave unacknowledged, the retained messages of gates that are gone included."""

_FILTERS: Final = 200
"""In one packet; with the longest names they are a fifth of what a broker takes."""

_PATIENCE_S: Final = 10.0
_LONGEST: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """One message, with what acknowledges it."""

    topic: str
    payload: bytes
    retained: bool
    mid: int
    qos: int


class Ear:
    """Connects, subscribes and comes back by itself; its owner takes from `heard` and acknowledges."""

    def __init__(self, address: Address) -> None:
        """Prepare; `with` connects."""
        self.heard: queue.Queue[Heard] = queue.Queue(_WAITING)
        self.dropped = 0
        self.connections = 0
        self.trouble = ""
        self._address = address
        self._ready = threading.Event()
        self._more: tuple[str, ...] = ()
        self._births: dict[str, str] = {}
        self._births_lock = threading.Lock()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=CLIENT, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
        )
        self._client.tls_set_context(context(address))
        self._client.reconnect_delay_set(1, 30)
        self._client.will_set(f"{BRANCH}/availability", OFFLINE, qos=1, retain=True)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._failed
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._arrived

    def __enter__(self) -> Self:
        """Begin to connect; it goes on trying for as long as it takes."""
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = _SESSION_S
        lasting.ReceiveMaximum = _AT_ONCE
        host, port = self._address.host, self._address.port
        self._client.connect_async(host, port, keepalive=_KEEPALIVE_S, clean_start=False, properties=lasting)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        """Say goodbye; the session stays, and what comes meanwhile waits in it."""
        if self._client.is_connected():
            self.publish(f"{BRANCH}/availability", OFFLINE, retain=True)
        self._client.disconnect()
        self._client.loop_stop()

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until the broker has taken the subscriptions."""
        return self._ready.wait(timeout_s)

    @property
    def ready(self) -> bool:
        """Whether the connection stands and is subscribed."""
        return self._ready.is_set()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> bool:
        """Publish with QoS 1 and say whether the broker has acknowledged it."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        with contextlib.suppress(ValueError, RuntimeError):
            info.wait_for_publish(_PATIENCE_S)
            return info.is_published()
        return False

    def listen(self, topics: Iterable[str]) -> None:
        """Listen to these too, now and after each connection."""
        new = [topic for topic in topics if topic not in self._more]
        self._more = (*self._more, *new)  # one assignment: the callback of a new connection reads it
        if self._client.is_connected():
            self._subscribe(new)

    def births(self) -> dict[str, str]:
        """Take what gates have said of their stage since this was asked last: the last word of each."""
        with self._births_lock:
            taken, self._births = self._births, {}
        return taken

    def acknowledge(self, heard: Heard) -> None:
        """Let the broker forget a message that has been handled."""
        self._client.ack(heard.mid, heard.qos)

    def _subscribe(self, topics: Sequence[str]) -> None:
        """Subscribe, so many at once that the broker takes the packet."""
        for at in range(0, len(topics), _FILTERS):
            some = topics[at : at + _FILTERS]
            self._client.subscribe([(topic, SubscribeOptions(qos=int(topic != BIRTHS))) for topic in some])

    # --- callbacks, in the library's thread: they note and return ----------------------------------------------------

    def _connected(self, client: Client, _u: object, _f: ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        if code.is_failure:
            self.trouble = f"the broker refuses the service: {code}"
            return
        self.connections += 1
        self._subscribe([BIRTHS, *TOPICS, *self._more])  # births first: what lies there comes before what waits
        lasting = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        lasting.MessageExpiryInterval = LASTING_S
        client.publish(f"{BRANCH}/availability", ONLINE, qos=1, retain=True, properties=lasting)

    def _failed(self, _c: Client, _u: object) -> None:
        self.trouble = "the broker cannot be reached, or its certificate does not hold"

    def _disconnected(
        self, _c: Client, _u: object, _f: DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        self._ready.clear()
        self.trouble = f"the connection to the broker ended ({code}); it is tried again"

    def _subscribed(self, _c: Client, _u: object, _m: int, codes: list[ReasonCode], _p: Properties | None) -> None:
        if any(code.is_failure for code in codes):
            self.trouble = "the broker refuses a subscription; does its access list name service:enrolment?"
            return
        self._ready.set()

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        try:
            if not message.qos:
                self._unasked(message)
                return
            heard = Heard(message.topic, bytes(message.payload), bool(message.retain), message.mid, message.qos)
            self.heard.put_nowait(heard)
        except queue.Full:
            self.dropped += 1
        except UnicodeDecodeError:
            self._client.ack(message.mid, message.qos)

    def _unasked(self, message: MQTTMessage) -> None:
        """Note a birth. Nobody of ours sends anything else so, and the broker would not wait for us with it."""
        gate, _, leaf = message.topic.removeprefix(f"{ROOT}/").partition("/")
        value = strict_json.parse(bytes(message.payload)) if len(message.payload) <= _LONGEST else None
        if leaf != "info" or not valid_id(gate) or value is None:
            self.dropped += bool(message.payload)
            return
        with self._births_lock:
            self._births[gate] = "active" if value.get("stage") == "active" else ""
