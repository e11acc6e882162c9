"""The library's client as this gate wants it: what CONNECT announces, what a message and a subscription carry.

It decides nothing and opens nothing; `session.py` drives what is made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from firmware.records import wire
from firmware.records.intake import LARGEST_BYTES

if TYPE_CHECKING:
    from firmware.records.postings import Post
    from firmware.records.replay import Replayed
    from firmware.records.row import Row
    from firmware.records.settings import LinkSettings

RECEIVE_MAXIMUM = 16
"""Messages with QoS 1 that the broker may have under way to us before we acknowledged them."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published with QoS 1: an `item` is what the broker's answer is about, None for the gate's own topics.

    `expiry_s` is how long the broker may hold it back, and `marks` are its user properties.
    """

    topic: str
    payload: bytes
    retained: bool = True
    expiry_s: int | None = None
    event: bool = False
    marks: tuple[tuple[str, str], ...] = ()
    item: Row | Post | Replayed | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A subscription: what the broker sends of it while we are away waits with QoS 1 only."""

    topic: str
    qos: int


@dataclass(frozen=True, slots=True)
class Message:
    """What the broker brought, as it came; an empty topic is one that was no UTF-8."""

    topic: str
    payload: bytes
    retained: bool


def client_id(gate: str) -> str:
    """Name a gate's connection to its broker."""
    return f"gapura-{gate}"


def client(settings: LinkSettings, gate: str, number: int) -> Client:
    """Make a client that tries nothing by itself, with its last will; `number` tells its connection from others."""
    made = _bare(settings, gate, client_id(gate))
    will = properties(
        PacketTypes.WILLMESSAGE, WillDelayInterval=settings.will_delay_s, MessageExpiryInterval=wire.LASTING_S
    )
    will.UserProperty = ("connection", str(number))
    made.will_set(wire.availability_topic(gate), wire.OFFLINE, qos=1, retain=True, properties=will)
    return made


def aside(settings: LinkSettings, user: str) -> Client:
    """Make a client for one question beside the gate's own connection: another client id, and no last will."""
    return _bare(settings, user, f"gapura-aside-{user}")


def _bare(settings: LinkSettings, user: str, client_id: str) -> Client:
    """Make a client that tries nothing by itself; the user name is the certificate's."""
    made = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=False,
    )
    made.connect_timeout = settings.connect_timeout_s
    made.max_inflight_messages_set(0)  # our own window is the smaller one
    made.username_pw_set(user)
    return made


def connecting(session_s: int) -> Properties:
    """Say in CONNECT how much may come, and how long the session outlives the connection.

    The will waits only as long as the session lives, so the session must outlive the delay, and not by much: nothing
    of what waits in it is worth having.
    """
    return properties(
        PacketTypes.CONNECT,
        SessionExpiryInterval=session_s,
        ReceiveMaximum=RECEIVE_MAXIMUM,
        MaximumPacketSize=LARGEST_BYTES,
    )


@lru_cache(maxsize=32)
def publishing(marks: tuple[tuple[str, str], ...], expiry_s: int | None, *, event: bool) -> Properties:
    """Say of a message what it is, how long it may wait, how it is marked; once, for the library is slow at it."""
    made = properties(PacketTypes.PUBLISH, PayloadFormatIndicator=1)
    if event:
        made.ContentType = wire.CONTENT_TYPE
    if expiry_s is not None:
        made.MessageExpiryInterval = expiry_s
    for mark in marks:
        made.UserProperty = mark
    return made


def subscribing(wanted: Filter) -> tuple[str, SubscribeOptions]:
    """Ask for a topic with the retain flag as it was published, and not for what we said ourselves."""
    return wanted.topic, SubscribeOptions(qos=wanted.qos, noLocal=True, retainAsPublished=True)


def properties(packet_type: int, **values: int) -> Properties:
    """Make the properties of one packet."""
    made = Properties(packet_type)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(made, name, value)
    return made
