"""The service card: a code that starts a walk through a door and never opens one. Pure.

`GS1:` and base45 of a signed command for this gate, good for a day at most. It is a card: shown again while it is good,
it counts again. All a stolen one is worth is a door that beeps, blinks and reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from firmware.signed import base45
from firmware.signed.envelope import EnvelopeRefusal, Kind, open_envelope, read_body
from firmware.signed.fields import Name, Strict
from firmware.signed.ruling import SILENT, Rulings

if TYPE_CHECKING:
    from firmware.events import Instant

PREFIX: Final = b"GS1:"
MAX_CODE_BYTES: Final = 4096
"""As much as a code of letters and digits can hold, about."""

LONGEST_S: Final = 24 * 3600
RIGHT: Final = "service"
"""What the warrant of a key that is one operator's must name before it makes cards."""


class CardRefusal(StrEnum):
    """Why a card counts for nothing, beside the envelope's own reasons."""

    BAD_ENCODING = "bad_encoding"
    NOT_SERVICE = "not_service"
    TOO_LONG_GOOD = "too_long_good"
    NO_ROOT = "no_root"
    NOT_ENTITLED = "not_entitled"


class Order(Strict):
    """What stands in the card."""

    op: Literal["service"]
    technician: Name


@dataclass(frozen=True, slots=True)
class Card:
    """A card that counts: whose it is, as an id."""

    technician: str


def is_card(code: bytes) -> bool:
    """Say whether a code wants to be a service card."""
    return code.startswith(PREFIX)


def encode(sealed: bytes) -> str:
    """Write a sealed command as the text of a code."""
    return PREFIX.decode("ascii") + base45.encode(sealed)


def read(
    code: bytes, *, root: bytes | None, gate: str, now: Instant, rulings: Rulings = SILENT
) -> Card | CardRefusal | EnvelopeRefusal:
    """Read a card as this gate, under the root it pins and what roots have said of keys; never raises for any bytes."""
    if root is None:
        return CardRefusal.NO_ROOT
    sealed = base45.decode(code.removeprefix(PREFIX)) if is_card(code) and len(code) <= MAX_CODE_BYTES else None
    if sealed is None:
        return CardRefusal.BAD_ENCODING
    document = open_envelope(sealed, Kind.COMMAND, root=root, gate=gate, now=now, rulings=rulings)
    if isinstance(document, EnvelopeRefusal):
        return document
    if document.granted.counted and RIGHT not in document.granted.ops:
        return CardRefusal.NOT_ENTITLED
    order = read_body(document, Order)
    if not isinstance(order, Order):
        return CardRefusal.NOT_SERVICE
    return Card(order.technician) if document.expires - document.issued <= LONGEST_S else CardRefusal.TOO_LONG_GOOD
