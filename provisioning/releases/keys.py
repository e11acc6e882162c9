"""The keys of a repository: one file each, under the passphrase of the authority in whose folder they begin.

A file is named after its role and its TUF key id. Keys of roles that several people hold may lie in other folders: all
that are named are looked through, and whoever has too few is told how many are missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner

from provisioning import files, vault
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tuf.api.metadata import Root

    from provisioning.authority import Authority

ROLES: Final = ("root", "targets", "snapshot", "timestamp")
FOLDER: Final = "releases"
_ID: Final = 16


def folder_of(authority: Authority) -> Path:
    """Where an authority keeps the keys of its repository."""
    return authority.folder / FOLDER


def make(authority: Authority, folder: Path, role: str) -> CryptoSigner:
    """Make a key, encrypted as the authority's are; raises OperatorError."""
    key = Ed25519PrivateKey.generate()
    signer = CryptoSigner(key)
    files.write(folder / _name(role, signer.public_key.keyid), vault.lock(key, authority.secret), files.PRIVATE)
    return signer


def signers(authority: Authority, folders: Iterable[Path], root: Root, role: str) -> list[CryptoSigner]:
    """Open the keys that may sign for a role by this root, as many as its threshold; raises OperatorError."""
    places = list(folders)
    wanted = root.roles[role]
    found: list[CryptoSigner] = []
    for keyid in wanted.keyids:
        path = next((one for one in (place / _name(role, keyid) for place in places) if one.is_file()), None)
        if path is not None and len(found) < wanted.threshold:
            found.append(CryptoSigner(vault.unlock(path, authority.secret)))
    if len(found) < wanted.threshold:
        line = (
            f"{role} is signed by {wanted.threshold} of {len(wanted.keyids)} keys and {len(found)} are here; "
            "bring the folders of the others and name each with --keys"
        )
        raise OperatorError(line)
    return found


def forget(folder: Path, role: str, keyid: str) -> None:
    """Remove a key that signs nothing any more, if it lies here."""
    (folder / _name(role, keyid)).unlink(missing_ok=True)


def _name(role: str, keyid: str) -> str:
    """Name the file of a key."""
    return f"{role}-{keyid[:_ID]}.key"
