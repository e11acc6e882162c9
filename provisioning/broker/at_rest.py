"""The device CA's keys at rest: where each lies, and by which secret it is encrypted.

`device-ca.json` says how the passphrase is stretched before PKCS #8 sees it (`provisioning/vault.py`); a folder of an
earlier release has none, and the passphrase itself is the secret there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.signed import strict_json
from firmware.signed.fields import Strict
from provisioning import files, vault
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography import x509

FILE: Final = "device-ca.json"
KEY: Final = "device-ca.key"


class About(Strict):
    """`device-ca.json`."""

    stretching: vault.Stretching


def secret(directory: Path, passphrase: bytes | None, *, begins: bool = False) -> bytes | None:
    """Turn a passphrase into the one that the key files are encrypted with; where a CA `begins`, by a fresh salt."""
    path = directory / FILE
    if passphrase is None:
        return None
    if begins and not path.exists():
        about = About(stretching=vault.new_stretching())
        files.write(path, about.model_dump_json().encode() + b"\n", files.PRIVATE)
    if not path.exists():
        return passphrase
    value = strict_json.parse(files.read(path))
    found = strict_json.read_as(value, About) if value is not None else ()
    if not isinstance(found, About):
        line = f"{path} does not say how the passphrase is stretched; restore it from the backup of this folder"
        raise OperatorError(line)
    return vault.stretch(passphrase, found.stretching)


def key_path(directory: Path, certificate: x509.Certificate) -> Path:
    """Where a CA's key lies: under the number of its certificate since there was a rotation, else as it was made."""
    rotated = directory / f"device-ca-{certificate.serial_number:x}.key"
    return rotated if rotated.exists() else directory / KEY
