"""The operator's own connection to the broker: what is sent and what is heard.

It decides when a message counts as sent: when the broker has answered it with a reason code that is a success, and
not before. What the messages mean is the business of the commands that use it.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from provisioning.broker_address import Address, context
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paho.mqtt.reasoncodes import ReasonCode

PATIENCE_S: Final = 15.0
"""For how long the broker may say nothing to what it was asked."""

_KEEPALIVE_S: Final = 20
_FAILURE: Final = 0x80
_WAITING: Final = 10_000
WINDOW: Final = 16
"""Messages that may be on their way at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """What was heard; `retained` means that it lay there before we asked."""

    topic: str
    payload: bytes
    retained: bool


class Connection:
    """One connection; it does not come back by itself, for a command that fails says so and ends."""

    def __init__(self, address: Address, waiting: int = _WAITING) -> None:
        """Prepare; `with` connects. At most `waiting` messages wait to be received."""
        self._address = address
        self._heard: queue.Queue[Message] = queue.Queue(waiting)
        self._changed = threading.Condition()
        self._answered: int | None = None
        self._gone = ""
        self._sent: dict[int, str] = {}
        self._early: dict[int, int] = {}
        self._subscribed = 0
        self._lost = 0
        self._refused: list[str] = []
        name = f"desk-{secrets.token_hex(8)}"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.tls_set_context(context(address))
        self._client.connect_timeout = PATIENCE_S
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        """Connect; raises OperatorError with the reason if the broker does not take us in."""
        where = f"the broker at {self._address.host}:{self._address.port}"
        try:
            self._client.connect(self._address.host, self._address.port, keepalive=_KEEPALIVE_S, clean_start=True)
        except (OSError, ValueError) as error:
            line = f"{where} cannot be reached: {error}; check --broker, the network and the certificates"
            raise OperatorError(line, exit_code=FAILED) from error
        self._client.loop_start()
        try:
            self._wait(lambda: self._answered is not None, f"{where} does not answer")
            self._check()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, *filters: str, qos: int = 1) -> None:
        """Listen to these topics; returns when the broker has taken all of them, raises OperatorError if not.

        With QoS 0 a broker answers after all that it retains of them, so that this waits to be received by then.
        """
        with self._changed:
            wanted = self._subscribed + 1
        self._client.subscribe([(name, SubscribeOptions(qos=qos)) for name in filters])
        self._wait(lambda: self._subscribed >= wanted, f"the broker does not answer a subscription to {filters[0]}")
        self._check()

    def send(self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None) -> None:
        """Hand one message over with QoS 1; waits only while the window is full. `settle` says how all ended."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        self._wait(lambda: len(self._sent) < WINDOW, "the broker does not acknowledge what it was sent")
        # Without our lock: the library holds its own while it tells us of an answer.
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            line = f"the connection to the broker is gone{self._gone and f' ({self._gone})'}; try again"
            raise OperatorError(line, exit_code=FAILED)
        with self._changed:
            early = self._early.pop(info.mid, None)
            if early is None:
                self._sent[info.mid] = topic
            else:
                self._note(topic, early)

    def settle(self) -> None:
        """Wait until the broker has answered everything; raises OperatorError for what it refused."""
        self._wait(lambda: not self._sent, "the broker does not acknowledge what it was sent")
        self._check()

    def check_alive(self) -> None:
        """Raise OperatorError if the connection is gone."""
        if self._gone:
            line = f"the connection to the broker is gone ({self._gone}); try again"
            raise OperatorError(line, exit_code=FAILED)

    def receive(self, timeout_s: float) -> Message | None:
        """Return the next message, or None if none comes in time; raises OperatorError when some were lost."""
        if self._lost:
            line = f"{self._lost} messages came faster than they were taken and are lost; ask for less at once"
            raise OperatorError(line, exit_code=FAILED)
        try:
            return self._heard.get(timeout=timeout_s) if timeout_s > 0 else self._heard.get_nowait()
        except queue.Empty:
            return None

    def receive_retained(self, quiet_s: float = 0.5, most_s: float = PATIENCE_S) -> Iterable[Message]:
        """Yield what comes until nothing has come for `quiet_s`, `most_s` in all."""
        until_s = time.monotonic() + most_s
        while time.monotonic() < until_s and (message := self.receive(quiet_s)) is not None:
            yield message

    def check(self) -> None:
        """Raise OperatorError if the connection is gone or the broker has refused something."""
        with self._changed:
            gone = self._gone
        if gone:
            line = f"the connection to the broker is gone ({gone}); see what became of it before you try again"
            raise OperatorError(line, exit_code=FAILED)
        self._check()

    def _check(self) -> None:
        with self._changed:
            refused, self._refused = self._refused, []
        if refused:
            raise OperatorError(*refused, exit_code=FAILED)

    def _wait(self, so: Callable[[], bool], else_says: str) -> None:
        """Wait until it is so, the connection is gone, or patience ends."""
        with self._changed:
            self._changed.wait_for(lambda: so() or bool(self._gone), PATIENCE_S)
            if so():
                return
            line = f"the connection to the broker is gone ({self._gone}); try again" if self._gone else else_says
        raise OperatorError(line, exit_code=FAILED)

    def _note(self, what: str, code: int) -> None:
        if code >= _FAILURE:
            self._refused.append(f"the broker refused {what} (reason {code}); its access list says who may")

    # --- callbacks, in the library's thread: they note and return ----------------------------------------------------

    def _on_connect(self, _c: Client, _u: object, _f: ConnectFlags, code: ReasonCode, _p: Properties | None) -> None:
        with self._changed:
            self._answered = int(code.value)
            if self._answered >= _FAILURE:
                self._refused.append(f"the broker refused us ({code}); is the certificate an operator's?")
            self._changed.notify_all()

    def _on_disconnect(
        self, client: Client, _u: object, _f: DisconnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        with self._changed:
            self._gone = str(code)
            self._changed.notify_all()
        client.disconnect()  # or the library would connect again without its subscriptions

    def _on_publish(self, _c: Client, _u: object, mid: int, code: ReasonCode, _p: Properties | None) -> None:
        with self._changed:
            topic = self._sent.pop(mid, None)
            if topic is None:
                self._early[mid] = int(code.value)
            else:
                self._note(topic, int(code.value))
            self._changed.notify_all()

    def _on_subscribe(self, _c: Client, _u: object, _m: int, codes: list[ReasonCode], _p: Properties | None) -> None:
        with self._changed:
            self._subscribed += 1
            for code in codes:
                self._note("a subscription", int(code.value))
            self._changed.notify_all()

    def _on_message(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        try:
            self._heard.put_nowait(Message(message.topic, bytes(message.payload), bool(message.retain)))
        except queue.Full:
            self._lost += 1  # told to whoever takes the next one: an answer that leaves some out would be a lie
        except UnicodeDecodeError:
            return  # no topic of ours
