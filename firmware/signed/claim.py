"""A claim: the right of one gate to ask for its certificate, once. Its key comes out of a seed of 32 bytes.

It decides which key a seed makes and whether a certificate is that claim's. Whether the claim was used before is known
by the enrolment service alone.
"""

from __future__ import annotations

import warnings
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

from firmware.signed import device

SEED_BYTES: Final = 32
MAX_CERTIFICATE_BYTES: Final = 2048
_MORE_BYTES: Final = 48
"""Sixteen bytes more than the order has, so that the remainder favours no key (FIPS 186-5, appendix A.2.1)."""


def claim_key(seed: bytes, gate: str) -> ec.EllipticCurvePrivateKey:
    """Make a claim's P-256 key: HKDF-SHA256 (RFC 5869) without salt, reduced to 1 up to order - 1."""
    info = b"gapura:claim:1:" + gate.encode()
    wide = int.from_bytes(HKDF(hashes.SHA256(), _MORE_BYTES, None, info).derive(seed), "big")
    return ec.derive_private_key(wide % (device.ORDER - 1) + 1, ec.SECP256R1())


def user(gate: str, claim_id: str) -> str:
    """Name a claim as the broker knows it."""
    return f"claim:{gate}:{claim_id}"


def is_certificate(data: bytes) -> bool:
    """Say whether bytes are one certificate in DER."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a certificate that the library only warns of is none of ours either
        try:
            x509.load_der_x509_certificate(data)
        except (*device.UNFIT, Warning):
            return False
    return True


def is_claim(certificate: bytes, ca: bytes, seed: bytes, gate: str, claim_id: str) -> bool:
    """Say whether a certificate (DER) is this claim's under this CA (DER), with the key of this seed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a certificate that the library only warns of is none of ours either
        try:
            found, issuer = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(ca)
            found.verify_directly_issued_by(issuer)
            names = [str(one.value) for one in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
            public = found.public_key()
        except (*device.UNFIT, InvalidSignature, Warning):
            return False
    return names == [user(gate, claim_id)] and public == claim_key(seed, gate).public_key()
