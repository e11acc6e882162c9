"""An authority's folder in use: the key and the warrant of each role, who may issue what, and the versions given out.

It opens a key only when it is needed and never needs the root's: that one signs warrants (`founding.py`) and what is
said of them later (`custody/`). What is signed, and whether it should be, is decided by whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import BaseModel, Field, StringConstraints

from firmware.signed import cose, strict_json, warrant
from firmware.signed.envelope import Kind
from firmware.signed.fields import Counter, Moment, RawKey, Strict
from firmware.trust.document import TrustList
from provisioning import files, vault
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firmware.signed.warrant import Role, Warrant

Model = TypeVar("Model", bound=BaseModel)


class About(Strict):
    """`authority.json`."""

    format: Annotated[int, Field(ge=1, le=1)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    root: RawKey
    created: Moment
    stretching: vault.Stretching | None


class Versions(Strict):
    """`versions.json`: the last version of each kind that has been issued."""

    versions: dict[Kind, Counter]


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority's folder, opened. `secret` opens its key files; None means that they are not encrypted."""

    folder: Path
    name: str
    root: bytes
    secret: bytes | None

    def signer(self, role: Role) -> Ed25519PrivateKey:
        """Open the key of a role: the one that its warrant is for."""
        return vault.unlock(self.key_path(self.warrant(role)[1]), self.secret)

    def key_path(self, granted: Warrant) -> Path:
        """Where the key that a warrant is for lies: under its own name since it was rotated, else as it was founded."""
        rotated = self.folder / "keys" / key_name(granted)
        return rotated if rotated.exists() else self.folder / "keys" / f"{granted.role.value}.key"

    def warrant(self, role: Role) -> tuple[bytes, Warrant]:
        """Return the warrant of a role as bytes and as what it says, checked against the root."""
        path = self.folder / "warrants" / f"{role.value}.warrant"
        data = files.read(path, warrant.MAX_BYTES)
        found = warrant.read(data)
        if found is None or found.role is not role or found.root != self.root:
            line = f"{path} is not this root's warrant for {role.value}; restore it from the backup of the authority"
            raise OperatorError(line)
        return data, found

    def next_version(self, kind: Kind) -> int:
        """Take the next version of a kind of document; a number once taken is never given again."""
        with self.alone():
            return self.take_version(kind)

    def take_version(self, kind: Kind) -> int:
        """The same, for whoever is `alone` already."""
        path = self.folder / "versions.json"
        known = dict(read_json(path, Versions).versions)
        known[kind] = known.get(kind, 0) + 1
        spelled = {one.value: number for one, number in known.items()}
        files.write(path, strict_json.render({"versions": spelled}) + b"\n", files.PRIVATE)
        return known[kind]

    def issuers(self) -> tuple[TrustList, dict[str, object]]:
        """Read who may issue which classes: what `issuers.json` means, and how it says it."""
        path = self.folder / "issuers.json"
        spelled = read_object(path)
        return as_model(path, spelled, TrustList), spelled

    def alone(self) -> AbstractContextManager[None]:
        """Keep other commands on the same folder waiting; not twice at once."""
        return files.alone(self.folder)


def key_name(granted: Warrant) -> str:
    """How the file of a key is called that came in the place of another."""
    return f"{granted.role.value}-{granted.serial}-{cose.key_id(granted.key).hex()}.key"


def about(folder: Path) -> About:
    """Read what an authority is; raises OperatorError where there is none."""
    if not (folder / "authority.json").is_file():
        line = f"{folder} is no authority; make one with gapura-ops authority init --dir {folder}"
        raise OperatorError(line)
    return read_json(folder / "authority.json", About)


def look_into(folder: Path) -> Authority:
    """Look at an authority's folder without its passphrase; no key of it opens."""
    found = about(folder)
    return Authority(folder, found.name, found.root, None)


def open_authority(folder: Path, passphrase: bytes | None) -> Authority:
    """Open an authority's folder; keys are opened one by one when they are needed."""
    found = about(folder)
    secret = None
    if found.stretching is not None:
        if passphrase is None:
            line = f"the keys in {folder} are encrypted; give the passphrase with --passphrase-file"
            raise OperatorError(line)
        secret = vault.stretch(passphrase, found.stretching)
    return Authority(folder, found.name, found.root, secret)


def is_encrypted(folder: Path) -> bool:
    """Say whether a passphrase is needed to open the keys in a folder."""
    path = folder / "authority.json"
    return path.is_file() and read_json(path, About).stretching is not None


def read_json(path: Path, model: type[Model]) -> Model:
    """Read one of the authority's JSON files by its strict model."""
    return as_model(path, read_object(path), model)


def read_object(path: Path) -> dict[str, object]:
    """Read one of the authority's JSON files."""
    value = strict_json.parse(files.read(path))
    if value is None:
        line = f"{path} is not one JSON object with every key once; mend it or restore it from the backup"
        raise OperatorError(line)
    return value


def as_model(path: Path, value: dict[str, object], model: type[Model]) -> Model:
    """Hold a file's content against its strict model; every mistake in it is one line."""
    found = strict_json.read_as(value, model)
    if isinstance(found, tuple):
        raise OperatorError(*(f"{path}: {mistake}" for mistake in found))
    return found
