"""The payload of an envelope: which members it has and how each is spelled.

It holds bytes against that model and nothing more; whether the payload is signed, for this gate and in time is the
envelope's business.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from firmware.signed import strict_json
from firmware.signed.fields import Counter, Moment, Strict

EVERYONE: Final = "*"
GROUP_PREFIX: Final = "_group/"
MAX_AUDIENCE: Final = 256
AUDIENCE_PATTERN: Final = r"^(\*|(_group/)?[a-z0-9-]{1,64})$"

Audience = Annotated[str, StringConstraints(pattern=AUDIENCE_PATTERN)]


class Kind(StrEnum):
    """What a document is about; it stands in the payload and in what is signed, so no kind passes for another."""

    PROVISION = "provision"
    CONFIG = "config"
    POLICY = "policy"
    TRUST = "trust"
    REVOCATIONS = "revocations"
    TIME = "time"
    COMMAND = "command"
    UPDATE = "update"
    KEYS = "keys"
    AUTHORITY = "authority"


class Payload(Strict):
    """The payload as it is signed."""

    kind: Kind
    version: Counter
    audience: Annotated[list[Audience], Field(min_length=1, max_length=MAX_AUDIENCE)]
    issued: Moment
    expires: Moment
    body: dict[str, object]


def read_payload(data: bytes) -> Payload | None:
    """Read the payload's JSON and hold it against its model."""
    value = strict_json.parse(data)
    payload = strict_json.read_as(value, Payload) if value is not None else None
    if not isinstance(payload, Payload):
        return None
    return payload if payload.issued < payload.expires else None
