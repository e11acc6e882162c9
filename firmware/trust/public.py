"""How a public key is written in a trust list, and the digest that names one whose private half is published.

An Ed25519 key is its 32 raw bytes (RFC 8032), as it always was; a key of any other kind is its SubjectPublicKeyInfo in
DER (RFC 5280 section 4.1). One key has one spelling, so that its digest names it.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from firmware.signed.signatures import Algorithm, PublicKey, algorithms_of
from firmware.trust.published_keys import DIGESTS

RAW_BYTES: Final = 32
MAX_BYTES: Final = 1024
"""More than an RSA key of 4096 bits takes."""


def to_bytes(public: PublicKey) -> bytes:
    """Write a key in its one spelling."""
    if isinstance(public, Ed25519PublicKey):
        return public.public_bytes_raw()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@lru_cache(maxsize=2048)  # a gate reads its list several times as it starts, and states have hundreds of keys
def from_bytes(algorithm: Algorithm, data: bytes) -> PublicKey | None:
    """Read a key for an algorithm; None for another spelling, or a key that the algorithm is not pinned to."""
    if algorithm == "EdDSA":
        return taken(Ed25519PublicKey.from_public_bytes(data)) if len(data) == RAW_BYTES else None
    if len(data) > MAX_BYTES:
        return None
    try:
        found = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if algorithm not in algorithms_of(found):
        return None
    known = taken(found)
    return known if known is not None and to_bytes(known) == data else None


def taken(public: object) -> PublicKey | None:
    """Answer the same key if it is of a kind, a curve and a size that is taken."""
    return public if isinstance(public, PublicKey) and algorithms_of(public) else None


def is_test_key(data: bytes) -> bool:
    """Say whether anybody can sign with the key that is written so, because its private half is published."""
    return hashlib.sha256(data).hexdigest() in DIGESTS
