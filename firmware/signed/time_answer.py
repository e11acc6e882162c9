"""The signed time: a second of Unix time for one gate, in answer to the nonce of its connection.

It decides whether bytes are such an answer to this very question. It is judged by no clock, for it is asked where there
is none; what makes it fresh is the nonce. How well it bounds the time is decided by whoever knows when it was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from firmware.signed import times
from firmware.signed.envelope import Document, EnvelopeRefusal, Kind, open_envelope, read_body
from firmware.signed.fields import Strict
from firmware.signed.ruling import SILENT, Rulings


class TimeRefusal(StrEnum):
    """Why an answer that is no bad envelope is not taken: a closed list of stable strings."""

    NO_ROOT = "no_root"
    BAD_BODY = "bad_body"
    RETAINED = "retained"
    WRONG_NONCE = "wrong_nonce"
    REPEATED = "repeated"
    NOT_ROOT = "not_root"
    TOO_LATE = "too_late"
    BELOW_FLOOR = "below_floor"


class TimeBody(Strict):
    """What is signed. With `reset` the floor of the gate's time is set to this second, back too; only the root may."""

    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    unix: Annotated[int, Field(ge=0, le=times.LATEST)]
    reset: bool = False


@dataclass(frozen=True, slots=True)
class TimeAnswer:
    """An answer to this gate's question: the second, whether the root sets the floor anew by it, and its digest."""

    unix: int
    reset: bool
    digest: str


def read_answer(
    data: bytes, *, root: bytes | None, gate: str, nonce: str, rulings: Rulings = SILENT
) -> TimeAnswer | EnvelopeRefusal | TimeRefusal:
    """Read what came as an answer to `nonce` (empty: there is no question); never raises for any bytes.

    It is addressed to this gate alone. The second is the one it was issued at, so that no clock but one spoke.
    """
    document = _addressed(data, root, gate, rulings)
    if not isinstance(document, Document):
        return document
    body = read_body(document, TimeBody)
    if not isinstance(body, TimeBody) or not body.unix == document.issued == document.version:
        return TimeRefusal.BAD_BODY
    if not nonce or body.nonce != nonce:
        return TimeRefusal.WRONG_NONCE
    entitled = not body.reset or document.granted.key == document.root
    return TimeAnswer(body.unix, body.reset, document.digest) if entitled else TimeRefusal.NOT_ROOT


def _addressed(
    data: bytes, root: bytes | None, gate: str, rulings: Rulings
) -> Document | EnvelopeRefusal | TimeRefusal:
    """Open what the time's role signed for this gate alone."""
    if root is None:
        return TimeRefusal.NO_ROOT
    document = open_envelope(data, Kind.TIME, root=root, gate=gate, now=None, rulings=rulings)
    if isinstance(document, Document) and document.audience != (gate,):
        return EnvelopeRefusal.WRONG_AUDIENCE
    return document
