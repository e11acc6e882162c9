"""Topics and payloads of the MQTT contract: what an outsider sees of this gate, byte for byte.

Pure: no socket, clock, file or database. It never carries a name, an identity number, a raw code or an image.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from firmware.events import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.events import Instant
    from firmware.records.row import Row

ROOT = "gapura/1"
CONTRACT = "1.0"
"""The version of what is published: the first number is the topics' root, the second grows with each addition."""
RESTRICTED = frozenset({"assistance-ended", "command-reason", "contact", "duress", "follow-up"})
"""Kinds of records that are never published where everybody watches."""

ONLINE = b"online"
OFFLINE = b"offline"
LASTING_S = 4_000_000_000
"""The message expiry of availability: the broker counts it down for whoever comes later, which tells its age."""

CONTENT_TYPE = "application/cloudevents+json"

_ID = re.compile(r"[a-z0-9-]{1,64}")
_SEQUENCE_DIGITS = 12
_LAST_SECOND = 253402300799
"""The end of the year 9999, after which RFC 3339 has no words."""

Token = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]


def valid_id(text: str) -> bool:
    """Whether `text` may stand as one level of a topic."""
    return _ID.fullmatch(text) is not None


def topic(gate: str, *levels: str) -> str:
    """Name a topic of this gate's branch; a level that is no id is our bug."""
    for level in (gate, *levels):
        if not valid_id(level):
            message = f"not an id of [a-z0-9-]{{1,64}}: {level!r}"
            raise ValueError(message)
    return "/".join((ROOT, gate, *levels))


def availability_topic(gate: str) -> str:
    """Where `online` or `offline` is retained."""
    return topic(gate, "availability")


def info_topic(gate: str) -> str:
    """Where the birth is retained."""
    return topic(gate, "info")


def health_topic(gate: str) -> str:
    """Where the flat numbers are retained until they expire."""
    return topic(gate, "health")


def alert_topic(gate: str, name: str) -> str:
    """Where something that is wrong is retained until it is not."""
    return topic(gate, "alert", name)


def assist_topic(gate: str, name: str) -> str:
    """Where a person who waits for an officer is retained."""
    return topic(gate, "assist", name)


def reported_topic(gate: str, kind: str) -> str:
    """Where it is retained what became of a desired document."""
    return topic(gate, "doc", kind, "reported")


def response_topic(gate: str, op: str) -> str:
    """Where a command is answered."""
    return topic(gate, "res", op)


def discovery_topic(gate: str) -> str:
    """Where Home Assistant finds this gate, if it is told of it; the one topic outside our own root."""
    topic(gate)
    return f"homeassistant/device/{gate}/config"


def event_topic(gate: str, kind: str) -> str:
    """Where records of one kind go; what only a few may read has a branch and an access list of its own."""
    return topic(gate, "restricted" if kind in RESTRICTED else "event", kind)


class _Payload(BaseModel):
    """What every payload obeys: exact types, no unknown key, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Info(_Payload):
    """The birth: which gate this is, in which run, with which software and configuration.

    `run` names this life of the gate's process: what an alarm of an earlier one said is void. `nonce` is new on every
    connection; a command must carry it. `connection` counts connections since the process began, and the last will
    carries it as a user property: a will of an older one is stale news. Organisation, area, site and
    sector are `labels`. `groups` are those whose documents and commands count here. `clock` says who vouched for the
    time when this was said, and `time_wanted` that the gate would like a signed answer: what time it is, to this nonce,
    on `doc/time/desired`. A gate whose `stage` is `installed` lets everybody in whom no posture keeps out, and only
    records what it would have decided.
    """

    boot: str
    run: str
    nonce: str
    connection: int = 0
    contract: str = CONTRACT
    version: str
    config_version: int = 0
    config_digest: str
    labels: dict[str, str] = {}
    clock: Token = "none"
    time_wanted: bool = False
    groups: list[str] = []
    stage: Literal["installed", "active"] = "active"


class CloudEvent(_Payload):
    """One record as a CloudEvents 1.0 envelope in the structured JSON form."""

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}:[0-9a-f]{8}:[1-9][0-9]*$")]
    source: str
    type: Annotated[str, Field(pattern=r"^gapura\.[a-z0-9-]{1,64}\.v1$")]
    time: str | None = None
    sequence: Annotated[str, Field(pattern=r"^[0-9]{12,}$")]
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, object]


def cloud_event(gate: str, row: Row) -> dict[str, object]:
    """Wrap a row for `event/<kind>`: its id is the same however often it is sent.

    `data` is the record's body with its grant and, under `at`, the boot, CLOCK_BOOTTIME in milliseconds, the bounds of
    the Unix time and who vouches for them. `time` is their midpoint and absent when the clock was not trusted.
    `sequence` is zero-padded so that it orders as text too, as the CloudEvents extension asks.
    """
    at: dict[str, object] = {"boot": row.boot, "boottime_ms": row.at.ms, "clock": row.at.source}
    if bounded(row.at):
        at |= {"earliest": row.at.earliest, "latest": row.at.latest}
    data = {**row.body, "at": at}
    if row.grant is not None:
        data["grant"] = row.grant
    event = CloudEvent(
        id=f"{gate}:{row.epoch}:{row.seq}",
        source=f"/{ROOT}/{gate}",
        type=f"gapura.{row.kind}.v1",
        time=rfc3339(row.at),
        sequence=str(row.seq).zfill(_SEQUENCE_DIGITS),
        data=data,
    )
    return event.model_dump(exclude_none=True)


def birth(facts: Mapping[str, object], nonce: str, connection: int) -> bytes:
    """Make the payload of `info` from the gate's facts and this connection's nonce and number."""
    return dump(Info.model_validate({**facts, "nonce": nonce, "connection": connection}).model_dump())


def numbers(values: Mapping[str, int]) -> bytes:
    """Make the payload of `health`: one flat object of integers."""
    return dump({name: int(value) for name, value in values.items()})


def dump(payload: Mapping[str, object]) -> bytes:
    """Serialise with sorted keys and no blanks, so that the same value always gives the same bytes."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def rfc3339(at: Instant) -> str | None:
    """Name the midpoint of an instant in UTC, or nothing when nobody vouches for it."""
    if not bounded(at):
        return None
    middle = at.earliest + (at.latest - at.earliest) // 2
    return datetime.fromtimestamp(middle, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def bounded(at: Instant) -> bool:
    """Whether an event says between which seconds it happened: somebody vouches for them and a calendar has them."""
    return at.source != "none" and 0 <= at.earliest <= at.latest <= min(_LAST_SECOND, NEVER)
