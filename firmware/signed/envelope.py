"""The one envelope in which everything that tells a gate what to do arrives, whatever way it came.

It decides whether a document is for this gate, from the right key under the right root, new enough and in time;
what the body means is decided by its kind. It reads no clock and touches no file: time and floor come in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel

from firmware.events import Reason
from firmware.signed import cose, strict_json, times, warrant
from firmware.signed.payload import AUDIENCE_PATTERN, EVERYONE, MAX_AUDIENCE, Kind, read_payload
from firmware.signed.refusals import EnvelopeRefusal
from firmware.signed.ruling import SILENT, Rulings
from firmware.signed.warrant import Role, Warrant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firmware.events import Instant

__all__ = [
    "AAD_PREFIX",
    "AUDIENCE_PATTERN",
    "EVERYONE",
    "MAX_AUDIENCE",
    "MAX_BODY_BYTES",
    "MAX_BYTES",
    "ROLE_OF",
    "WARRANT",
    "Document",
    "EnvelopeRefusal",
    "Kind",
    "addressed",
    "open_envelope",
    "read_body",
    "seal",
]

AAD_PREFIX: Final = b"gapura:envelope:1:"
WARRANT: Final = "warrant"
MAX_BYTES: Final = (1 << 20) - 2048
MAX_BODY_BYTES: Final = MAX_BYTES - (32 << 10)
"""A body of this length fits with any audience and any warrant."""

Body = TypeVar("Body", bound=BaseModel)

ROLE_OF: Final[Mapping[Kind, Role]] = {
    Kind.PROVISION: Role.PROVISIONING,
    Kind.CONFIG: Role.CONFIG,
    Kind.POLICY: Role.POLICY,
    Kind.TRUST: Role.TRUST,
    Kind.REVOCATIONS: Role.REVOCATIONS,
    Kind.TIME: Role.TIME,
    Kind.COMMAND: Role.COMMANDS,
    Kind.UPDATE: Role.UPDATES,
    Kind.KEYS: Role.KEYS,
    Kind.AUTHORITY: Role.ROOT,
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was not refused. Times are Unix seconds; it holds up to, not including, `expires`.

    `expires` is the earlier of the document's own end and its warrant's. `digest` is the SHA-256 of the exact signed
    payload in hex. `root` is the raw public key that vouches for it, `granted` what it says of the key that signed.
    """

    kind: Kind
    version: int
    audience: tuple[str, ...]
    issued: int
    expires: int
    digest: str
    root: bytes
    granted: Warrant
    body: dict[str, object] = field(hash=False)

    @property
    def rank(self) -> tuple[int, int]:
        """Which of two documents of one kind is newer: the one under the newer warrant, then by version."""
        return self.granted.serial, self.version


def seal(
    kind: Kind,
    body: Mapping[str, object],
    *,
    version: int,
    audience: tuple[str, ...] = (EVERYONE,),
    issued: int,
    expires: int,
    signer: Ed25519PrivateKey,
    signer_warrant: bytes,
) -> bytes:
    """Sign a document with a role's key and enclose the warrant; wrong arguments are a bug of the caller."""
    payload = strict_json.render(
        {
            "kind": kind.value,
            "version": version,
            "audience": list(audience),
            "issued": times.render(issued),
            "expires": times.render(expires),
            "body": dict(body),
        }
    )
    if read_payload(payload) is None:
        msg = "the document breaks the rules of its own payload"
        raise ValueError(msg)
    sealed = cose.sign(payload, signer, AAD_PREFIX + kind.value.encode(), {WARRANT: signer_warrant})
    if len(sealed) > MAX_BYTES:
        msg = f"the document is {len(sealed)} bytes long; {MAX_BYTES} are allowed"
        raise ValueError(msg)
    return sealed


def open_envelope(
    data: bytes,
    kind: Kind,
    *,
    root: bytes | None,
    gate: str | None,
    now: Instant | None,
    floor: int = 0,
    least_serial: int = 1,
    groups: frozenset[str] = frozenset(),
    rulings: Rulings = SILENT,
) -> Document | EnvelopeRefusal:
    """Open a document or say why not; never raises for any bytes.

    `root` is the raw root key this gate was given; None takes the root that the document names, for tools whose
    operator named the file. `gate` None (a tool, not a gate) is in every audience. `now` None leaves the time to
    whoever uses the document, who finds it in `issued` and `expires`. `floor` is the lowest version acceptable of a
    warrant whose serial is `least_serial`; a newer warrant outranks it. `rulings` are what the roots have said of the
    keys under them; a gate always gives its own.
    """
    found = _authentic(data, kind, root, rulings, now)
    if isinstance(found, EnvelopeRefusal):
        return found
    granted, payload = found
    document = _document(payload, granted)
    if document is None or document.kind is not kind:
        return EnvelopeRefusal.BAD_PAYLOAD
    if gate is not None and not addressed(document.audience, gate, groups):
        return EnvelopeRefusal.WRONG_AUDIENCE
    if document.rank < (least_serial, floor):
        return EnvelopeRefusal.ROLLED_BACK
    if not granted.not_before <= document.issued < granted.not_after:
        return EnvelopeRefusal.WARRANT_EXPIRED
    return document if now is None else _in_time(document, granted.not_after, now) or document


