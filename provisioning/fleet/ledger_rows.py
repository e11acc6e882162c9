"""What stands in the ledger, as values; and how a public key is named there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from provisioning.fleet.lifecycle import State

SERVICE: Final = "service:enrolment"
"""Who the enrolment service is in the history and at the broker."""


class Use(StrEnum):
    """What came of a claim that somebody showed."""

    FIRST = "first"
    AGAIN = "again"
    OTHER_KEY = "other_key"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    WRONG_GATE = "wrong_gate"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a gate is; `since` is when it came there, `document_version` the last provisioning document's."""

    gate: str
    state: State
    suspended: bool
    since: int
    document_version: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that was not withdrawn; `used` is when a device first came with it."""

    id: str
    gate: str
    made: int
    expires: int
    used: int | None
    key_digest: bytes | None

    def use(self, gate: str, key_digest: bytes, at: int) -> Use:
        """What it is worth for this gate and key at this time: the same key may come again, another never."""
        if self.gate != gate:
            return Use.WRONG_GATE
        if self.expires <= at:
            return Use.EXPIRED
        if self.key_digest is None:
            return Use.FIRST
        return Use.AGAIN if self.key_digest == key_digest else Use.OTHER_KEY


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was given to a gate."""

    serial: int
    gate: str
    der: bytes
    key_digest: bytes
    made: int
    ends: int
    revoked: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a gate's history."""

    at: int
    gate: str
    what: str
    by: str
    why: str


SELF_TEST: Final = "self-test "
"""What stands in the history before how a gate's test of itself ended."""


def proven(rows: Iterable[Row], since: int) -> bool:
    """Say whether the last self-test of a history since a time (Unix seconds) was passed."""
    ended = [row.what for row in rows if row.what.startswith(SELF_TEST) and row.at >= since]
    return bool(ended) and ended[-1] == f"{SELF_TEST}passed"


def repeats(rows: Iterable[Row], said: Row, since: int) -> bool:
    """Say whether the last self-test of a history since a time (Unix seconds) says the same as this one."""
    ended = [(row.what, row.why) for row in rows if row.what.startswith(SELF_TEST) and row.at > since]
    return bool(ended) and ended[-1] == (said.what, said.why)


def key_digest(key: CertificatePublicKeyTypes) -> bytes:
    """Name a public key: SHA-256 of its SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7)."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
