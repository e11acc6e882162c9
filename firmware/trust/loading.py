"""Recognise what a trust file is by its content and turn it into keys, or say in one line why it cannot be.

A gate loads only our signed envelope. The unsigned forms exist for tools on a desk, whose operator vouches for the
file. Bytes come in; no file is opened and no clock is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, assert_never

from firmware.signed import strict_json
from firmware.signed.envelope import EnvelopeRefusal, Kind, open_envelope
from firmware.signed.ruling import SILENT, Rulings
from firmware.trust import signers, unsigned
from firmware.trust.document import to_trust_set
from firmware.trust.keys import TrustSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.events import Instant
    from firmware.signed.signatures import PublicKey

Form = Literal["envelope", "jwks", "directory", "did", "pem", "der", "unknown"]

_NAMED: Final[dict[Form, str]] = {
    "jwks": "a JWKS",
    "directory": "a directory of card issuers",
    "did": "a DID document",
    "pem": "PEM",
    "der": "DER",
}
_ENVELOPE: Final = b"\x84"
_DER_SEQUENCE: Final = b"\x30"
_PEM: Final = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class Loaded:
    """Keys, and the raw root key that stands behind them; an unsigned form has no root, and may have lines to tell."""

    trust: TrustSet
    root: bytes | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a file gives no keys, in one line that says what to do."""

    line: str


def recognise(data: bytes) -> Form:
    """Name the form by the first bytes, and for JSON by its keys."""
    start = data.lstrip()
    if data.startswith(_ENVELOPE):
        return "envelope"
    if start.startswith(b"{"):
        return _json_form(data)
    if data.startswith(_DER_SEQUENCE):
        return "der"
    return "pem" if _PEM in data else "unknown"


def _json_form(data: bytes) -> Form:
    """Tell a key set, a directory of issuers and a DID document from each other."""
    value = _json(data)
    if isinstance(value.get("keys"), list):
        return "jwks"
    if any(isinstance(value.get(name), list) for name in ("issuerInfo", "participating_issuers")):
        return "directory"
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
    pinned: Mapping[str, PublicKey] | None = None,
) -> Loaded | Unusable:
    """Load a trust file of any form a tool accepts; the arguments are those of `open_envelope`.

    `pinned` are keys by the verification method that a document's own proof may name. A gate calls `load_envelope`
    instead: it has a root and accepts nothing unsigned.
    """
    form = recognise(data)
    match form:
        case "envelope":
            return load_envelope(
                data, root=root, gate=gate, now=now, floor=floor, admit_test_keys=admit_test_keys, rulings=rulings
            )
        case "jwks":
            found: unsigned.Found | None = unsigned.jwks(_json(data))
        case "directory":
            found = unsigned.directory(_json(data))
        case "did":
            found = unsigned.did(_json(data), pinned or {})
        case "pem":
            found = unsigned.certificates(signers.pem_blocks(data))
        case "der":
            found = unsigned.certificates([data])
        case "unknown":
            return Unusable("the trust file is no form known here; make one with gapura-ops trust build")
        case _:
            assert_never(form)
    if found is None:
        return Unusable("the DID document is not what its signer signed; fetch it again")
    if not found.keys and not found.authorities and not found.card_issuers:
        return Unusable(f"the trust file is {_NAMED[form]} and holds no key that can be used here")
    return Loaded(unsigned.trust_set(found, admit_test_keys=admit_test_keys), None, found.notes)


def _json(data: bytes) -> Mapping[str, object]:
    """Read a list of others, which may be longer than any document of ours."""
    return strict_json.parse(data, most=unsigned.MAX_BYTES) or {}


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
