"""`shc:/`, the SMART Health Card: a token signed with ES256 over a deflated verifiable credential, in digits.

The signature is checked before anything is inflated, and that before a claim is looked at. Only the issuer that a key
belongs to is believed. Source: SMART Health Cards Framework 1.4.0 (spec.smarthealth.cards).
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec

from firmware.events import Reason
from firmware.passes import foreign, shc_bundle, shc_codes
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted
from firmware.signed import inflate, jws, signatures, strict_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.passes.health import HealthFacts, Holder
    from firmware.trust.keys import TrustedKey, TrustSet

NAME: Final = "shc"
PREFIX: Final = shc_codes.PREFIX
LATEST: Final = 253_402_300_799
"""9999-12-31T23:59:59Z: a card without an end is good for as long as dates can be written."""

CARD_TYPE: Final = "https://smarthealth.cards#health-card"
ALGORITHM: Final = "ES256"
_MAX_RID: Final = 24
_RID_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a card says. Times are whole Unix seconds; `expires` is the end of all time where the card has no end."""

    issuer: str
    issued: int
    expires: int
    revocation: str | None
    facts: HealthFacts = field(repr=False)
    holder: Holder | None = field(repr=False)
    payload: dict[str, object] = field(repr=False, hash=False)


def read(code: bytes, trust: TrustSet) -> Reading:
    """Read one code that begins with the prefix; refusals are values, nothing is raised for any bytes."""
    return _read(shc_codes.token_of(code), trust)


def read_chunks(chunks: Sequence[shc_codes.Chunk], trust: TrustSet) -> Reading:
    """Read a card that was spread over several codes; `INCOMPLETE` as long as one of them is missing."""
    return _read(shc_codes.token_of_chunks(chunks), trust)


def _read(text: str | Reason, trust: TrustSet) -> Reading:
    """Judge a token, or say why there is none."""
    token = text if isinstance(text, Reason) else jws.parse(text)
    if isinstance(token, Reason):
        return Unreadable(token)
    key_id = _key_id(token)
    if key_id is None:
        return Unreadable(Reason.BAD_HEADER)
    key = _signer(token, key_id, trust)
    if isinstance(key, Reason):
        return Untrusted(key, NAME)
    payload = inflate.inflate(token.payload, raw=True)
    if payload is None:
        return Untrusted(Reason.BAD_COMPRESSION, NAME)
    claims = parse_claims(payload)
    if claims is None:
        return Untrusted(Reason.BAD_CLAIMS, NAME)
    return _admit(claims, token, key, trust)


def _key_id(token: jws.Token) -> bytes | None:
    """Read the key's thumbprint out of the header; None unless the header is that of a card."""
    match token.header:
        case {"alg": "ES256", "zip": "DEF", "kid": str(name)}:
            return strict_json.from_base64url(name)
        case _:
            return None


def _signer(token: jws.Token, key_id: bytes, trust: TrustSet) -> TrustedKey | Reason:
    """Find the trusted key that made the signature; every key with that thumbprint is tried."""
    keys = [key for key in trust.find(key_id, NAME) if thumbprint(key.public) == key_id]
    if not keys:
        return foreign.unknown(trust, key_id)
    signed = (key for key in keys if signatures.holds(ALGORITHM, key.public, token.signature, token.signed))
    return next(signed, Reason.BAD_SIGNATURE)


def thumbprint(public: signatures.PublicKey) -> bytes | None:
    """Return the SHA-256 thumbprint of a P-256 key (RFC 7638); None for a key of another kind."""
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        return None
    numbers = public.public_numbers()
    x, y = (strict_json.to_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    members = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    return hashlib.sha256(json.dumps(members, separators=(",", ":")).encode("ascii")).digest()


def parse_claims(payload: bytes) -> Claims | None:
    """Read the credential, or answer None if a claim is missing, of a wrong type or out of range.

    Members that are not known are passed over, as the framework demands of readers.
    """
    value = strict_json.parse(payload) or {}
    match value:
        case {
            "iss": str(issuer),
            "nbf": begins,
            "vc": {"type": list(types), "credentialSubject": {"fhirVersion": str(), "fhirBundle": bundle}, **rest},
        }:
            pass
        case _:
            return None
    found = shc_bundle.read(bundle)
    issued, expires = _second(begins), _second(value["exp"]) if "exp" in value else LATEST
    revocation = rest.get("rid")
    named = isinstance(revocation, str) and 0 < len(revocation) <= _MAX_RID and _RID_LETTERS.issuperset(revocation)
    if found is None or issued is None or expires is None or issued >= expires or CARD_TYPE not in types:
        return None
    if not issuer.startswith("https://") or issuer.endswith("/") or not (named or "rid" not in rest):
        return None
    facts, holder = found
    return Claims(issuer, issued, expires, revocation if isinstance(revocation, str) else None, facts, holder, value)


def _second(moment: object) -> int | None:
    """Read a NumericDate (RFC 7519, section 2), a fraction rounded up; None outside of the years up to 9999."""
    if type(moment) not in {int, float} or not isinstance(moment, (int, float)) or not 0 <= moment <= LATEST:
        return None
    return math.ceil(moment)


def _admit(claims: Claims, token: jws.Token, key: TrustedKey, trust: TrustSet) -> Reading:
    """Hold what the card says against what its key may say."""
    if not _speaks_for(key, claims.issuer):
        return Untrusted(Reason.UNKNOWN_KEY, NAME)
    proves = [*(["vaccination"] if claims.facts.doses else []), *(["test"] if claims.facts.tests else [])]
    beyond = (foreign.overreach(key, issued=claims.issued, usage=usage) for usage in (None, *proves))
    if (reason := next((one for one in beyond if one is not None), None)) is not None:
        return Untrusted(reason, NAME)
    return Pass(
        format=NAME,
        reference=foreign.reference(key, token.signature),
        pass_class=foreign.class_of(key) or foreign.COMMON_CLASS,
        areas=None,
        gates=(),
        issued=claims.issued,
        not_before=claims.issued,
        expires=claims.expires,
        trust_until=trust.expires,
        issuer=key.key_id,
        issuer_name=key.issuer,
        trust_issued=trust.issued,
        health=claims.facts,
        certificate=claims.payload,
        holder=claims.holder,
    )


def _speaks_for(key: TrustedKey, issuer: str) -> bool:
    """Say whether a key is one of the issuer that a card names by its address.

    A key whose issuer is known by another name than an address speaks for whom it likes: such keys come only from files
    that a tool's operator vouches for.
    """
    return key.issuer == issuer or not key.issuer.startswith("https://")
