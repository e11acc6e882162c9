"""Private keys at rest: PKCS #8 PEM, encrypted under a passphrase that is stretched first.

It turns keys into bytes and back and keeps nothing. The library encrypts PKCS #8 with only 2,048 rounds of PBKDF2,
which a guesser does not feel; so the passphrase goes through scrypt and its result is the passphrase of the file.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from firmware.signed import strict_json
from firmware.signed.office import Stretching, stretch
from provisioning import files
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Stretching", "stretch"]

SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
MAX_PASSPHRASE_BYTES: Final = 1024
MIN_PASSPHRASE: Final = 8
"""Characters; only where keys are made, so that what is there can always be opened."""


def new_stretching() -> Stretching:
    """Begin with a fresh salt."""
    return Stretching(salt=strict_json.to_base64url(os.urandom(SALT_BYTES)))


def lock(key: Ed25519PrivateKey, secret: bytes | None) -> bytes:
    """Write a key as PEM, encrypted if there is a secret."""
    protection: KeySerializationEncryption = NoEncryption() if secret is None else BestAvailableEncryption(secret)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)


def unlock(path: Path, secret: bytes | None) -> Ed25519PrivateKey:
    """Open a key file, or say in one line why it does not open."""
    data = files.read(path)
    try:
        key = load_pem_private_key(data, secret)
    except (ValueError, TypeError) as error:
        line = f"{path} does not open: the passphrase is wrong or the file is damaged; check --passphrase-file"
        raise OperatorError(line) from error
    if not isinstance(key, Ed25519PrivateKey):
        line = f"{path} is no Ed25519 key; restore it from the backup of the authority"
        raise OperatorError(line)
    return key


def wrap(data: bytes, secret: bytes | None, purpose: str) -> bytes:
    """Encrypt data that is no key file (AES-256-GCM, a key of its own for each purpose), if there is a secret."""
    if secret is None:
        return data
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_derived(secret, purpose)).encrypt(nonce, data, purpose.encode())


def unwrap(path: Path, secret: bytes | None, purpose: str) -> bytes:
    """Read what was wrapped into a file, or say in one line why it does not open."""
    data = files.read(path)
    if secret is None:
        return data
    try:
        return AESGCM(_derived(secret, purpose)).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], purpose.encode())
    except (InvalidTag, ValueError) as error:
        line = f"{path} does not open: the passphrase is wrong or the file is damaged; check --passphrase-file"
        raise OperatorError(line) from error


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, b"gapura:vault:1:" + purpose.encode()).derive(secret)


def read_passphrase(path: Path) -> bytes:
    """Read a passphrase from the first and only line of a file."""
    data = files.read(path, MAX_PASSPHRASE_BYTES).removesuffix(b"\n").removesuffix(b"\r")
    if not data or b"\n" in data:
        line = f"{path} must hold the passphrase on one line and nothing else"
        raise OperatorError(line)
    return data


def readable_by_others(path: Path) -> bool:
    """Say whether a secret's file can be read by more than its owner."""
    mode = path.stat().st_mode
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))
