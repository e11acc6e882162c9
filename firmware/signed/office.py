"""The health office's key in its file, and the passphrase that opens it. Pure: bytes come in.

Desks make such a file (`gapura-ops contact key`); whoever reads what gates sealed to the office opens it here.
"""

from __future__ import annotations

from typing import Annotated

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field

from firmware.signed import strict_json
from firmware.signed.fields import Strict


class Stretching(Strict):
    """The scrypt parameters (RFC 7914) of one key file or authority: 32 MiB of memory for each guess."""

    salt: str
    n: Annotated[int, Field(ge=2**14, le=2**20)] = 2**15
    r: Annotated[int, Field(ge=8, le=32)] = 8
    p: Annotated[int, Field(ge=1, le=16)] = 1


class Office(Strict):
    """The file of the office's key: a PEM key, encrypted where there is a `stretching`."""

    format: Annotated[int, Field(ge=1, le=1)]
    stretching: Stretching | None
    key: str


def stretch(passphrase: bytes, stretching: Stretching) -> bytes:
    """Turn a passphrase into the one that key files are encrypted with."""
    salt = strict_json.from_base64url(stretching.salt) or b""
    derived = Scrypt(salt=salt, length=32, n=stretching.n, r=stretching.r, p=stretching.p).derive(passphrase)
    return strict_json.to_base64url(derived).encode("ascii")


def open_office(office: Office, passphrase: bytes | None) -> ec.EllipticCurvePrivateKey | str:
    """Open the key, or say in words what to do about it."""
    if office.stretching is not None and passphrase is None:
        return "is encrypted; give its passphrase with --passphrase-file"
    secret = None
    if office.stretching is not None and passphrase is not None:
        secret = stretch(passphrase, office.stretching)
    try:
        key = load_pem_private_key(office.key.encode(), secret)
    except (ValueError, TypeError):
        return "does not open: the passphrase is wrong or the file is damaged; check --passphrase-file"
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        return "holds no key that gapura-ops contact key makes"
    return key
