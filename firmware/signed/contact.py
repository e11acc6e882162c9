"""The contact reference: by which pass somebody went through, readable by the health office alone.

It names the issuer's key and the pass, never a person: who that is only the issuer knows and tells whom they must. The
plain text is always 24 bytes long, so that its length tells nothing either.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.signed import sealing, strict_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

PURPOSE: Final = "contact"
ISSUER_BYTES: Final = 8
REFERENCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Contact:
    """Which pass it was: the id of its issuer's key, in the 8 bytes of `mark`, and its reference, 32 hex digits."""

    issuer: bytes
    reference: str


def mark(key_id: bytes) -> bytes:
    """Write the id of a key in 8 bytes: as it is where it has no more, else by its digest.

    Ids of keys that sign graphs are addresses, and those of all issuers begin alike.
    """
    short = len(key_id) <= ISSUER_BYTES
    return key_id.ljust(ISSUER_BYTES, b"\0") if short else hashlib.sha256(key_id).digest()[:ISSUER_BYTES]


def seal_contact(contact: Contact, office: ec.EllipticCurvePublicKey, gate: str) -> str:
    """Seal a contact reference to the health office's key for an event of this gate (base64url)."""
    plain = mark(contact.issuer) + bytes.fromhex(contact.reference)
    return strict_json.to_base64url(sealing.seal(plain, office, PURPOSE, gate))


def open_contact(text: str, key: ec.EllipticCurvePrivateKey, gate: str) -> Contact | None:
    """Open one that this gate sealed to this key; None for anything else."""
    sealed = strict_json.from_base64url(text)
    plain = None if sealed is None else sealing.unseal(sealed, key, PURPOSE, gate)
    if plain is None or len(plain) != ISSUER_BYTES + REFERENCE_BYTES:
        return None
    return Contact(plain[:ISSUER_BYTES], plain[ISSUER_BYTES:].hex())
