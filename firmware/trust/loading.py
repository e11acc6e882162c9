"""Recognise what a trust file is by its content and turn it into keys, or say in one line why it cannot be.

A gate loads only our signed envelope. The unsigned forms exist for tools on a desk, whose operator vouches for the
file; each form that cannot be used yet is named. Bytes come in; no file is opened and no clock is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, assert_never

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.events import NEVER
from firmware.signed import cose, strict_json
from firmware.signed.envelope import EnvelopeRefusal, Kind, open_envelope
from firmware.signed.ruling import SILENT, Rulings
from firmware.trust.document import to_trust_set
from firmware.trust.keys import STANDARD_CLASSES, TrustedKey, TrustSet
from firmware.trust.public import is_test_key

if TYPE_CHECKING:
    from firmware.events import Instant

Form = Literal["envelope", "jwks", "did", "pem", "der", "unknown"]

_ENVELOPE: Final = b"\x84"
_DER_SEQUENCE: Final = b"\x30"
_PEM: Final = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Loaded:
    """Keys, and the raw root key that stands behind them; an unsigned form has no root."""

    trust: TrustSet
    root: bytes | None


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a file gives no keys, in one line that says what to do."""

    line: str


def recognise(data: bytes) -> Form:
    """Name the form by the first bytes, and for JSON by its keys."""
    start = data.lstrip()
    if data.startswith(_ENVELOPE):
        return "envelope"
    if start.startswith(_PEM):
        return "pem"
    if start.startswith(b"{"):
        return _json_form(data)
    return "der" if data.startswith(_DER_SEQUENCE) else "unknown"


def _json_form(data: bytes) -> Form:
    """Tell a key set from a DID document."""
    value = strict_json.parse(data) or {}
    if isinstance(value.get("keys"), list):
        return "jwks"
    identity = value.get("id")
    named = isinstance(identity, str) and identity.startswith("did:")
    return "did" if named or "verificationMethod" in value else "unknown"


def load(
    data: bytes,
    *,
    root: bytes | None = None,
    gate: str | None = None,
    now: Instant | None = None,
    floor: int = 0,
    admit_test_keys: bool = False,
    rulings: Rulings = SILENT,
) -> Loaded | Unusable:
    """Load a trust file of any form a tool accepts; the arguments are those of `open_envelope`.

    A gate calls `load_envelope` instead: it has a root and accepts nothing unsigned.
    """
    form = recognise(data)
    match form:
        case "envelope":
            return load_envelope(
                data, root=root, gate=gate, now=now, floor=floor, admit_test_keys=admit_test_keys, rulings=rulings
            )
        case "jwks":
            return _load_jwks(data, admit_test_keys=admit_test_keys)
        case "did" | "pem" | "der":
            named = {"did": "a DID document", "pem": "PEM", "der": "a DER certificate"}[form]
            return Unusable(f"the trust file is {named}, which this version cannot use; use an envelope or a JWKS")
        case "unknown":
            return Unusable("the trust file is no form known here; make one with gapura-ops trust build")
        case _:
            assert_never(form)


def load_envelope(
    data: bytes,
    *,
    root: bytes | None,
    gate: str | None,
    now: Instant | None,
    floor: int = 0,
    admit_test_keys: bool = False,
    rulings: Rulings = SILENT,
) -> Loaded | Unusable:
    """Load our own signed trust list."""
    document = open_envelope(data, Kind.TRUST, root=root, gate=gate, now=now, floor=floor, rulings=rulings)
    if isinstance(document, EnvelopeRefusal):
        return Unusable(f"the trust list is refused: {document.value}; ask operations for a new one")
    trust = to_trust_set(document, admit_test_keys=admit_test_keys, rulings=rulings)
    if not isinstance(trust, TrustSet):
        return Unusable(f"the trust list breaks its rules: {'; '.join(trust)}")
    return Loaded(trust, document.root)


def _load_jwks(data: bytes, *, admit_test_keys: bool) -> Loaded | Unusable:
    """Load an RFC 7517 key set; keys of other kinds than Ed25519 (RFC 8037) are left out."""
    value = strict_json.parse(data) or {}
    entries = value.get("keys")
    raw_keys = [_ed25519(entry) for entry in entries] if isinstance(entries, list) else []
    present = dict.fromkeys(raw for raw in raw_keys if raw is not None)
    if not present:
        return Unusable("the JWKS holds no Ed25519 key (kty OKP, crv Ed25519); other kinds cannot be used yet")
    refused = [raw for raw in present if not admit_test_keys and is_test_key(raw)]
    trust = TrustSet(
        keys=tuple(_unsigned_key(raw) for raw in present if raw not in refused),
        expires=NEVER,
        refused_ids=frozenset(cose.key_id(raw) for raw in refused),
    )
    return Loaded(trust, None)


def _ed25519(entry: object) -> bytes | None:
    """Take the raw key out of a JWK if it is an Ed25519 one."""
    match entry:
        case {"kty": "OKP", "crv": "Ed25519", "x": str() as text}:
            raw = strict_json.from_base64url(text)
            return raw if raw is not None and len(raw) == 32 else None  # noqa: PLR2004  an Ed25519 key
        case _:
            return None


def _unsigned_key(raw: bytes) -> TrustedKey:
    """Trust a key for the standard classes at any time, as the operator who named the file asked."""
    return TrustedKey(
        key_id=cose.key_id(raw),
        algorithm="EdDSA",
        public=Ed25519PublicKey.from_public_bytes(raw),
        issuer="jwks",
        classes=frozenset(STANDARD_CLASSES),
        not_before=0,
        not_after=NEVER,
    )
