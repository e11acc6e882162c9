"""The key of a pass's holder: read as a wallet writes it, PEM or JWK, and only where it is one of P-256.

The desk sees the public half alone. The private half belongs to a wallet; here one is read for `pass present`, which
plays a wallet for tests and desks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes import confirmation
from firmware.signed import strict_json
from provisioning import files
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 4096
_COORDINATE_BYTES: Final = 32


def read_point(path: Path) -> bytes:
    """Read a public key, PEM (RFC 7468) or JWK (RFC 7517), as its compressed point; OperatorError if it is none."""
    data = files.read(path, MAX_BYTES)
    if b"PRIVATE" in data or b'"d"' in data:
        line = (
            f"{path} holds a private key, which no desk may see; ask the holder for the public one, and for a new key"
        )
        raise OperatorError(line)
    point = _jwk_point(data) if data.lstrip().startswith(b"{") else _pem_point(data)
    if point is None:
        line = f"{path} holds no public key of P-256; give it as PEM or as JWK"
        raise OperatorError(line)
    return point


def read_private(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a wallet's key, PEM without a passphrase; OperatorError if it is none of P-256."""
    try:
        key = serialization.load_pem_private_key(files.read(path, MAX_BYTES), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        line = f"{path} holds no private key of P-256; make one with openssl ecparam -name prime256v1 -genkey -noout"
        raise OperatorError(line)
    return key


def _pem_point(data: bytes) -> bytes | None:
    """Read PEM."""
    try:
        key = serialization.load_pem_public_key(data)
        return confirmation.point_of(key) if isinstance(key, ec.EllipticCurvePublicKey) else None
    except (ValueError, UnsupportedAlgorithm):
        return None


def _jwk_point(data: bytes) -> bytes | None:
    """Read a JWK (RFC 7518, section 6.2.1); members that say what the key is for are not looked at."""
    match strict_json.parse(data):
        case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y)}:
            first, second = (strict_json.from_base64url(half) or b"" for half in (x, y))
        case _:
            return None
    if len(first) != _COORDINATE_BYTES or len(second) != _COORDINATE_BYTES:
        return None
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(first, "big"), int.from_bytes(second, "big"), ec.SECP256R1())
    try:
        return confirmation.point_of(numbers.public_key())
    except ValueError:
        return None
