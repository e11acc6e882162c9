"""What a gate says of itself, signed with its own key: COSE_Sign1 with ES256 and the certificate in the header.

The key is the one by which the broker knows the gate; the device CA, not the root, stands behind it. Such a message
tells and never commands: no gate acts on one. The protected header holds the algorithm and the certificate and nothing
else (RFC 9052; RFC 9053, section 2.1; x5chain of RFC 9360), so the message names its signer wherever it is taken.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from firmware.signed import cbor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ALGORITHM: Final = 1
CERTIFICATE: Final = 33
ES256: Final = -7
_HALF_BYTES: Final = 32
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256. Of s and order - s, which both verify, only the smaller counts: a message has one spelling."""

UNFIT: Final = (
    *(ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion),
    *(x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
"""What the library raises over a certificate that is none, or none of ours."""

MAX_BYTES: Final = 1 << 16


class DeviceRefusal(StrEnum):
    """Why a gate's word is not believed: a closed list of stable strings."""

    MALFORMED = "malformed"
    UNKNOWN_CA = "unknown_ca"
    WRONG_HOLDER = "wrong_holder"
    BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True)
class Said:
    """What a gate said; `begins` and `ends` bound its certificate (Unix seconds)."""

    gate: str
    payload: bytes
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the holder of a client's certificate said; `name` is the certificate's, which the broker knows it by."""

    name: str
    payload: bytes
    certificate: x509.Certificate


def sign(payload: bytes, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, aad: bytes) -> bytes:
    """Sign `payload` for the purpose `aad`; a key that is not P-256 or not the certificate's is a bug of the caller."""
    if not isinstance(key.curve, ec.SECP256R1) or certificate.public_key() != key.public_key():
        message = "a gate signs with the P-256 key of its own certificate"
        raise ValueError(message)
    protected = cbor.encode({ALGORITHM: ES256, CERTIFICATE: certificate.public_bytes(Encoding.DER)})
    first, second = decode_dss_signature(key.sign(_to_be_signed(protected, payload, aad), ec.ECDSA(hashes.SHA256())))
    halves = first.to_bytes(_HALF_BYTES, "big") + min(second, ORDER - second).to_bytes(_HALF_BYTES, "big")
    return cbor.encode([protected, {}, payload, halves])


def open_said(data: bytes, cas: Sequence[x509.Certificate], aad: bytes) -> Said | DeviceRefusal:
    """Open what a gate said under one of these CAs, or say why not; never raises for any bytes of `data`."""
    found = _open(data, cas, aad, _gate)
    if isinstance(found, DeviceRefusal):
        return found
    begins, ends = found.certificate.not_valid_before_utc, found.certificate.not_valid_after_utc
    return Said(found.name, found.payload, int(begins.timestamp()), int(ends.timestamp()))


def open_vouched(data: bytes, cas: Sequence[x509.Certificate], aad: bytes) -> Vouched | DeviceRefusal:
    """Open what any client of the broker said, a gate or one whose name has a colon; never raises for any bytes."""
    return _open(data, cas, aad, _client)


def gate_key(
    certificate: x509.Certificate, cas: Sequence[x509.Certificate]
) -> tuple[str, ec.EllipticCurvePublicKey] | DeviceRefusal:
    """Name the gate that a certificate of one of these CAs is made out to, and its key, or say why it is none."""
    if not any(issued(certificate, ca) for ca in cas):
        return DeviceRefusal.UNKNOWN_CA
    return _holder(certificate, _gate) or DeviceRefusal.WRONG_HOLDER


def _open(
    data: bytes, cas: Sequence[x509.Certificate], aad: bytes, name_of: Callable[[x509.Certificate], str | None]
) -> Vouched | DeviceRefusal:
    """Open what somebody said whom `name_of` can name."""
    taken_apart = _take_apart(data) if len(data) <= MAX_BYTES else None
    if taken_apart is None:
        return DeviceRefusal.MALFORMED
    protected, certificate, payload, signature = taken_apart
    if not any(issued(certificate, ca) for ca in cas):
        return DeviceRefusal.UNKNOWN_CA
    holder = _holder(certificate, name_of)
    if holder is None:
        return DeviceRefusal.WRONG_HOLDER
    name, key = holder
    if not _holds(signature, key, _to_be_signed(protected, payload, aad)):
        return DeviceRefusal.BAD_SIGNATURE
    return Vouched(name, payload, certificate)


def _holder(
    certificate: x509.Certificate, name_of: Callable[[x509.Certificate], str | None]
) -> tuple[str, ec.EllipticCurvePublicKey] | None:
    """Name the holder and its key; None for whom `name_of` does not name, or whose key is of another curve."""
    name, key = name_of(certificate), certificate.public_key()
    if name is None or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return None
    return name, key


def _holds(signature: bytes, key: ec.EllipticCurvePublicKey, signed: bytes) -> bool:
    """Say whether a signature holds; the other spelling of a good one does not."""
    first, second = (int.from_bytes(half, "big") for half in (signature[:_HALF_BYTES], signature[_HALF_BYTES:]))
    try:
        key.verify(encode_dss_signature(first, second), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return second <= ORDER // 2


def _take_apart(data: bytes) -> tuple[bytes, x509.Certificate, bytes, bytes] | None:
    """Return protected header, certificate, payload and signature if each has its one shape."""
    match cbor.decode(data):
        case [bytes() as protected, {**unprotected}, bytes() as payload, bytes() as signature] if not unprotected:
            pass
        case _:
            return None
    match cbor.decode(protected):
        case {1: -7, 33: bytes() as der, **more} if not more and len(signature) == 2 * _HALF_BYTES:
            pass
        case _:
            return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a certificate that the library only warns of is none of ours either
        try:
            return protected, x509.load_der_x509_certificate(der), payload, signature
        except (*UNFIT, Warning):
            return None


def issued(certificate: x509.Certificate, ca: x509.Certificate) -> bool:
    """Say whether this CA, and no other of its name, made the certificate."""
    try:
        certificate.verify_directly_issued_by(ca)
    except (*UNFIT, InvalidSignature):
        return False
    return True


def _gate(certificate: x509.Certificate) -> str | None:
    """Name the gate a certificate is made out to; None for a broker's, an operator's or a CA's."""
    name = _client(certificate)
    return None if name is None or ":" in name else name


def _client(certificate: x509.Certificate) -> str | None:
    """Name whom a certificate lets connect as a client; None for a broker's or a CA's."""
    try:
        names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except UNFIT:
        return None
    if len(names) != 1 or basic.ca or list(usage) != [ExtendedKeyUsageOID.CLIENT_AUTH]:
        return None
    return names[0]


def _to_be_signed(protected: bytes, payload: bytes, aad: bytes) -> bytes:
    """Build the Sig_structure of RFC 9052, section 4.4."""
    return cbor.encode(["Signature1", protected, aad, payload])
