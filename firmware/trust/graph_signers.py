"""Keys of certificates whose graph is signed (DIVOC): methods of a DID document, named by the IRI that a proof names.

Sources: Ed25519Signature2018 and RsaSignature2018 of Linked Data Proofs (W3C CCG); DIVOC publishes its keys like that.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from firmware.events import NEVER
from firmware.signed.signatures import PublicKey, algorithms_of
from firmware.trust import jwk, signers
from firmware.trust.keys import TrustedKey
from firmware.trust.public import taken

FORMATS: Final = frozenset({"divoc"})
MAX_NAME_BYTES: Final = 64
MAX_PEM_LETTERS: Final = 2048

_KINDS: Final[dict[str, type[PublicKey]]] = {
    "Ed25519VerificationKey2018": Ed25519PublicKey,
    "RsaVerificationKey2018": RSAPublicKey,
}


def key(name: str, public: PublicKey | None, issuer: str) -> TrustedKey | None:
    """Make a key of the IRI that proofs name it by; None for a name that is none, and for keys of other kinds."""
    if not is_name(name) or not isinstance(public, Ed25519PublicKey | RSAPublicKey):
        return None
    key_id, algorithm = name.encode(), algorithms_of(public)[0]
    return TrustedKey(key_id, algorithm, public, issuer, signers.FOREIGN_CLASSES, 0, NEVER, formats=FORMATS)


def is_name(name: str) -> bool:
    """Say whether text is a name that a proof can have for its key."""
    return name.startswith(("did:", "https://")) and name.isascii() and len(name) <= MAX_NAME_BYTES


def method(value: object) -> TrustedKey | None:
    """Read a verification method of the two kinds; its controller is the issuer that it speaks for."""
    match value:
        case {"id": str(name), "type": str(kind), "controller": str(issuer), **rest} if kind in _KINDS:
            public = _public(rest.get("publicKeyPem"), rest.get("publicKeyJwk"))
            return key(name, public, issuer) if isinstance(public, _KINDS[kind]) and ":" in issuer else None
        case _:
            return None


def _public(pem: object, entry: object) -> PublicKey | None:
    """Read a key, as PEM (RFC 7468) or as a JWK."""
    if not isinstance(pem, str) or len(pem) > MAX_PEM_LETTERS:
        return jwk.public(entry)
    try:
        return taken(load_pem_public_key(pem.encode()))
    except (ValueError, UnsupportedAlgorithm):
        return None
