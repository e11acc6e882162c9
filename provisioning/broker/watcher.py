"""A subscriber of its own: what an outsider sees on the broker, kept in the order it came.

It decides nothing and writes nothing to the broker. The demo, the tests and the torture judge a gate by this, never by
the gate's own words.
"""

from __future__ import annotations

import json
import secrets
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware.records.wire import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from paho.mqtt.reasoncodes import ReasonCode

_CONNECT_S = 10.0
_SESSION_S = 3600
"""The broker keeps for us what arrives while we are away."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as it arrived; `retained` means it was there before we subscribed, `marks` are user properties."""

    topic: str
    payload: bytes
    retained: bool
    expiry_s: int | None = None
    marks: tuple[tuple[str, str], ...] = ()

    def json(self) -> dict[str, object]:
        """Read the payload as a JSON object."""
        value = json.loads(self.payload)
        if not isinstance(value, dict):
            message = f"no JSON object on {self.topic}"
            raise TypeError(message)
        return value


class Watcher:
    """Subscribes to `topics` and reconnects by itself; any thread may ask what was seen."""

    def __init__(
        self, port: int, ca: Path, certificate: Path, key: Path, *, host: str = "127.0.0.1", topics: Sequence[str] = ()
    ) -> None:
        """Prepare; `with` connects."""
        self._address = (host, port)
        self._topics = tuple(topics) or (f"{ROOT}/#",)
        self._seen: list[Seen] = []
        self._changed = threading.Condition()
        self._subscriptions = 0
        name = f"watcher-{secrets.token_hex(8)}"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        context = ssl.create_default_context(cafile=str(ca))
        context.load_cert_chain(certificate, key)
        self._client.tls_set_context(context)
        self._client.reconnect_delay_set(1, 2)

    def __enter__(self) -> Self:
        """Connect, again and again where the broker is just starting, and wait for the first subscription."""
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._arrived
        lasting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lasting.SessionExpiryInterval = _SESSION_S
        self._client.connect_async(*self._address, keepalive=20, clean_start=False, properties=lasting)
        self._client.loop_start()
        if not self.wait(lambda _: self._subscriptions > 0, _CONNECT_S):
            self.__exit__()
            message = "the broker did not take the subscription"
            raise ConnectionError(message)
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect, and let go of each other, so that the library's sockets end with the last word about us."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None

    @property
    def subscriptions(self) -> int:
        """How often the broker has confirmed the subscription: once per connection."""
        return self._subscriptions

    def seen(self) -> list[Seen]:
        """Everything so far, in order."""
        with self._changed:
            return list(self._seen)

    def events(self, gate: str, *, kind: str | None = None) -> list[dict[str, object]]:
        """The CloudEvents of a gate so far, in order of arrival."""
        prefix = f"{ROOT}/{gate}/event/" + (kind or "")
        return [each.json() for each in self.seen() if each.topic.startswith(prefix)]

    def wait(self, enough: Callable[[list[Seen]], bool], timeout_s: float) -> bool:
        """Wait until what was seen is `enough`, and say whether it was."""
        with self._changed:
            return self._changed.wait_for(lambda: enough(self._seen), timeout_s)

    def _connected(self, client: Client, _u: object, _f: ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        if not code.is_failure:
            client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._topics])

    def _subscribed(self, _c: Client, _u: object, _m: int, _codes: list[ReasonCode], _p: Properties | None) -> None:
        with self._changed:
            self._subscriptions += 1
            self._changed.notify_all()

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        expiry = getattr(message.properties, "MessageExpiryInterval", None)
        marks = getattr(message.properties, "UserProperty", [])
        with self._changed:
            self._seen.append(Seen(message.topic, bytes(message.payload), bool(message.retain), expiry, tuple(marks)))
            self._changed.notify_all()
