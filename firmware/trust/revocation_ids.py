"""Under which names a pass can stand on a list of revoked ones: pure functions from what a pass says to a hash.

Each format has its own: the EU's batches of hashes, the revocation identifiers of SMART Health Cards, and the id of a
pass of our own. A name is always a hash, so that a list tells nobody whose pass is on it.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Final

HASH_BYTES: Final = 16
"""What the EU's lists carry of a SHA-256; our own names are cut to the same length."""


class NameKind(StrEnum):
    """What was hashed."""

    CTI = "cti"
    UCI = "uci"
    COUNTRY_UCI = "country_uci"
    SIGNATURE = "signature"
    SHC_RID = "shc_rid"


RevocationId = tuple[str, bytes]
"""A kind and 16 bytes of hash, as `Pass.revocation_ids` has them."""


def cti(key_id: bytes, pass_id: bytes) -> RevocationId:
    """Name a pass by its issuer's key id and what is unique in it: the 16 bytes that `Pass.reference` writes in hex.

    The key id is part of it, so that nobody revokes another issuer's pass by listing an id that both have used.
    """
    return NameKind.CTI, _hash(key_id + pass_id)


def uci(identifier: str) -> RevocationId:
    """Name an EU certificate by its unique certificate identifier (hash type UCI): SHA-256 of its UTF-8 letters."""
    return NameKind.UCI, _hash(identifier.encode())


def country_uci(country: str, identifier: str) -> RevocationId:
    """Name an EU certificate by its issuing country, as claim 1 of the CWT spells it, and its identifier after that."""
    return NameKind.COUNTRY_UCI, _hash((country + identifier).encode())


def signature(algorithm: str, signed: bytes) -> RevocationId:
    """Name an EU certificate by its COSE signature (hash type SIGNATURE).

    Of an ECDSA signature r || s only r is hashed: s can be negated by anybody, and the copy would be on no list.
    """
    return NameKind.SIGNATURE, _hash(signed[: len(signed) // 2] if algorithm.startswith("ES") else signed)


def european(country: str | None, identifier: str | None, algorithm: str, signed: bytes) -> tuple[RevocationId, ...]:
    """Name an EU certificate in all three ways, as far as it says country and identifier."""
    told = () if identifier is None else (uci(identifier),)
    both = () if identifier is None or country is None else (country_uci(country, identifier),)
    return (*told, *both, signature(algorithm, signed))


def shc_rid(key_id: str, rid: str) -> RevocationId:
    """Name a SMART Health Card by its revocation identifier, which is unique under its issuer's key (`kid`) only."""
    return NameKind.SHC_RID, _hash(f"{key_id}/{rid}".encode())


def _hash(data: bytes) -> bytes:
    """Hash and cut."""
    return hashlib.sha256(data).digest()[:HASH_BYTES]
