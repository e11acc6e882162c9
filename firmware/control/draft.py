"""How far an unfinished set-up has come, in one small file with its digest: document, key, certificate.

A damaged file begins anew. The key is made here and goes nowhere but into the identity that comes of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from firmware.control import private
from firmware.control.digested import vouch, vouched
from firmware.control.documents import read_bounded
from firmware.signed import strict_json
from firmware.signed.fields import Blob, Strict

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "setup.json"
CLAIM_FOLDER: Final = ".claim"
"""Where the claim's credentials lie while TLS reads them."""

MAX_BYTES: Final = 64 << 10


class Draft(Strict):
    """A set-up that is not finished: its envelope, the key as PKCS#8 in DER, and the certificate once it is there.

    `afar` says that it came over the broker, where nobody stood at the door.
    """

    document: Blob
    key: Blob | None = None
    certificate: Blob | None = None
    afar: bool = False

    @property
    def digest(self) -> str:
        """Name the document (hex)."""
        return hashlib.sha256(self.document).hexdigest()

    def private_key(self) -> ec.EllipticCurvePrivateKey | None:
        """Read the key; None where there is none yet, or none of ours."""
        try:
            key = None if self.key is None else load_der_private_key(self.key, None)
        except (ValueError, TypeError):
            return None
        return key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def new_key() -> bytes:
    """Make a P-256 key, as PKCS#8 in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Write a key as TLS reads it: PKCS#8 in PEM, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read(state_dir: Path, name: str = FILE) -> Draft | None:
    """Read what an earlier process left; None if there is nothing, or nothing that can be believed."""
    try:
        spelled = vouched(read_bounded(state_dir / name, MAX_BYTES))
    except OSError:
        return None
    value = None if spelled is None else strict_json.parse(spelled)
    found = None if value is None else strict_json.read_as(value, Draft)
    return found if isinstance(found, Draft) else None


def keep(state_dir: Path, draft: Draft, name: str = FILE) -> None:
    """Keep it; raises OSError."""
    private.put(state_dir / name, vouch(strict_json.render(draft.model_dump(mode="json"))))


def forget(state_dir: Path, name: str = FILE) -> None:
    """Let go of it; raises OSError."""
    private.wipe(state_dir / name)
