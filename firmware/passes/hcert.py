"""`HC1:`, the health certificates of the European Union and of WHO: base45, zlib, COSE_Sign1, CWT, certificate.

Sources: the eHealth Network's HCERT specification 1.0.8 and WHO's 1.1.0. Stricter than they are in one thing: algorithm
and key id count in the protected header alone. The signature is checked before a claim is looked at.
"""

from __future__ import annotations

import re
from calendar import timegm
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes import foreign, hcert_dcc, hcert_ddcc
from firmware.passes.certificate import day
from firmware.passes.cwt import EXPIRES, HEALTH, ISSUED, ForeignClaims, read_claims
from firmware.passes.outcome import Reading, Unreadable, Untrusted
from firmware.signed import base45, cbor_foreign, cose_foreign
from firmware.signed.inflate import inflate
from firmware.trust import revocation_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.passes.certificate import Certificate
    from firmware.trust.keys import TrustedKey, TrustSet

NAME: Final = "hc1"
PREFIX: Final = b"HC1:"

DAY_S: Final = 86_400

DATE_TAGS: Final = (0, 1)
"""Dates may be tagged as such (RFC 8949 section 3.4.1); they mean what they say without."""

EUROPEAN: Final = 1
WHO: Final = (2, 3, 4)
"""Sub-claims of -260: the European certificate, and WHO's, whose numbers moved between its drafts."""

_READERS: Final[dict[object, Callable[[object], Certificate | None]]] = {
    EUROPEAN: hcert_dcc.read,
    **dict.fromkeys(WHO, hcert_ddcc.read),
}

_COUNTRY: Final = re.compile(r"[A-Z]{2}\Z")


def read(code: bytes, trust: TrustSet) -> Reading:
    """Read one code that begins with the prefix; refusals are values, nothing is raised for any bytes."""
    message = unpack(code)
    if isinstance(message, Reason):
        return Unreadable(message)
    if message.algorithm is None or message.key_id is None:
        return Unreadable(Reason.BAD_HEADER)
    key = foreign.signer(
        trust, message.key_id, NAME, lambda one: cose_foreign.signed_by(message, one.algorithm, one.public)
    )
    if isinstance(key, Reason):
        return Untrusted(key, NAME)
    found = read_payload(message.payload)
    if found is None:
        return Untrusted(Reason.BAD_CLAIMS, NAME)
    claims, certificate = found
    names = revocation_ids.european(claims.issuer, None, key.algorithm, message.signature)
    for identifier in certificate.identifiers:
        names += revocation_ids.european(claims.issuer, identifier, key.algorithm, message.signature)
    return _admit(claims, certificate, key, trust, tuple(dict.fromkeys(names)))


def unpack(code: bytes) -> cose_foreign.ForeignSign1 | Reason:
    """Take the text apart down to the signed message."""
    packed = base45.decode(code.removeprefix(PREFIX))
    if packed is None:
        return Reason.BAD_ENCODING
    data = inflate(packed, raw=False)
    return Reason.BAD_COMPRESSION if data is None else cose_foreign.parse(data)


def read_payload(payload: bytes) -> tuple[ForeignClaims, Certificate] | None:
    """Read the claims and the one certificate in them; None if anything that decides is missing or wrong."""
    value = cbor_foreign.decode(payload, tags=DATE_TAGS)
    if isinstance(value, dict) and HEALTH not in value and "name" in value:
        value = _prototype(value)
    claims = read_claims(value)
    if claims is None or len(claims.health) != 1:
        return None
    label, member = next(iter(claims.health.items()))
    reader = _READERS.get(label)
    certificate = None if reader is None else reader(member)
    return None if certificate is None else (claims, certificate)


def _prototype(value: dict[object, object]) -> dict[object, object]:
    """Read WHO's first prototypes, which carry the data set as the payload: good on the days that they name, in UTC."""
    first, last = day(value.get("valid_from", value.get("date"))), day(value.get("valid_until"))
    if first is None or last is None:
        return {}
    return {
        EXPIRES: timegm(last.timetuple()) + DAY_S - 1,
        ISSUED: timegm(first.timetuple()),
        HEALTH: {WHO[0]: value},
    }


def _admit(
    claims: ForeignClaims,
    certificate: Certificate,
    key: TrustedKey,
    trust: TrustSet,
    names: tuple[revocation_ids.RevocationId, ...],
) -> Reading:
    """Hold what the certificate says against what its key may say.

    `names` are those under which its state could revoke it, the one of its signature first: that is what names a
    certificate without an id, because its other half anybody could change.
    """
    named = claims.issuer if claims.issuer is not None and _COUNTRY.match(claims.issuer) else None
    wrong = foreign.overreach(key, issued=claims.issued, usage=certificate.usage, country=named)
    pass_class = foreign.class_of(key)
    if wrong is not None or pass_class is None:
        return Untrusted(wrong or Reason.WRONG_USAGE, NAME)
    return foreign.passed(
        NAME,
        key.key_id,
        key.issuer,
        "\n".join(certificate.identifiers).encode() or names[0][1],
        trust,
        pass_class=pass_class,
        issued=claims.issued,
        not_before=foreign.begins(claims.issued, claims.begins),
        expires=claims.expires,
        facts=certificate.facts,
        holder=certificate.holder,
        certificate=certificate.payload,
        names=tuple(names),
    )
