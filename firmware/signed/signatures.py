"""One verifier of signatures for everything that others sign: COSE, JWS and travel seals alike.

An algorithm is pinned to one kind of key, a curve included (RFC 9864), so that no message can choose how its own
signature is read. Signatures of elliptic curves are r and s of full length in a row (RFC 7518 section 3.4, RFC 9053
section 2.1); DER is refused by its length. Whether a key is trusted is decided elsewhere.
"""

from __future__ import annotations

from typing import Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

Algorithm = Literal["EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"]
PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | RSAPublicKey

LEAST_RSA_BITS: Final = 2048
MOST_RSA_BITS: Final = 4096
"""RFC 8230 section 6.1 demands 2048; a longer key than 4096 would let whoever chose it cost a gate its time."""

_ECDSA: Final[dict[str, tuple[str, int, ec.ECDSA]]] = {
    "ES256": ("secp256r1", 32, ec.ECDSA(hashes.SHA256())),
    "ES384": ("secp384r1", 48, ec.ECDSA(hashes.SHA384())),
    "ES512": ("secp521r1", 66, ec.ECDSA(hashes.SHA512())),
}
"""Curve, length of r and of s in bytes, and how each is verified: made here, because the first one that is made loads
another part of `cryptography`, and the first person at a door should not wait for that."""

_PSS: Final[dict[str, hashes.HashAlgorithm]] = {
    "PS256": hashes.SHA256(),
    "PS384": hashes.SHA384(),
    "PS512": hashes.SHA512(),
}


_RAW_BYTES: Final = 32
SMALL_ORDER: Final = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
"""The points of Ed25519 whose order divides 8, in all their encodings (RFC 8032 section 5.1.2) without the bit of the
sign: keys without a private half, for which one signature in a few tries holds for any message."""


def algorithms_of(public: object) -> tuple[Algorithm, ...]:
    """Name the algorithms that a key can be pinned to, the usual one first; none for a kind that is not taken."""
    match public:
        case Ed25519PublicKey():
            return () if of_small_order(public.public_bytes_raw()) else ("EdDSA",)
        case ec.EllipticCurvePublicKey():
            curves: dict[str, Algorithm] = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
            found = curves.get(public.curve.name)
            return () if found is None else (found,)
        case RSAPublicKey() if LEAST_RSA_BITS <= public.key_size <= MOST_RSA_BITS:
            return ("PS256", "PS384", "PS512")
        case _:
            return ()


def of_small_order(raw: bytes) -> bool:
    """Say whether anybody can sign with a raw key of Ed25519, because it is no key but a point of small order."""
    return len(raw) == _RAW_BYTES and raw[:-1] + bytes([raw[-1] & 0x7F]) in SMALL_ORDER


def holds(algorithm: Algorithm, public: PublicKey, signature: bytes, message: bytes) -> bool:
    """Say whether `public` made this signature of `message` by this algorithm; never raises for any bytes.

    A key of another kind or curve than the algorithm's never holds.
    """
    if algorithm not in algorithms_of(public):
        return False
    try:
        match public:
            case Ed25519PublicKey():
                public.verify(signature, message)
            case ec.EllipticCurvePublicKey():
                return _ecdsa_holds(algorithm, public, signature, message)
            case RSAPublicKey():
                digest = _PSS[algorithm]
                salted = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
                public.verify(signature, message, salted, digest)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _ecdsa_holds(algorithm: Algorithm, public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    """Verify r and s of full length; raises InvalidSignature where they do not hold."""
    _, size, how = _ECDSA[algorithm]
    if len(signature) != 2 * size:
        return False
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    public.verify(encode_dss_signature(r, s), message, how)
    return True
