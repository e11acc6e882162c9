"""`shc:/`, the SMART Health Card: a token signed with ES256 over a deflated verifiable credential, in digits.

The signature is checked before anything is inflated, and that before a claim is looked at. Only the issuer that a key
belongs to is believed. Source: SMART Health Cards Framework 1.4.0 (spec.smarthealth.cards).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes import foreign, shc_bundle, shc_codes
from firmware.passes.outcome import Reading, Unreadable, Untrusted
from firmware.signed import inflate, jws, signatures, strict_json
from firmware.signed.times import LATEST
from firmware.trust import jwk, revocation_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware.passes.health import HealthFacts, Holder
    from firmware.trust.keys import TrustedKey, TrustSet

NAME: Final = "shc"
PREFIX: Final = shc_codes.PREFIX

CARD_TYPE: Final = "https://smarthealth.cards#health-card"
ALGORITHM: Final = "ES256"
_MAX_RID: Final = 24
_RID_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a card says. Times are Unix seconds, as they are written; no `expires` is a card without an end."""

    issuer: str
    issued: float
    expires: float | None
    revocation: str | None
    facts: HealthFacts = field(repr=False)
    holder: Holder | None = field(repr=False)


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
    keys = [key for key in trust.find(key_id, NAME) if jwk.thumbprint(key.public) == key_id]
    if not keys:
        return foreign.unknown(trust, key_id)
    signed = (key for key in keys if signatures.holds(ALGORITHM, key.public, token.signature, token.signed))
    return next(signed, Reason.BAD_SIGNATURE)


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
    issued, expires = _second(begins), _second(value["exp"]) if "exp" in value else None
    revocation = rest.get("rid")
    named = isinstance(revocation, str) and 0 < len(revocation) <= _MAX_RID and _RID_LETTERS.issuperset(revocation)
    if found is None or issued is None or CARD_TYPE not in types:
        return None
    if "exp" in value and (expires is None or issued >= expires):
        return None
    if not issuer.startswith("https://") or issuer.endswith("/") or not (named or "rid" not in rest):
        return None
    facts, holder = found
    return Claims(issuer, issued, expires, revocation if isinstance(revocation, str) else None, facts, holder)


def _second(moment: object) -> float | None:
    """Read a NumericDate (RFC 7519, section 2); None outside of the years up to 9999."""
    if type(moment) not in {int, float} or not isinstance(moment, (int, float)):
        return None
    return moment if 0 <= moment <= LATEST else None


def _admit(claims: Claims, token: jws.Token, key: TrustedKey, trust: TrustSet) -> Reading:
    """Hold what the card says against what its key may say."""
    if not _speaks_for(key, claims.issuer, trust):
        return Untrusted(Reason.UNKNOWN_KEY, NAME)
    issued = math.floor(claims.issued)  # a list takes back what was issued before a second
    proves = [*(["vaccination"] if claims.facts.doses else []), *(["test"] if claims.facts.tests else [])]
    beyond = (foreign.overreach(key, issued=issued, usage=usage) for usage in (None, *proves))
    if (reason := next((one for one in beyond if one is not None), None)) is not None:
        return Untrusted(reason, NAME)
    rid = claims.revocation
    return foreign.passed(
        NAME,
        key.key_id,
        key.issuer,
        token.signed,  # anybody can make a second signature of an ECDSA one
        trust,
        pass_class=foreign.class_of(key) or foreign.COMMON_CLASS,
        issued=issued,
        not_before=math.ceil(claims.issued),
        expires=LATEST if claims.expires is None else math.ceil(claims.expires),
        facts=claims.facts,
        holder=claims.holder,
        names=() if rid is None else (revocation_ids.shc_rid(_name(key), rid),),
    )


def _name(key: TrustedKey) -> str:
    """Write the id of a key as cards and their issuer's lists do."""
    return strict_json.to_base64url(key.key_id)


def _speaks_for(key: TrustedKey, issuer: str, trust: TrustSet) -> bool:
    """Say whether a key is one of the issuer that a card names by its address, and whether that issuer counts.

    A key whose issuer has no address speaks for whom it likes. No signed list has such keys: they come only from files
    that a tool's operator vouches for.
    """
    counts = trust.card_issuers is None or issuer in trust.card_issuers
    return counts and (key.issuer == issuer or not key.issuer.startswith("https://"))
