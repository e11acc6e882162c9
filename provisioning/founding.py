"""Founding an authority: the root, one key for each role, and the root's warrant for each; all of it or nothing.

Whatever goes wrong leaves either no folder or a whole one, and a folder that is there is never touched. Afterwards
the root's key may leave for a safe, because nothing else that the authority does needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from firmware.signed import cose, strict_json, times, warrant
from firmware.signed.warrant import GRANTED, Role, Warrant
from firmware.trust import document
from firmware.trust.keys import STANDARD_CLASSES, TrustedKey
from provisioning import files, vault
from provisioning.authority import Authority
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from pathlib import Path

DAY_S: Final = 86_400
BACKDATED_S: Final = DAY_S
"""Warrants and keys begin a day early, so that a gate whose clock is a little behind does not refuse what is new."""

NOTES: Final = """\
This folder is a Gapura authority. Whoever has its keys can open every door that pins root.pub.

root.pub        the root's public key; every gate pins it
root.key        signs warrants and what is said of them; move it offline, little needs it (authority --help)
keys/           one key for each role; each can do no more than its role
warrants/       the root's word for each of those keys
areas/          keys of the day of each area; who reads them can follow passes through a day
operators/      one folder for each operator that was appointed; give it to them and keep no copy
issuers.json    who may issue which classes of pass; edit it, then run gapura-ops trust build
versions.json   the last version of each kind of document; never set it back, gates refuse what is older
authority.cose  what the root has said of its keys, once something was taken back; publish it to every gate
authority.json  the authority's name and how its passphrase is stretched

The certificates of brokers and gates come from a device CA, which is not here: its keys are used online, so they
must not lie beside these.
"""


@dataclass(frozen=True, slots=True)
class Charter:
    """What an authority is founded with. `now` is in Unix seconds; without a passphrase the keys lie open."""

    name: str
    passphrase: bytes | None
    now: int
    warrant_days: int


def found(folder: Path, charter: Charter) -> Authority:
    """Make an authority in a new or empty folder."""
    folder = folder.absolute()
    _refuse_taken(folder)
    stretching = None if charter.passphrase is None else vault.new_stretching()
    secret = None
    if charter.passphrase is not None and stretching is not None:
        secret = vault.stretch(charter.passphrase, stretching)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with files.whole(folder) as made:
            root = _fill(made, charter, stretching, secret)
    except OSError as error:
        line = f"cannot put an authority in {folder}: {error.strerror}; name a new folder"
        raise OperatorError(line, exit_code=FAILED) from error
    return Authority(folder, charter.name, root, secret)


def _refuse_taken(folder: Path) -> None:
    """Refuse a place where something is: keys that were replaced would be lost."""
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except OSError as error:
        line = f"cannot look into {folder}: {error.strerror}; name a new folder"
        raise OperatorError(line) from error
    if taken:
        line = f"{folder} is not empty and stays as it is; name a new folder, or move the old one away first"
        raise OperatorError(line)


def _fill(folder: Path, charter: Charter, stretching: vault.Stretching | None, secret: bytes | None) -> bytes:
    """Write everything into a folder that nobody looks at yet; answer the root's public key."""
    root = Ed25519PrivateKey.generate()
    raw_root = root.public_key().public_bytes_raw()
    for name in ("keys", "warrants"):
        (folder / name).mkdir(mode=0o700)
    files.write(folder / "root.key", vault.lock(root, secret), files.PRIVATE)
    files.write(folder / "root.pub", warrant.render_root(raw_root))
    for role in GRANTED:
        key = Ed25519PrivateKey.generate()
        granted = grant(role, key, raw_root, charter.now, charter.warrant_days)
        _write_role(folder, granted, key, root, secret)
        if role is Role.PASSES:
            issuers = document.to_body([issuer(granted, charter.name)])
            files.write(folder / "issuers.json", strict_json.render_indented(issuers), files.PRIVATE)
    about = {
        "format": 1,
        "name": charter.name,
        "root": strict_json.to_base64url(raw_root),
        "created": times.render(charter.now),
        "stretching": None if stretching is None else stretching.model_dump(),
    }
    files.write(folder / "versions.json", strict_json.render({"versions": {}}) + b"\n", files.PRIVATE)
    files.write(folder / "authority.json", strict_json.render_indented(about), files.PRIVATE)
    files.write(folder / "README.txt", NOTES.encode(), files.PRIVATE)
    return raw_root


def add_role(authority: Authority, role: Role, root_key: Path, *, now: int, warrant_days: int) -> Warrant:
    """Give an authority that was founded without it a role; `root_key` is where the root's key lies today."""
    if (authority.folder / "warrants" / f"{role.value}.warrant").exists():
        line = f"{authority.folder} has the role {role.value} already, and it stays as it is"
        raise OperatorError(line)
    root = open_root(authority, root_key)
    key = Ed25519PrivateKey.generate()
    granted = grant(role, key, authority.root, now, warrant_days)
    _write_role(authority.folder, granted, key, root, authority.secret)
    return granted


def open_root(authority: Authority, path: Path) -> Ed25519PrivateKey:
    """Open the root's key, which may lie elsewhere."""
    if not path.is_file():
        line = (
            f"{path} is not there; bring the root's key and name it with --root-key, and take it away again afterwards"
        )
        raise OperatorError(line)
    root = vault.unlock(path, authority.secret)
    if root.public_key().public_bytes_raw() != authority.root:
        line = f"{path} is not the root of {authority.folder}; name the key that was founded with it"
        raise OperatorError(line)
    return root


def _write_role(
    folder: Path, granted: Warrant, key: Ed25519PrivateKey, root: Ed25519PrivateKey, secret: bytes | None
) -> None:
    """Write the key of a role and the root's word for it, the word last."""
    files.write(folder / "keys" / f"{granted.role.value}.key", vault.lock(key, secret), files.PRIVATE)
    files.write(folder / "warrants" / f"{granted.role.value}.warrant", warrant.issue(granted, root))


def grant(
    role: Role, key: Ed25519PrivateKey, raw_root: bytes, now: int, warrant_days: int, *, serial: int = 1
) -> Warrant:
    """Write down what the root grants to the key of a role, from a day before `now` (Unix s) on."""
    return Warrant(
        role=role,
        key=key.public_key().public_bytes_raw(),
        not_before=now - BACKDATED_S,
        not_after=now + warrant_days * DAY_S,
        serial=serial,
        root=raw_root,
    )


def issuer(granted: Warrant, name: str) -> TrustedKey:
    """Name the authority itself as an issuer of passes, by the passes key of a warrant."""
    return TrustedKey(
        key_id=cose.key_id(granted.key),
        algorithm="EdDSA",
        public=Ed25519PublicKey.from_public_bytes(granted.key),
        issuer=name,
        classes=frozenset(STANDARD_CLASSES),
        not_before=granted.not_before,
        not_after=granted.not_after,
    )
