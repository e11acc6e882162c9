"""X.509 certificates as states make them: taken apart with asn1crypto, because `cryptography` rejects some that count.

It decides what a certificate says and whether another one's key signed it, and neither whom to trust nor until when.
Source: RFC 5280; the profiles of ICAO Doc 9303-12, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

MAX_BYTES: Final = 8192
DOCUMENT_TYPES: Final = "2.23.136.1.1.6.2"
"""The extension that names the documents a signer is for (Doc 9303-12, section 7.1.1)."""

_BROKEN: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
"""What asn1crypto raises for bytes that only look like a certificate."""

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}

_OWN_TYPES: Final = (b"\x30", b"\x02\x01\x00", b"\x31", b"\x13")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. Names are normalised for comparing; times are Unix seconds, the last included.

    `uses` are its key usages, `purposes` the extended ones (OIDs), `documents` the document types, each None where
    the certificate has no such extension; `addresses` the URIs among the subject's other names,
    `critical` the extensions (OIDs) that whoever relies on it has to understand.
    """

    subject: str
    issuer: str
    country: str | None
    not_before: int
    not_after: int
    public: object = field(repr=False)
    public_bytes: bytes = field(repr=False)
    key_id: bytes | None
    issuer_key_id: bytes | None
    uses: frozenset[str] | None
    purposes: frozenset[str] | None
    documents: frozenset[str] | None
    is_authority: bool
    addresses: tuple[str, ...]
    critical: frozenset[str]
    algorithm: tuple[str, str] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@lru_cache(maxsize=128)
def parse(der: bytes) -> Certificate | None:
    """Read a certificate, or answer None for anything else; never raises for any bytes.

    Those that came last are remembered: a state has one signer for a million seals, and reading it takes longer than
    verifying what it signed.
    """
    if len(der) > MAX_BYTES:
        return None
    try:
        return _parse(der)
    except _BROKEN:
        return None


def _parse(der: bytes) -> Certificate | None:
    """Take a certificate apart; raises one of `_BROKEN` where it is none."""
    found = x509.Certificate.load(der, strict=True)
    body = found["tbs_certificate"]
    spki = body["subject_public_key_info"].dump()
    uses, purposes = found.key_usage_value, found.extended_key_usage_value
    algorithm = found["signature_algorithm"]
    if algorithm["algorithm"].dotted != body["signature"]["algorithm"].dotted or len(body["extensions"]) > len(
        {one["extn_id"].dotted for one in body["extensions"]}
    ):
        return None
    return Certificate(
        subject=found.subject.hashable,
        issuer=found.issuer.hashable,
        country=_country(found.subject),
        not_before=_second(body["validity"]["not_before"].native),
        not_after=_second(body["validity"]["not_after"].native),
        public=_public(spki),
        public_bytes=spki,
        key_id=found.key_identifier,
        issuer_key_id=found.authority_key_identifier,
        uses=None if uses is None else frozenset(uses.native),
        purposes=None if purposes is None else frozenset(one.dotted for one in purposes),
        documents=_documents(found),
        is_authority=bool(found.ca),
        addresses=tuple(_addresses(found)),
        critical=frozenset(one["extn_id"].dotted for one in body["extensions"] if one["critical"].native),
        algorithm=(algorithm.signature_algo, algorithm.hash_algo),
        signed=body.dump(),
        signature=found["signature_value"].native,
    )


def _public(spki: bytes) -> object:
    """Read a public key; None for one that nothing here can verify with."""
    try:
        return load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        return None


def _country(name: x509.Name) -> str | None:
    """Read the state out of a name."""
    country = name.native.get("country_name")
    return country.upper() if isinstance(country, str) else None


def _addresses(found: x509.Certificate) -> Iterator[str]:
    """Yield the URIs among the subject's alternative names."""
    for name in found.subject_alt_name_value or ():
        if name.name == "uniform_resource_identifier":
            yield str(name.native)


def _second(moment: datetime) -> int:
    """Turn a validity into Unix seconds; raises ValueError for one without a zone, which is where its reader stands."""
    if moment.tzinfo is None:
        raise ValueError(moment)
    return int(moment.timestamp())


def _documents(found: x509.Certificate) -> frozenset[str] | None:
    """Read the list of document types: SEQUENCE {version 0, SET OF PrintableString}; an odd one names none."""
    for extension in found["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted == DOCUMENT_TYPES:
            return _document_types(extension["extn_value"].native)
    return None


def _document_types(value: bytes) -> frozenset[str]:
    """Take the few bytes of that extension apart."""
    sequence, version, types, printable = _OWN_TYPES
    rest = value[2:]
    if value[:1] != sequence or value[1:2] != bytes([len(rest)]) or not rest.startswith(version + types):
        return frozenset()
    rest, found = rest[len(version) + 2 :], set()
    while rest[:1] == printable and len(rest) > 1:
        found.add(rest[2 : 2 + rest[1]].decode("ascii", "replace"))
        rest = rest[2 + rest[1] :]
    return frozenset(found)


def signed_by(certificate: Certificate, public: object) -> bool:
    """Say whether this key signed the certificate; never raises. A key of another kind than the signature's did not."""
    kind, digest = certificate.algorithm
    known = _HASHES.get(digest)
    if known is None:
        return False
    try:
        match public:
            case ec.EllipticCurvePublicKey() if kind == "ecdsa":
                public.verify(certificate.signature, certificate.signed, ec.ECDSA(known))
            case rsa.RSAPublicKey() if kind == "rsassa_pkcs1v15":
                public.verify(certificate.signature, certificate.signed, padding.PKCS1v15(), known)
            case rsa.RSAPublicKey() if kind == "rsassa_pss":
                salted = padding.PSS(mgf=padding.MGF1(known), salt_length=padding.PSS.AUTO)
                public.verify(certificate.signature, certificate.signed, salted, known)
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
