"""A request for a certificate as it was made: PKCS #10 (RFC 2986) with a P-256 key, one name and nothing else.

It decides whether a gate may be given a certificate for this key by what the request says of itself. Whatever else it
asks for is refused and nothing of it is copied.
"""

from __future__ import annotations

import warnings

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firmware.signed.device import UNFIT
from firmware.signed.enrolment import Refusal


def key_of(der: bytes, gate: str) -> ec.EllipticCurvePublicKey | Refusal:
    """Return the key that a gate asks a certificate for, or say what is wrong; never raises for any bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a request that the library only warns of is none either
        try:
            return _key_of(x509.load_der_x509_csr(der), gate)
        except (*UNFIT, Warning):
            return Refusal.BAD_CSR


def _key_of(request: x509.CertificateSigningRequest, gate: str) -> ec.EllipticCurvePublicKey | Refusal:
    key = request.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return Refusal.WEAK_KEY
    if not request.is_signature_valid or list(request.extensions) or list(request.attributes):
        return Refusal.BAD_CSR
    names = [(one.oid, one.value) for one in request.subject]
    return key if names == [(NameOID.COMMON_NAME, gate)] else Refusal.WRONG_NAME
