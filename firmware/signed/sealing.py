"""Sealing: what only the holder of one key can read, made by anybody who has its public half.

HPKE in base mode as RFC 9180 has it: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, by the library's own
implementation. P-256 because a gate has one key, the one of its certificate, and that is its curve. Purpose and
context go into `info`, so that nothing that was sealed for one place opens in another. Who sealed it is not known:
whatever must be believed stands in a signed document besides.
"""

from __future__ import annotations

import json
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.signed import strict_json

OVERHEAD_BYTES: Final = 65 + 16
"""What sealing adds: the encapsulated point and the tag."""

PUBLIC_BYTES: Final = 33
_PREFIX: Final = "gapura:sealed:1"


def seal(data: bytes, to: ec.EllipticCurvePublicKey, purpose: str, *context: str) -> bytes:
    """Seal `data` to a P-256 key for one purpose in one context; the same data never looks the same twice."""
    return _suite().encrypt(data, to, info=_info(purpose, context))


def unseal(sealed: bytes, key: ec.EllipticCurvePrivateKey, purpose: str, *context: str) -> bytes | None:
    """Open what was sealed to this key for exactly this purpose and context, or answer None; never raises."""
    try:
        return _suite().decrypt(sealed, key, info=_info(purpose, context))
    except (InvalidTag, ValueError, TypeError):
        return None


def write_public(key: ec.EllipticCurvePublicKey) -> str:
    """Write a public key as it stands in documents: the compressed point (SEC 1, section 2.3.3) in base64url."""
    return strict_json.to_base64url(key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def read_public(text: str) -> ec.EllipticCurvePublicKey | None:
    """Read such a key, or answer None for what is no point of P-256 in that one spelling."""
    data = strict_json.from_base64url(text)
    if data is None or len(data) != PUBLIC_BYTES:
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except ValueError:
        return None


def _suite() -> Suite:
    return Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _info(purpose: str, context: tuple[str, ...]) -> bytes:
    """Say what it is for in bytes that say nothing else."""
    return json.dumps([_PREFIX, purpose, *context], separators=(",", ":")).encode("ascii")
