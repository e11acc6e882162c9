"""The recovery sheet's code: the root's key, encrypted, and what it takes to open it.

`GRC1:` and base45 of deterministic CBOR. It is worth what the passphrase is worth, and nothing without it: a key that
lies open is never put on paper. What the sheet looks like is not decided here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_der_private_key,
)

from firmware.signed import base45, cbor, strict_json, times, warrant
from provisioning import authority as authorities
from provisioning import files, vault
from provisioning.authority import About
from provisioning.founding import NOTES, open_root
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.authority import Authority

PREFIX: Final = b"GRC1:"
MOST_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands in the code: whose root it is, how its passphrase is stretched, its key encrypted (PKCS #8, DER)."""

    about: About
    key: bytes


def fingerprint(root: bytes) -> str:
    """Write the first half of a root's SHA-256 in groups that two people can read to each other."""
    digest = hashlib.sha256(root).hexdigest()[:32].upper()
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def sheet_of(authority: Authority, root_key: Path) -> Sheet:
    """Take the root's key, encrypted anew under the authority's passphrase; raises OperatorError without one."""
    about = authorities.about(authority.folder)
    if about.stretching is None or authority.secret is None:
        line = f"{root_key} is not encrypted; an open key goes on no paper, so found one with --passphrase-file"
        raise OperatorError(line)
    key = open_root(authority, root_key)
    protection = BestAvailableEncryption(authority.secret)
    return Sheet(about, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, protection))


def encode(sheet: Sheet) -> str:
    """Write the text of the code."""
    about = sheet.about
    if about.stretching is None:
        msg = "a sheet without a passphrase"
        raise ValueError(msg)
    how = [about.stretching.n, about.stretching.r, about.stretching.p]
    salt = strict_json.from_base64url(about.stretching.salt) or b""
    members = {1: about.name, 2: about.root, 3: about.created, 4: salt, 5: how, 6: sheet.key}
    return PREFIX.decode("ascii") + base45.encode(cbor.encode(members))


def decode(code: bytes) -> Sheet:
    """Read the text of a code; raises OperatorError for any that is none, or not whole."""
    whole = base45.decode(code.removeprefix(PREFIX)) if code.startswith(PREFIX) and len(code) <= MOST_BYTES else None
    members = None if whole is None else cbor.decode(whole)
    match members:
        case {
            1: str(name),
            2: bytes(root),
            3: int(created),
            4: bytes(salt),
            5: [int(n), int(r), int(p)],
            6: bytes(key),
            **more,
        } if not more:
            pass
        case _:
            line = "that is no code of a recovery sheet, or a letter of it is wrong; try the other code of the sheet"
            raise OperatorError(line)
    spelled: dict[str, object] = {
        "format": 1,
        "name": name,
        "root": strict_json.to_base64url(root),
        "created": times.render(created) if 0 <= created <= times.LATEST else "",
        "stretching": {"salt": strict_json.to_base64url(salt), "n": n, "r": r, "p": p},
    }
    about = strict_json.read_as(spelled, About)
    if not isinstance(about, About):
        line = "the recovery sheet is of a later release; use the gapura-ops that made it"
        raise OperatorError(line)
    return Sheet(about, key)


def restore(sheet: Sheet, passphrase: bytes, folder: Path) -> str:
    """Bring the root's key back and say what was done: into its authority's folder, or into a new one with it alone.

    A key that is there is never replaced; raises OperatorError.
    """
    pem = _opened(sheet, passphrase)
    if (folder / "authority.json").exists():
        there = authorities.about(folder)
        if (there.root, there.stretching) != (sheet.about.root, sheet.about.stretching):
            line = f"{folder} is another authority, or its passphrase was changed; name a new folder"
            raise OperatorError(line)
        if (folder / "root.key").exists():
            line = f"{folder / 'root.key'} is there and stays as it is; move it away first"
            raise OperatorError(line)
        files.write(folder / "root.key", pem, files.PRIVATE)
        return "the root's key is back in its folder"
    if folder.exists():
        line = f"{folder} is there and is no authority; name a new folder"
        raise OperatorError(line)
    try:
        with files.whole(folder.absolute()) as made:
            _fill(made, sheet.about, pem)
    except OSError as error:
        line = f"cannot make {folder}: {error.strerror}; name a new folder whose parent is there"
        raise OperatorError(line, exit_code=FAILED) from error
    return "a new folder has the root alone"


def _opened(sheet: Sheet, passphrase: bytes) -> bytes:
    """Open the key, see that it is the root's, and write it as a file of an authority under the same passphrase."""
    if sheet.about.stretching is None:
        line = "the recovery sheet does not say how its passphrase is stretched; use the gapura-ops that made it"
        raise OperatorError(line)
    secret = vault.stretch(passphrase, sheet.about.stretching)
    try:
        key = load_der_private_key(sheet.key, secret)
    except (ValueError, TypeError) as error:
        line = "the passphrase does not open this sheet; check --passphrase-file"
        raise OperatorError(line) from error
    if not isinstance(key, Ed25519PrivateKey) or key.public_key().public_bytes_raw() != sheet.about.root:
        line = "the sheet's key is not that of the root it names; do not use it, and look who made it"
        raise OperatorError(line)
    return vault.lock(key, secret)


def _fill(folder: Path, about: About, pem: bytes) -> None:
    """Write an authority that has its root and no role yet."""
    for name in ("keys", "warrants"):
        (folder / name).mkdir(mode=0o700)
    spelled = about.model_dump() | {
        "root": strict_json.to_base64url(about.root),
        "created": times.render(about.created),
    }
    files.write(folder / "root.key", pem, files.PRIVATE)
    files.write(folder / "root.pub", warrant.render_root(about.root))
    files.write(folder / "versions.json", strict_json.render({"versions": {}}) + b"\n", files.PRIVATE)
    files.write(folder / "authority.json", strict_json.render_indented(spelled), files.PRIVATE)
    files.write(folder / "README.txt", NOTES.encode(), files.PRIVATE)
