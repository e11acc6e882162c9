"""COSE_Sign1 with Ed25519, as strict as a lock: one shape, one algorithm, everything that matters protected.

The protected header holds the algorithm and the key id and nothing else (RFC 9052, sections 3 and 4.2; RFC 9053,
section 2.2). Whether a key is trusted, and for what, is decided elsewhere; here a signature holds or does not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from cryptography.exceptions import InvalidSignature

from firmware.events import Reason
from firmware.signed import cbor

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM: Final = 1
KEY_ID: Final = 4
EDDSA: Final = -8
SIGNATURE_BYTES: Final = 64
KEY_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Sign1:
    """A COSE_Sign1 message taken apart; nothing in it is believed yet."""

    protected: bytes
    key_id: bytes
    unprotected: dict[object, object] = field(hash=False)
    payload: bytes
    signature: bytes


def key_id(public: bytes) -> bytes:
    """Name a raw public key: the first 8 bytes of its SHA-256."""
    return hashlib.sha256(public).digest()[:KEY_ID_BYTES]


def parse(data: bytes) -> Sign1 | Reason:
    """Take an untagged COSE_Sign1 apart, or say what is wrong with it; never raises.

    The tag of RFC 9052, section 2, is refused: a message of ours has one encoding, so that its digest names it.

    `BAD_CBOR`: not deterministic CBOR. `BAD_COSE`: not the four-part shape. `BAD_HEADER`: the protected header
    is not exactly {algorithm: EdDSA, key id: 8 bytes}, or the unprotected one speaks of either.
    """
    value = cbor.decode(data)
    if value is cbor.Malformed:
        return Reason.BAD_CBOR
    parts = _parts(value)
    if parts is None:
        return Reason.BAD_COSE
    protected, unprotected, payload, signature = parts
    header = cbor.decode(protected)
    if not isinstance(header, dict) or set(header) != {ALGORITHM, KEY_ID}:
        return Reason.BAD_HEADER
    name = header[KEY_ID]
    if not isinstance(name, bytes) or len(name) != KEY_ID_BYTES or protected != _header(name):
        return Reason.BAD_HEADER
    if ALGORITHM in unprotected or KEY_ID in unprotected:
        return Reason.BAD_HEADER
    return Sign1(protected, name, unprotected, payload, signature)


def _parts(value: object) -> tuple[bytes, dict[object, object], bytes, bytes] | None:
    """Return the four parts if each has its type and the signature its length."""
    match value:
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            if len(signature) != SIGNATURE_BYTES:
                return None
            return protected, cast("dict[object, object]", unprotected), payload, signature
        case _:
            return None


def verify(message: Sign1, key: Ed25519PublicKey, aad: bytes) -> bool:
    """Say whether `key` signed exactly this message for the purpose that `aad` names."""
    try:
        key.verify(message.signature, to_be_signed(message.protected, message.payload, aad))
    except InvalidSignature:
        return False
    return True


def sign(
    payload: bytes,
    key: Ed25519PrivateKey,
    aad: bytes,
    unprotected: dict[object, object] | None = None,
) -> bytes:
    """Sign `payload` for the purpose `aad`; the key id is taken from the key itself. Untagged bytes."""
    name = key_id(key.public_key().public_bytes_raw())
    protected = _header(name)
    signature = key.sign(to_be_signed(protected, payload, aad))
    return cbor.encode([protected, unprotected or {}, payload, signature])


def _header(name: bytes) -> bytes:
    """Write the one protected header that a key id can have."""
    return cbor.encode({ALGORITHM: EDDSA, KEY_ID: name})


def to_be_signed(protected: bytes, payload: bytes, aad: bytes) -> bytes:
    """Build the Sig_structure of RFC 9052, section 4.4."""
    return cbor.encode(["Signature1", protected, aad, payload])