def _authentic(
    data: bytes, kind: Kind, root: bytes | None, rulings: Rulings, now: Instant | None
) -> tuple[Warrant, bytes] | EnvelopeRefusal:
    """Answer the warrant and the payload once the right role under the right root has signed as this kind."""
    taken_apart = _take_apart(data)
    if isinstance(taken_apart, EnvelopeRefusal):
        return taken_apart
    message, granted = taken_apart
    if root is not None and granted.root not in rulings.roots(root, now):
        return EnvelopeRefusal.UNKNOWN_ROOT
    signed_as = _signed_kind(message, granted.key, kind)
    if signed_as is not kind:
        return EnvelopeRefusal.BAD_SIGNATURE if signed_as is None else EnvelopeRefusal.WRONG_KIND
    if granted.role is not ROLE_OF[kind]:
        return EnvelopeRefusal.WRONG_ROLE
    return EnvelopeRefusal.WARRANT_REVOKED if rulings.revoked(granted) else (granted, message.payload)


def _take_apart(data: bytes) -> tuple[cose.Sign1, Warrant] | EnvelopeRefusal:
    """Find the message and the warrant it encloses."""
    if len(data) > MAX_BYTES:
        return EnvelopeRefusal.TOO_LONG
    message = cose.parse(data)
    if isinstance(message, Reason):
        return EnvelopeRefusal.MALFORMED
    enclosed = message.unprotected.get(WARRANT)
    if len(message.unprotected) != 1 or not isinstance(enclosed, bytes):
        return EnvelopeRefusal.MALFORMED
    granted = warrant.read(enclosed)
    return EnvelopeRefusal.BAD_WARRANT if granted is None else (message, granted)


def read_body(document: Document, model: type[Body]) -> Body | tuple[str, ...]:
    """Read the body by the strict model of its kind; answer the model or every mistake as `where: what`."""
    return strict_json.read_as(document.body, model)


def _signed_kind(message: cose.Sign1, raw_key: bytes, expected: Kind) -> Kind | None:
    """Find the kind as which the warranted key signed, the expected one first."""
    if message.key_id != cose.key_id(raw_key):
        return None
    key = Ed25519PublicKey.from_public_bytes(raw_key)
    kinds = (expected, *(kind for kind in Kind if kind is not expected))
    return next((kind for kind in kinds if cose.verify(message, key, AAD_PREFIX + kind.value.encode())), None)


def _document(data: bytes, granted: Warrant) -> Document | None:
    """Build the document from a payload whose signature holds."""
    payload = read_payload(data)
    if payload is None:
        return None
    return Document(
        kind=payload.kind,
        version=payload.version,
        audience=tuple(payload.audience),
        issued=payload.issued,
        expires=min(payload.expires, granted.not_after),
        digest=hashlib.sha256(data).hexdigest(),
        root=granted.root,
        granted=granted,
        body=payload.body,
    )


def addressed(audience: tuple[str, ...], gate: str, groups: frozenset[str]) -> bool:
    """Say whether everybody, the gate or one of its groups is meant."""
    meant = {EVERYONE, gate, *(f"_group/{group}" for group in groups)}
    return not meant.isdisjoint(audience)


def _in_time(document: Document, warrant_ends: int, now: Instant) -> EnvelopeRefusal | None:
    """Judge the document on the time interval.

    Standing documents are refused only when they are certainly out of time, because a gate that has lost its clock
    still needs its trust list and its policy; deciding looks at `expires` again. A command acts at once, so it must
    certainly not be over.
    """
    if now.latest < document.issued:
        return EnvelopeRefusal.NOT_YET_VALID
    if now.earliest >= document.expires:
        return EnvelopeRefusal.WARRANT_EXPIRED if document.expires == warrant_ends else EnvelopeRefusal.EXPIRED
    perhaps_over = now.latest >= document.expires
    return EnvelopeRefusal.CLOCK_UNTRUSTED if document.kind is Kind.COMMAND and perhaps_over else None
