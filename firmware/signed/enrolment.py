"""What a gate and the enrolment service say to each other: topics, the four messages, and the proof of who asks.

A broker names no sender, so each request is signed by the key that the asker has already: the claim's, or for a renewal
the gate's own. Whoever owns the broker can withhold messages and can get no certificate by them. Pure.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

from pydantic import (
    Field,
    RootModel,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from firmware.signed import device, strict_json
from firmware.signed.fields import Blob, Strict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from firmware.signed.device import DeviceRefusal, Vouched

_Model = TypeVar("_Model", bound=Strict)

AAD: Final = b"gapura:enrolment:1"
MAX_BYTES: Final = 16 << 10
"""As long as any message of these topics may be."""

MAX_STEPS: Final = 64
ANSWER_S: Final = 300
"""An answer that nobody takes is forgotten by the broker after so long; whoever still waits asks again."""


class Refusal(StrEnum):
    """Why there is no certificate: a closed list of stable strings."""

    UNKNOWN_CLAIM = "unknown_claim"
    CLAIM_USED = "claim_used"
    CLAIM_EXPIRED = "claim_expired"
    WRONG_GATE = "wrong_gate"
    NOT_APPROVED = "not_approved"
    SUSPENDED = "suspended"
    RETIRED = "retired"
    BAD_CSR = "bad_csr"
    WEAK_KEY = "weak_key"
    WRONG_NAME = "wrong_name"
    WRONG_PROOF = "wrong_proof"
    CA_MISMATCH = "ca_mismatch"
    TOO_OFTEN = "too_often"
    NOT_DUE = "not_due"


MEANINGS: Final[dict[Refusal, str]] = {
    Refusal.UNKNOWN_CLAIM: "the desk knows no such code, or has taken it back: print a new sheet",
    Refusal.CLAIM_USED: "another device has used this code: the gate is suspended until somebody has looked",
    Refusal.CLAIM_EXPIRED: "this code has expired: print a new sheet",
    Refusal.WRONG_GATE: "this code is for another gate: take the sheet of this one",
    Refusal.NOT_APPROVED: "nobody has approved this gate: gapura-ops fleet approve",
    Refusal.SUSPENDED: "this gate is suspended: gapura-ops enrol log says why, gapura-ops enrol release lets it go on",
    Refusal.RETIRED: "this gate is retired: approve it anew and print a sheet",
    Refusal.BAD_CSR: "the request for a certificate is none, or asks for more than a name and a key",
    Refusal.WEAK_KEY: "the key is not a new ECDSA P-256 key",
    Refusal.WRONG_NAME: "the request for a certificate names another gate",
    Refusal.WRONG_PROOF: "the request is not signed by the code's key or the gate's own certificate in force",
    Refusal.CA_MISMATCH: "the code or certificate comes from another device CA",
    Refusal.TOO_OFTEN: "too many requests: wait a minute",
    Refusal.NOT_DUE: "the certificate has more than a third of its life left",
}
"""What each means and what to do first."""


def _as_text(most_bytes: int) -> WithJsonSchema:
    """Say in a schema what stands for bytes."""
    written = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": (4 * most_bytes + 2) // 3}
    return WithJsonSchema({**written, "contentEncoding": "base64url"})


Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
ClaimId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Csr = Annotated[Blob, Field(max_length=2048), _as_text(2048)]
Der = Annotated[Blob, Field(max_length=4096), _as_text(4096)]
Signed = Annotated[Blob, Field(max_length=12_000), _as_text(12_000)]
Step = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,64}$")]
Ending = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")]


class Request(Strict):
    """A gate asks for a certificate: by its `claim`, or without one for a renewal.

    `csr` is DER: a P-256 key, the common name alone, no extension. `proof` is COSE_Sign1 over `proven()`, signed by the
    claim's key with the claim's certificate in its header, for a renewal by the gate's own.
    """

    nonce: Nonce
    claim: ClaimId | None
    csr: Csr
    release: Annotated[str, StringConstraints(max_length=64, pattern=r"^[\x21-\x7e]*$")]
    proof: Der

    def proven(self) -> bytes:
        """Return what the proof signs: SHA-256 of all that is asked."""
        return _digest(self.nonce, self.claim, self.csr, self.release)


class Granted(Strict):
    """The certificate for the key that was asked for, and the CA certificates that stand behind it now (DER)."""

    nonce: Nonce
    certificate: Der
    ca: Annotated[list[Der], Field(min_length=1, max_length=2)]


class Refused(Strict):
    """No certificate: the reason, and in words what to do."""

    nonce: Nonce
    refused: Annotated[Refusal, Field(strict=False)]
    meaning: Annotated[str, StringConstraints(max_length=200)]

    @classmethod
    def because(cls, nonce: str, refused: Refusal) -> Refused:
        """Word a refusal."""
        return cls(nonce=nonce, refused=refused, meaning=MEANINGS[refused])


class Noted(Strict):
    """The service has written a `done` down; `state` is what the gate is in the ledger now."""

    nonce: Nonce
    noted: Literal["passed", "failed"]
    state: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,16}$")]


class Done(Strict):
    """How the self-test ended. `record` is the commissioning record, signed by the new certificate's key.

    A `done` is repeated until it was noted: it also says that the new certificate works, by which older ones end.
    """

    nonce: Nonce
    outcome: Literal["passed", "failed"]
    steps: Annotated[dict[Step, Ending], Field(max_length=MAX_STEPS)]
    record: Signed


Answer = Granted | Refused | Noted


class EnrolmentAnswer(RootModel[Answer]):
    """What the service says to a request or a report: a certificate, a refusal, or that it was written down."""


def topic(gate: str, leaf: Literal["request", "answer", "done"]) -> str:
    """Name a topic of one gate's enrolment."""
    return f"gapura/1/_claim/{gate}/{leaf}"


