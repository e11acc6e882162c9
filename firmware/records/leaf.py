"""A gate's leaf of its area on the wire: plain JSON for whoever watches, and the same signed for whoever counts on it.

Pure. Watchers read the numbers beside the signature; siblings read nothing but what is signed, under the topic's own
gate and area. What is not spelled as we spell it is none.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from firmware.events import MOST_COUNTED, Direction, Leaf, Move
from firmware.records import wire
from firmware.records.contract import Id, Payload
from firmware.records.data import Subject
from firmware.signed import strict_json

LEAF_AAD: Final = b"gapura:area:leaf:1"
MOST_BYTES: Final = 32_768
_MOST: Final = 2**53 - 1
_Number = Annotated[int, Field(ge=0, le=_MOST)]
_Counted = Annotated[int, Field(ge=0, le=MOST_COUNTED)]
_Named = Annotated[str, Field(pattern=r"^[0-9a-z-]{1,64}$")]


class AreaLeaf(Payload):
    """`_area/<area>/<gate>`, retained: how many went in and out by this gate, and what it may still let in.

    `capacity` is how many may be in the area, where a policy says so. `signed` (base64) is a COSE_Sign1 by the gate's
    own key over the other numbers and more: which siblings it gave places to, and who moved lately, by subject. Other
    gates count nothing else.
    """

    in_: Annotated[_Number, Field(alias="in")]
    out: _Number
    reserved: _Number
    capacity: _Number | None = None
    estimated: _Number
    generation: _Number
    epoch: _Named
    seq: _Number
    signed: str


class _Move(Payload):
    subject: Subject
    direction: Literal["in", "out"]
    at: _Number


class _Signed(Payload):
    """What is signed."""

    gate: Id
    area: Id
    epoch: _Named
    generation: _Number
    seq: _Number
    entered: Annotated[_Counted, Field(alias="in")]
    left: Annotated[_Counted, Field(alias="out")]
    reserved: _Counted
    wanted: _Counted
    estimated: _Counted
    strays: Annotated[int, Field(ge=-MOST_COUNTED, le=MOST_COUNTED)]
    given: Annotated[dict[Id, _Counted], Field(max_length=64)]
    used: Annotated[list[_Move], Field(max_length=64)]


def area_topic(area: str, gate: str) -> str:
    """Where a gate's leaf lies."""
    return f"{wire.ROOT}/_area/{area}/{gate}"


def to_be_signed(leaf: Leaf, area: str, gate: str) -> bytes:
    """Word what a gate signs."""
    used = [{"subject": one.subject, "direction": one.direction.value, "at": one.at} for one in leaf.used]
    return wire.dump(
        {
            "gate": gate,
            "area": area,
            "epoch": leaf.epoch,
            "generation": leaf.generation,
            "seq": leaf.seq,
            "in": leaf.entered,
            "out": leaf.left,
            "reserved": leaf.reserved,
            "wanted": leaf.wanted,
            "estimated": leaf.estimated,
            "strays": leaf.strays,
            "given": dict(leaf.given),
            "used": used,
        }
    )


def payload(leaf: Leaf, signed: bytes, capacity: int | None) -> bytes:
    """Word what lies on the topic."""
    told = AreaLeaf.model_validate(
        {
            "in": leaf.entered,
            "out": leaf.left,
            "reserved": leaf.reserved,
            "capacity": capacity,
            "estimated": leaf.estimated,
            "generation": leaf.generation,
            "epoch": leaf.epoch,
            "seq": leaf.seq,
            "signed": base64.b64encode(signed).decode(),
        }
    )
    return wire.dump(told.model_dump(by_alias=True, exclude_none=True))


def signed_part(data: bytes) -> bytes | None:
    """Take the signed part out of what lies on a topic; None if there is none."""
    value = strict_json.parse(data) if len(data) <= MOST_BYTES else None
    text = None if value is None else value.get("signed")
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (ValueError, binascii.Error):
        return None


def read(signed: bytes, area: str, gate: str) -> Leaf | None:
    """Read what was signed, whose signature holds; None if it is not this gate's word about this area."""
    value = strict_json.parse(signed)
    try:
        found = None if value is None else _Signed.model_validate(value)
    except ValidationError:
        return None
    if found is None or (found.gate, found.area) != (gate, area):
        return None
    return Leaf(
        found.epoch,
        found.generation,
        found.seq,
        found.entered,
        found.left,
        found.reserved,
        found.wanted,
        tuple(sorted(found.given.items())),
        found.estimated,
        found.strays,
        tuple(Move(move.subject, Direction(move.direction), move.at) for move in found.used),
    )
