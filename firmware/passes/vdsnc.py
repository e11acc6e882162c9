"""VDS-NC, the travel seal of ICAO: JSON that carries its signature and its signer's certificate.

The signature is checked with the key of that certificate, the certificate with an authority of the state that the seal
names; only then a claim is looked at. Source: ICAO, Visible Digital Seals for Non-Constrained Environments 1.3;
Doc 9303-12.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes import foreign, vdsnc_message
from firmware.passes.countries import two_letters
from firmware.passes.outcome import Reading, Unreadable, Untrusted
from firmware.signed import canonical_json, signatures, strict_json
from firmware.trust import certificates
from firmware.trust.public import is_test_key, taken
from firmware.trust.seal_chain import Chain, chain

if TYPE_CHECKING:
    from firmware.trust.certificates import Certificate
    from firmware.trust.keys import TrustSet

NAME: Final = "vdsnc"
PREFIX: Final = b'{"data":'
MAX_CODE_BYTES: Final = 4096
"""Of a seal; the specimens have fewer than 1,800."""

_KEY_ID_BYTES: Final = 8
_ALGORITHMS: Final[dict[str, signatures.Algorithm]] = {"ES256": "ES256", "ES384": "ES384", "ES512": "ES512"}
_DOCUMENTS: Final = {"icao.vacc": "NV", "icao.test": "NT"}
"""Types of seal and the document type that a signer's certificate has for them."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal taken apart; nothing in it is believed yet. `state` has two letters, `signed` are the signed bytes."""

    type: str
    state: str
    message: dict[str, object] = field(repr=False, hash=False)
    algorithm: signatures.Algorithm
    signer: Certificate
    signature: bytes
    signed: bytes = field(repr=False)


def read(code: bytes, trust: TrustSet) -> Reading:
    """Read one code that begins with the prefix; refusals are values, nothing is raised for any bytes."""
    seal = parse(code)
    if isinstance(seal, Reason):
        return Unreadable(seal)
    if not trust.keys and not trust.authorities:
        return Untrusted(Reason.NO_TRUST, NAME)
    if not _holds(seal):
        return Untrusted(Reason.BAD_SIGNATURE, NAME)
    found = chain(seal.signer, trust.authorities, seal.state, _DOCUMENTS[seal.type])
    if isinstance(found, Reason):
        return Untrusted(found, NAME)
    if is_test_key(seal.signer.public_bytes) and not trust.test_keys:
        return Untrusted(Reason.TEST_KEY, NAME)
    said = vdsnc_message.read(seal.type, seal.message)
    return Untrusted(Reason.BAD_CLAIMS, NAME) if said is None else _admit(seal, said, found, trust)


def parse(code: bytes) -> Seal | Reason:
    """Take a seal apart, or say what is wrong with it.

    `BAD_ENCODING`: not one strict JSON object of the two parts, or a part of it is no base64url. `BAD_HEADER`: a type,
    version, state or algorithm that is not taken, a certificate that is none, or a fraction, which has no one spelling.
    """
    if len(code) > MAX_CODE_BYTES:
        return Reason.TOO_LONG
    match strict_json.parse(code):
        case {"data": dict(data), "sig": dict(sealed), **rest} if not rest:
            pass
        case _:
            return Reason.BAD_ENCODING
    match data:
        case {"hdr": dict(header), "msg": dict(message), **rest} if not rest:
            pass
        case _:
            return Reason.BAD_ENCODING
    certificate, signature = _bytes(sealed.get("cer")), _bytes(sealed.get("sigvl"))
    if certificate is None or signature is None or len(sealed) != 3:  # noqa: PLR2004  the two and the algorithm
        return Reason.BAD_ENCODING
    algorithm = _ALGORITHMS.get(str(sealed.get("alg")))
    signer, signed = certificates.parse(certificate), canonical_json.render(data)
    kind, state = header.get("t"), _state(header)
    if algorithm is None or signer is None or signed is None or state is None or kind not in _DOCUMENTS:
        return Reason.BAD_HEADER
    return Seal(str(kind), state, message, algorithm, signer, signature, signed)


def _bytes(value: object) -> bytes | None:
    """Read base64url as issuers write it, with its padding or without."""
    if not isinstance(value, str):
        return None
    bare = value.rstrip("=")
    return strict_json.from_base64url(bare) if value in {bare, bare + "=" * (-len(bare) % 4)} else None


def _state(header: dict[str, object]) -> str | None:
    """Read the state that issued the seal; None unless the header is of version 1 and says no more than it may."""
    match header:
        case {"t": str(), "v": 1, "is": str(state), **rest} if not rest and header["v"] is not True:
            return two_letters(state)
        case _:
            return None


def _holds(seal: Seal) -> bool:
    """Say whether the key of the certificate in the seal signed the seal."""
    public = taken(seal.signer.public)
    return public is not None and signatures.holds(seal.algorithm, public, seal.signature, seal.signed)


def _admit(seal: Seal, said: vdsnc_message.Message, found: Chain, trust: TrustSet) -> Reading:
    """Make a pass of a seal that is believed; it is good for as long as its certificates are."""
    key_id = hashlib.sha256(seal.signer.public_bytes).digest()[:_KEY_ID_BYTES]
    return foreign.passed(
        NAME,
        key_id,
        seal.state,
        said.identifier.encode(),
        trust,
        pass_class=foreign.COMMON_CLASS,
        issued=found.begins,
        not_before=found.begins,
        expires=found.ends,
        facts=said.facts,
        holder=said.holder,
    )