def ask(
    *,
    nonce: str,
    claim: str | None,
    csr: bytes,
    release: str,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
) -> bytes:
    """Word a request, proven by the claim's key and certificate, or for a renewal (no `claim`) by the gate's own."""
    proof = device.sign(_digest(nonce, claim, csr, release), key, certificate, AAD)
    return render(Request(nonce=nonce, claim=claim, csr=csr, release=release, proof=proof))


def prove(request: Request, cas: Sequence[x509.Certificate]) -> Vouched | DeviceRefusal | None:
    """Say who asked: the holder of a certificate of these CAs; None where something else than this was signed."""
    found = device.open_vouched(request.proof, cas, AAD)
    return None if isinstance(found, device.Vouched) and found.payload != request.proven() else found


def render(message: Strict) -> bytes:
    """Write a message."""
    return strict_json.render(message.model_dump(mode="json"))


def read_request(data: bytes) -> Request | None:
    """Read a request; None for anything else, whatever the bytes."""
    return _read(data, Request)


def read_done(data: bytes) -> Done | None:
    """Read a report; None for anything else, whatever the bytes."""
    return _read(data, Done)


def read_answer(data: bytes) -> Answer | None:
    """Read an answer of the service; None for anything else, whatever the bytes."""
    return _read(data, Granted) or _read(data, Refused) or _read(data, Noted)


def _read(data: bytes, model: type[_Model]) -> _Model | None:
    value = strict_json.parse(data) if len(data) <= MAX_BYTES else None
    try:
        return None if value is None else model.model_validate_json(strict_json.render(value))
    except ValidationError:
        return None


def _digest(nonce: str, claim: str | None, csr: bytes, release: str) -> bytes:
    asked: dict[str, object] = {
        "claim": claim,
        "csr": strict_json.to_base64url(csr),
        "nonce": nonce,
        "release": release,
    }
    return hashlib.sha256(strict_json.render(asked)).digest()
