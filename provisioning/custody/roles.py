"""New warrants and new keys for roles; a kill at any point leaves the old or the new one whole.

One rename decides: that of the warrant. The key that it is for is there before, under a name of its own, and the one
before goes afterwards; what an interrupted rotation left is cleared away by the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.signed import cose, strict_json, warrant
from firmware.signed.warrant import GRANTED, Role
from firmware.trust import document
from provisioning import files, vault
from provisioning.authority import key_name
from provisioning.custody import rulings
from provisioning.founding import BACKDATED_S, DAY_S, grant, issuer, open_root
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from firmware.signed.warrant import Warrant
    from provisioning.authority import Authority

NAMES: Final = ", ".join(sorted(GRANTED))
"""The roles that other keys than the root's may have, as people type them."""


@dataclass(frozen=True, slots=True)
class Term:
    """From when on (Unix seconds) and for how many days new warrants hold, and where the root's key lies today."""

    root_key: Path
    now: int
    days: int


def present(authority: Authority) -> tuple[Role, ...]:
    """Name the roles that an authority has."""
    return tuple(role for role in GRANTED if _warrant_path(authority, role).is_file())


def renew(authority: Authority, roles: Sequence[Role], term: Term) -> list[Warrant]:
    """Let the root grant the same keys anew; whatever ends it, each role has its old or its new warrant."""
    root = open_root(authority, term.root_key)
    done = []
    with authority.alone():
        for role in roles:
            _, before = authority.warrant(role)
            granted = replace(before, not_before=term.now - BACKDATED_S, not_after=term.now + term.days * DAY_S)
            files.write(_warrant_path(authority, role), warrant.issue(granted, root))
            done.append(granted)
    return done


def rotate(authority: Authority, role: Role, term: Term) -> tuple[Warrant | None, Warrant]:
    """Give a role a new key, whose warrant outranks every earlier one; answer the warrant before and the new one."""
    root = open_root(authority, term.root_key)
    with authority.alone():
        before = authority.warrant(role)[1] if _warrant_path(authority, role).exists() else None
        clear(authority, before)
        key = Ed25519PrivateKey.generate()
        serial = _next_serial(authority, role, before, term.now)
        granted = grant(role, key, authority.root, term.now, term.days, serial=serial)
        files.write(authority.folder / "keys" / key_name(granted), vault.lock(key, authority.secret), files.PRIVATE)
        if role is Role.PASSES:
            list_issuer(authority, granted)
        files.write(_warrant_path(authority, role), warrant.issue(granted, root))
        clear(authority, granted)
    return before, granted


def clear(authority: Authority, granted: Warrant | None) -> None:
    """Remove what an interrupted rotation left of a role, and the key before the one that is granted."""
    if granted is None:
        return
    folder, role = authority.folder / "keys", granted.role
    kept = authority.key_path(granted)
    for path in sorted({folder / f"{role.value}.key", *folder.glob(f"{role.value}-*-*.key")} - {kept}):
        serial = path.stem.removeprefix(f"{role.value}-").partition("-")[0]
        if role is Role.PASSES and serial.isdecimal() and int(serial) > granted.serial:
            strike_issuer(authority, bytes.fromhex(path.stem.rpartition("-")[2]))
        path.unlink(missing_ok=True)
    for path in folder.glob(f".{role.value}[-.]*"):  # half a file of a command that was killed
        path.unlink(missing_ok=True)
    files.sync_directory(folder)


def list_issuer(authority: Authority, granted: Warrant) -> None:
    """Add a passes key to `issuers.json`, beside the authority's others."""
    listed = (authority.folder / "issuers.json").exists()  # an authority that was recovered has no list yet
    spelled: dict[str, object] = authority.issuers()[1] if listed else {"issuers": []}
    added = document.to_body([issuer(granted, authority.name)])["issuers"]
    every = [one for one in _dicts(spelled["issuers"]) if one.get("name") != authority.name]
    ours = [one for one in _dicts(spelled["issuers"]) if one.get("name") == authority.name]
    for one in _dicts(added):
        one["keys"] = [*(key for own in ours for key in _dicts(own["keys"])), *_dicts(one["keys"])]
        every.append(one)
    _write_issuers(authority, every)


def strike_issuer(authority: Authority, key_id: bytes) -> bool:
    """Take a key out of `issuers.json`; say whether it was there. The last one stays: a trust list has one at least."""
    _, spelled = authority.issuers()
    named = strict_json.to_base64url(key_id)
    left = []
    for one in _dicts(spelled["issuers"]):
        keys = [key for key in _dicts(one["keys"]) if key.get("kid") != named]
        if keys:
            left.append({**one, "keys": keys})
    if not left or left == spelled["issuers"]:
        return False
    _write_issuers(authority, left)
    return True


def role_named(text: str) -> Role:
    """Read the name of a role that other keys than the root's may have."""
    try:
        role = Role(text)
    except ValueError:
        role = Role.ROOT
    if role is Role.ROOT:
        line = f"{text!r} is no role; use {NAMES}"
        raise OperatorError(line)
    return role


def key_of(granted: Warrant) -> str:
    """Name a key as `authority revoke` takes it: its id in hex."""
    return cose.key_id(granted.key).hex()


def _next_serial(authority: Authority, role: Role, before: Warrant | None, now: int) -> int:
    """Say which serial outranks whatever was granted before; where nothing is known of that, the second does."""
    said = rulings.newest(authority)
    least = 0 if said is None else said.ruling.least_serials.get(role, 0)
    return max(least + 1, now) if before is None else max(before.serial, least) + 1


def _warrant_path(authority: Authority, role: Role) -> Path:
    return authority.folder / "warrants" / f"{role.value}.warrant"


def _write_issuers(authority: Authority, issuers: list[dict[str, object]]) -> None:
    data = strict_json.render_indented({"issuers": issuers})
    files.write(authority.folder / "issuers.json", data, files.PRIVATE)


def _dicts(value: object) -> list[dict[str, object]]:
    """The objects in a list of JSON."""
    return [dict(one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []
