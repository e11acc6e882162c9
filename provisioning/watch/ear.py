"""The ear on the broker: a thread of the MQTT library that puts everything it hears into one bounded queue.

It decides nothing. What is retained comes first, topic by topic, so that a broker with tens of thousands of gates has
room for it; then the broker is asked a question every few seconds, because an open connection alone proves nothing.
"""

from __future__ import annotations

import queue
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware.records.wire import ROOT

if TYPE_CHECKING:
    import ssl

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

FILTERS: Final = tuple(
    f"{ROOT}/{leaf}"
    for leaf in (
        "+/info",
        "+/availability",
        "+/health",
        "+/alert/+",
        "_service/+/alert/+",
        "+/assist/+",
        "+/doc/+/reported",
        "_area/+/+",
        "+/event/access",
    )
)
"""What is watched, in the order in which it is asked for."""

OPTIONAL: Final = frozenset({f"{ROOT}/+/assist/+"})
"""What a right to watch alone does not bring: requests for an officer."""

_QUESTION: Final = f"{ROOT}/_watch/nobody/speaks/here"
_WAITING: Final = 2000
"""Messages that may wait to be taken; beyond that the broker waits, not this desk's memory."""

_KEEPALIVE_S: Final = 10
_RETRY_S: Final = 5


@dataclass(frozen=True, slots=True)
class Message:
    """A message and what is left of its life at the broker (s)."""

    topic: str
    payload: bytes
    expiry_s: int | None


@dataclass(frozen=True, slots=True)
class Up:
    """A connection stands."""


@dataclass(frozen=True, slots=True)
class Complete:
    """All that was retained has been handed over."""


@dataclass(frozen=True, slots=True)
class Down:
    """The connection is gone, or did not come about."""

    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The broker answered a question after so many milliseconds."""

    took_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker does not let this desk subscribe to a topic."""

    topic: str


Heard = Message | Refused | Up | Complete | Down | Answered


class Ear:
    """Connects, subscribes and reconnects by itself; whoever owns it takes from `heard` and asks now and then."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext) -> None:
        """Prepare; `with` connects."""
        self.heard: queue.Queue[Heard] = queue.Queue(_WAITING)
        self._address = (host, port)
        self._leaving = False
        self._wanted: list[str] = []
        self._asked: dict[int, float] = {}
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"watch-{secrets.token_hex(8)}", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.tls_set_context(context)
        self._client.reconnect_delay_set(1, _RETRY_S)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._failed
        self._client.on_disconnect = self._disconnected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._arrived

    def __enter__(self) -> Self:
        """Begin to connect."""
        self._client.connect_async(*self._address, keepalive=_KEEPALIVE_S, clean_start=True)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave; what waits in the queue is thrown away so that the library's thread can end."""
        self._leaving = True
        self._client.disconnect()
        while not self.heard.empty():
            self.heard.get_nowait()
        self._client.loop_stop()

    def ask(self) -> None:
        """Ask the broker something that it must answer, if there is a connection and no question is open."""
        if self._client.is_connected() and not self._wanted and not self._asked:
            self._subscribe(_QUESTION)

    def _put(self, heard: Heard) -> None:
        """Hand something over, unless nobody takes it any more."""
        if not self._leaving:
            self.heard.put(heard)

    def _subscribe(self, topic: str) -> None:
        _, mid = self._client.subscribe(topic, options=SubscribeOptions(qos=0))
        if mid is not None:
            self._asked[mid] = time.monotonic()

    def _connected(self, _c: Client, _u: object, _f: ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        self._asked.clear()
        if code.is_failure:
            self._put(Down(str(code)))
            return
        self._wanted = [_QUESTION, *reversed(FILTERS)]
        self._put(Up())
        self._subscribe(self._wanted[-1])

    def _failed(self, _c: Client, _u: object) -> None:
        self._put(Down("it cannot be reached, or its certificate does not hold"))

    def _disconnected(
        self, _c: Client, _u: object, _f: DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        self._wanted.clear()
        self._asked.clear()
        self._put(Down(str(code)))

    def _subscribed(self, _c: Client, _u: object, mid: int, codes: list[ReasonCode], _p: Properties | None) -> None:
        asked_s = self._asked.pop(mid, None)
        if self._wanted:
            refused = any(code.is_failure for code in codes)
            if refused and self._wanted[-1] not in OPTIONAL:
                self._put(Refused(self._wanted[-1]))
            self._wanted.pop()
            if self._wanted:
                self._subscribe(self._wanted[-1])
            else:
                self._put(Complete())
        if asked_s is not None:
            self._put(Answered(round((time.monotonic() - asked_s) * 1000)))

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        expiry = getattr(message.properties, "MessageExpiryInterval", None)
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        self._put(Message(topic, bytes(message.payload), expiry if isinstance(expiry, int) else None))
