"""Operators: who may command gates, each with a key and a warrant of their own.

It decides what an operator's folder holds and whether it is whole. The root signs the warrant, so this is the one thing
after the founding that needs the root's key; what the key is used for is decided by whoever opens it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field

from firmware.doctor import card
from firmware.signed import cose, warrant
from firmware.signed.command import Op
from firmware.signed.fields import Strict
from firmware.signed.warrant import Role, Warrant
from provisioning import cli, files, vault
from provisioning.authority import read_json
from provisioning.founding import BACKDATED_S, DAY_S, open_root
from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from provisioning.authority import Authority

ABOUT: Final = "operator.json"
RIGHTS: Final = frozenset({*(op.value for op in Op), card.RIGHT})
"""Every single right there is: the commands, and making service cards."""

SETS: Final[Mapping[str, frozenset[str]]] = {
    "all": frozenset(op.value for op in Op),
    "guard": frozenset({Op.UNLOCK, Op.ADMIT, Op.REFUSE, Op.IDENTIFY, Op.HEALTH}),
    "officer": frozenset({Op.ADMIT, Op.REFUSE}),
    "technician": frozenset({Op.IDENTIFY, Op.HEALTH, Op.REPLAY, Op.RESTART, Op.PROVISION, card.RIGHT}),
    "incident": frozenset({Op.POSTURE, Op.LOCKDOWN, Op.EVACUATE, Op.HEALTH}),
}
"""Names for what people of one duty need; `all` is every command, cards not among them."""


class About(Strict):
    """`operator.json`."""

    format: Annotated[int, Field(ge=1, le=1)]
    stretching: vault.Stretching | None


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who is appointed. `now` is in Unix seconds; without a passphrase the key lies open."""

    name: str
    ops: tuple[str, ...]
    passphrase: bytes | None
    now: int
    valid_days: int


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator's folder as it lies there: everything but the key, which `unlock` opens."""

    folder: Path
    warrant: bytes
    granted: Warrant
    stretching: vault.Stretching | None

    @property
    def name(self) -> str:
        """The operator's id, as it stands in every record of what they commanded."""
        return self.granted.holder or ""

    def unlock(self, passphrase: bytes | None) -> Ed25519PrivateKey:
        """Open the key; raises OperatorError if it does not open or is not the one the warrant is for."""
        secret = None
        if self.stretching is not None:
            if passphrase is None:
                line = f"the key in {self.folder} is encrypted; give its passphrase with --passphrase-file"
                raise OperatorError(line)
            secret = vault.stretch(passphrase, self.stretching)
        key = vault.unlock(self.folder / "operator.key", secret)
        if key.public_key().public_bytes_raw() != self.granted.key:
            line = f"key and warrant in {self.folder} do not belong together; have the operator appointed anew"
            raise OperatorError(line)
        return key


def unlock(operator: Operator, passphrase_file: Path | None) -> Ed25519PrivateKey:
    """Open an operator's key with the passphrase in a file or from the keyboard."""
    encrypted = operator.stretching is not None
    return operator.unlock(cli.ask_passphrase(passphrase_file, operator.name, encrypted=encrypted))


def rights(names: Iterable[str]) -> tuple[str, ...]:
    """Turn the names of rights and sets of rights into the rights, sorted; raises OperatorError for another name."""
    found: set[str] = set()
    for name in names:
        if name not in SETS and name not in RIGHTS:
            line = f"--ops: {name!r} is none; use {', '.join(sorted(SETS))} or {', '.join(sorted(RIGHTS))}"
            raise OperatorError(line)
        found |= SETS.get(name, frozenset({name}))
    return tuple(sorted(str(right) for right in found))


def appoint(authority: Authority, root_key: Path, appointment: Appointment) -> Path:
    """Make an operator's key and its warrant: the whole folder `operators/NAME` of the authority, or nothing."""
    if re.fullmatch(warrant.HOLDER_PATTERN, appointment.name) is None:
        line = f"--name: {appointment.name!r} is no id; use 1 to 32 of a-z, 0-9 and -, never a person's name"
        raise OperatorError(line)
    folder = authority.folder / "operators" / appointment.name
    if folder.exists():
        line = f"{folder} is there and stays as it is; move it away first, or appoint under another --name"
        raise OperatorError(line)
    root = open_root(authority, root_key)
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        with files.whole(folder) as made:
            granted = _fill(made, appointment, root)
            # First the word that is kept: without it nobody could take this operator's key back by their name.
            files.write(authority.folder / "warrants" / kept_name(granted), warrant.issue(granted, root))
    except OSError as error:
        line = f"cannot make {folder}: {error.strerror}; check the folder, its permissions and its free space"
        raise OperatorError(line, exit_code=FAILED) from error
    return folder


def kept_name(granted: Warrant) -> str:
    """How the authority's copy of an operator's warrant is called."""
    return f"operator-{granted.holder}-{cose.key_id(granted.key).hex()}.warrant"


def warrants(authority: Authority) -> list[Warrant]:
    """Read the warrants of everybody who was ever appointed, as far as the authority kept or has them."""
    kept = sorted((authority.folder / "warrants").glob("operator-*.warrant"))
    here = sorted((authority.folder / "operators").glob("*/operator.warrant"))
    found = {granted.key: granted for granted in map(read_warrant, [*kept, *here])}
    return sorted(found.values(), key=lambda granted: (granted.holder or "", granted.serial))


def read_warrant(path: Path) -> Warrant:
    """Read one warrant of an operator; raises OperatorError."""
    found = warrant.read(files.read(path, warrant.MAX_BYTES))
    if found is None or found.holder is None:
        line = f"{path} is no warrant of an operator; move it away, or have the operator appointed anew"
        raise OperatorError(line)
    return found


def _fill(folder: Path, appointment: Appointment, root: Ed25519PrivateKey) -> Warrant:
    """Write key, warrant and how the passphrase is stretched; answer what was granted."""
    key = Ed25519PrivateKey.generate()
    stretching = None if appointment.passphrase is None else vault.new_stretching()
    secret = None
    if appointment.passphrase is not None and stretching is not None:
        secret = vault.stretch(appointment.passphrase, stretching)
    granted = Warrant(
        role=Role.COMMANDS,
        key=key.public_key().public_bytes_raw(),
        not_before=appointment.now - BACKDATED_S,
        not_after=appointment.now + appointment.valid_days * DAY_S,
        serial=appointment.now,
        root=root.public_key().public_bytes_raw(),
        holder=appointment.name,
        ops=appointment.ops,
    )
    about = About(format=1, stretching=stretching)
    files.write(folder / "operator.key", vault.lock(key, secret), files.PRIVATE)
    files.write(folder / "operator.warrant", warrant.issue(granted, root))
    files.write(folder / ABOUT, about.model_dump_json().encode() + b"\n", files.PRIVATE)
    return granted


def open_operator(folder: Path) -> Operator:
    """Read an operator's folder, key excepted; raises OperatorError if it is none or is not whole."""
    if not (folder / ABOUT).is_file():
        line = f"{folder} is no operator's folder; name the one that gapura-ops authority operator made"
        raise OperatorError(line)
    about = read_json(folder / ABOUT, About)
    data = files.read(folder / "operator.warrant", warrant.MAX_BYTES)
    granted = warrant.read(data)
    if granted is None or granted.role is not Role.COMMANDS or granted.holder is None:
        line = f"{folder / 'operator.warrant'} is no warrant of an operator; have the operator appointed anew"
        raise OperatorError(line)
    return Operator(folder, data, granted, about.stretching)
