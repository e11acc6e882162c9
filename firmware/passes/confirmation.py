"""Whose key a pass is bound to: the confirmation claim of RFC 8747, of which one spelling counts.

A holder's key is a point of P-256 and stands in the pass as a COSE_Key (RFC 9053, section 7.1.1) whose y is the one bit
compression leaves. Anything else is refused: another curve, another kind of key, a member more, y at full length.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firmware.signed import cbor

COSE_KEY: Final = 1
"""The confirmation method of RFC 8747, section 3.1: the key itself."""

_KIND, _CURVE, _X, _Y = 1, -1, -2, -3
_EC2, _P256 = 2, 1
_X_BYTES: Final = 32
_EVEN, _ODD = b"\x02", b"\x03"


def point_of(public: ec.EllipticCurvePublicKey) -> bytes:
    """Write a key of P-256 as its compressed point, 33 bytes; ValueError for another curve."""
    if not isinstance(public.curve, ec.SECP256R1):
        message = "a holder's key is one of P-256"
        raise ValueError(message)  # noqa: TRY004  the curve is a value of the key
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def key_of(point: bytes) -> ec.EllipticCurvePublicKey | None:
    """Return the key that a compressed point names; None if it lies on no curve of ours."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return None


def write(point: bytes) -> dict[int, object]:
    """Write a compressed point as the value of the claim."""
    return {COSE_KEY: {_KIND: _EC2, _CURVE: _P256, _X: point[1:], _Y: point[:1] == _ODD}}


def read(value: object) -> bytes | None:
    """Return the compressed point that the claim's value names, or None if it is not our one spelling of a key."""
    match value:
        case {1: {-2: bytes(x), -3: bool(odd)}} if len(x) == _X_BYTES:
            point = (_ODD if odd else _EVEN) + x
        case _:
            return None
    if cbor.encode(value) != cbor.encode(write(point)) or key_of(point) is None:
        return None
    return point
