"""JSON Web Keys (RFC 7517, 7518, 8037): one entry of a key set or of a DID document, read into a public key.

Coordinates and moduli are read with leading zeros that some writers add, and without those that some leave out. An
entry that holds a private key is none: whoever publishes it has published the key.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firmware.signed import strict_json
from firmware.trust import certificates
from firmware.trust.public import RAW_BYTES, taken

if TYPE_CHECKING:
    from firmware.signed.signatures import PublicKey

_CURVES: Final[dict[str, tuple[ec.EllipticCurve, int]]] = {
    "P-256": (ec.SECP256R1(), 32),
    "P-384": (ec.SECP384R1(), 48),
    "P-521": (ec.SECP521R1(), 66),
}
LOST_ZEROS: Final = 2
"""How many zeros in front a writer may have left out; a key that lacks more is some other mistake."""

MAX_BYTES: Final = 600
"""More than the modulus of the longest RSA key that is taken."""


def public(entry: object) -> PublicKey | None:
    """Read the public key of an entry; None for any other kind, curve or size, and for a private one."""
    try:
        match entry:
            case {"d": _}:
                return None
            case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
                return taken(Ed25519PublicKey.from_public_bytes(_bytes(x, RAW_BYTES)))
            case {"kty": "EC", "crv": str(curve), "x": str(x), "y": str(y)} if curve in _CURVES:
                kind, size = _CURVES[curve]
                return ec.EllipticCurvePublicKey.from_encoded_point(kind, b"\x04" + _bytes(x, size) + _bytes(y, size))
            case {"kty": "RSA", "n": str(n), "e": str(e)}:
                return taken(rsa.RSAPublicNumbers(_number(e), _number(n)).public_key())
            case _:
                return None
    except ValueError:
        return None


ADDRESS: Final = "https://"
"""How the address of an issuer begins: nothing else that a list of others calls itself is a name here."""


def address(entries: object) -> str | None:
    """Return the one address (URI) that the certificates of a key set name, each of them its key's own (RFC 7517, x5c).

    Whether anybody vouches for the certificates is not asked: whoever names a key set vouches for it. None where they
    name none, or not the same, or what could be the name of somebody else on a signed list.
    """
    found = {uri for entry in entries for uri in _addresses(entry)} if isinstance(entries, list) else set()
    named = found.pop() if len(found) == 1 else ""
    return named if named.startswith(ADDRESS) else None


def _addresses(entry: object) -> tuple[str, ...]:
    """Read the addresses in the certificate of a key."""
    match entry:
        case {"x5c": [str(text), *_]} if len(text) <= certificates.MAX_BYTES * 2:
            try:
                found = certificates.parse(base64.b64decode(text, validate=True))
            except ValueError:
                return ()
        case _:
            return ()
    key = public(entry)
    same = found is not None and key is not None and taken(found.public) == key
    return found.addresses if found is not None and same else ()


def _number(text: str) -> int:
    """Read a whole number; raises ValueError for anything else."""
    data = strict_json.from_base64url(text)
    if data is None or len(data) > MAX_BYTES:
        raise ValueError(text)
    return int.from_bytes(data, "big")


def _bytes(text: str, size: int) -> bytes:
    """Read a number of so many bytes, however many zeros are in front; raises ValueError for anything else."""
    data = strict_json.from_base64url(text)
    number = b"" if data is None else data.lstrip(b"\0")
    if data is None or len(number) > size or len(data) < size - LOST_ZEROS:
        raise ValueError(text)
    return number.rjust(size, b"\0")


def thumbprint(key: PublicKey) -> bytes | None:
    """Return the SHA-256 thumbprint of a P-256 key (RFC 7638), the key id of health cards; None for another kind."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        return None
    numbers = key.public_numbers()
    x, y = (strict_json.to_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    members = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    return hashlib.sha256(json.dumps(members, separators=(",", ":")).encode("ascii")).digest()
