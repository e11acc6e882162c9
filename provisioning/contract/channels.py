"""Every topic of the contract: who writes it, how it is sent, which payload lies on it.

A table and nothing else. The addresses are made by the same functions that the gate publishes with, so that a topic
cannot be described otherwise than it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from firmware.records import wire
from firmware.records.contract import Alert, Assistance, Reported, Response
from firmware.records.kinds import DATA
from firmware.records.leaf import AreaLeaf, area_topic
from firmware.signed import enrolment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

JSON: Final = "application/json"
TEXT: Final = "text/plain"
COSE: Final = 'application/cose; cose-type="cose-sign1"'
OCTETS: Final = "application/octet-stream"

PARAMETERS: Final = {
    "gate": "The gate's id, `[a-z0-9-]{1,64}`: its certificate's common name and its user name at the broker.",
    "area": "The area into which the gate leads.",
    "group": "An area or a group of gates that a gate's configuration names.",
    "name": "What it is about, one id.",
    "op": "The command's operation.",
    "document": "Which document: `config`, `policy`, `trust`, `revocations` or another that the gate knows.",
    "digest": "SHA-256 of the whole blob, in lower-case hex.",
    "piece": "The number of the piece, from 0.",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic. `action` is the gate's: it sends, or it receives.

    `model` is missing where a payload is no JSON of ours. `expiry_s` is the message expiry in seconds where one is
    always set.
    """

    name: str
    address: str
    action: Literal["send", "receive"]
    summary: str
    content: str
    model: type[BaseModel] | None = None
    event: str | None = None
    retained: bool = False
    expiry_s: int | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The levels of the address that vary."""
        return tuple(name for name in PARAMETERS if f"{{{name}}}" in self.address)


def channels() -> Iterator[Channel]:
    """List them all, the gate's own first."""
    yield from _state()
    for kind in DATA:
        yield _event(kind)
    yield from _answers()
    yield from _received()
    yield from _enrolment()


def _named(address: str) -> str:
    """Put parameters where stand-ins stood."""
    return address.replace("/a-gate/", "/{gate}/").replace("/a-name", "/{name}").replace("/an-op", "/{op}")


def _state() -> Iterator[Channel]:
    """What holds now: kept by the broker and sent anew on each connection."""
    said = "Whether the gate is connected. The last will says `offline` 15 s after the connection is lost."
    yield Channel("availability", _named(wire.availability_topic("a-gate")), "send", said, TEXT, retained=True)
    said = "The birth: which gate, in which run, with which software and configuration."
    yield Channel("info", _named(wire.info_topic("a-gate")), "send", said, JSON, wire.Info, retained=True)
    said = "Flat integers, every 60 s unless configured otherwise; they expire after three periods."
    yield Channel("health", _named(wire.health_topic("a-gate")), "send", said, JSON, retained=True, expiry_s=180)
    said = "Something is wrong. An empty payload takes it back."
    yield Channel("alert", _named(wire.alert_topic("a-gate", "a-name")), "send", said, JSON, Alert, retained=True)
    said = "A person waits for an officer. An empty payload takes it back. An access list of its own."
    address = _named(wire.assist_topic("a-gate", "a-name"))
    yield Channel("assistance", address, "send", said, JSON, Assistance, retained=True)
    said = "What became of the document that was desired last, also of one that was turned down."
    address = wire.reported_topic("a-gate", "a-kind").replace("a-gate", "{gate}").replace("a-kind", "{document}")
    yield Channel("reported", address, "send", said, JSON, Reported, retained=True)
    said = "How many went in and out by this gate: summed over the gates of an area they say how many are inside."
    address = area_topic("an-area", "a-gate").replace("an-area", "{area}").replace("a-gate", "{gate}")
    yield Channel("area-leaf", address, "send", said, JSON, AreaLeaf, retained=True)
    said = "Device discovery of Home Assistant, where the gate's configuration asks for it. Empty takes it back."
    yield Channel("discovery", _named(wire.discovery_topic("a-gate")), "send", said, JSON, retained=True)


def _event(kind: str) -> Channel:
    """Name the channel of a kind of event."""
    said = (DATA[kind].__doc__ or "").splitlines()[0]
    address = _named(wire.event_topic("a-gate", kind))
    return Channel(kind, address, "send", said, wire.CONTENT_TYPE, DATA[kind], event=kind)


def _answers() -> Iterator[Channel]:
    said = "How far a command has come; several answers to one command carry its id."
    yield Channel("response", _named(wire.response_topic("a-gate", "an-op")), "send", said, JSON, Response)


def _received() -> Iterator[Channel]:
    """What the gate listens to: nothing of it counts unless it is signed, however it came."""
    for branch, whose in (("{gate}", "this gate"), ("_group/{group}", "each gate of a group")):
        prefix = "" if branch == "{gate}" else "group-"
        said = f"A command to {whose}, in the signed envelope. Never obeyed when retained, expired or seen before."
        yield Channel(f"{prefix}cmd", f"{wire.ROOT}/{branch}/cmd/{{op}}", "receive", said, COSE)
        said = f"The document that {whose} shall go by, in the signed envelope, or a signed manifest of blobs."
        address = f"{wire.ROOT}/{branch}/doc/{{document}}/desired"
        yield Channel(f"{prefix}desired", address, "receive", said, COSE, retained=True)
    said = "A piece of at most 64 KiB of what a signed manifest names; it counts if the whole has the digest."
    yield Channel("blob", f"{wire.ROOT}/_blob/{{digest}}/{{piece}}", "receive", said, OCTETS, retained=True)


def _enrolment() -> Iterator[Channel]:
    """What a device and the enrolment service say to each other; nobody else can hear it."""

    def address(leaf: Literal["request", "answer", "done"]) -> str:
        return enrolment.topic("a-gate", leaf).replace("a-gate", "{gate}")

    said = "A device asks for a certificate, by a claim or for a renewal, and proves which key it has already."
    yield Channel("enrolment-request", address("request"), "send", said, JSON, enrolment.Request)
    said = "How the self-test ended, with the commissioning record signed by the new key; repeated until it is noted."
    yield Channel("enrolment-done", address("done"), "send", said, JSON, enrolment.Done)
    said = "The certificate, or why there is none, or that a report was noted."
    name, model = "enrolment-answer", enrolment.EnrolmentAnswer
    yield Channel(name, address("answer"), "receive", said, JSON, model, expiry_s=enrolment.ANSWER_S)
