"""Warrants: the offline root says which key may speak in which role, from when until when.

Only the root signs a warrant, and a warrant names exactly one role, so a stolen role key is worth one role. Whether
a document that carries a warrant counts is decided by the envelope; no clock is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field, StringConstraints

from firmware.events import Reason
from firmware.signed import cose, strict_json, times
from firmware.signed.fields import KEY_BYTES, Counter, Moment, RawKey, Strict

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

AAD: Final = b"gapura:warrant:1"
MAX_BYTES: Final = 1024
MAX_OPS: Final = 32
HOLDER_PATTERN: Final = r"^[a-z0-9-]{1,32}$"

_ShortName = Annotated[str, StringConstraints(pattern=HOLDER_PATTERN)]


class Role(StrEnum):
    """What a key under the root may do. `passes` signs passes; every other role signs documents of its kind.

    `root` is the root's own: only its own key ever has it.
    """

    PASSES = "passes"
    PROVISIONING = "provisioning"
    CONFIG = "config"
    POLICY = "policy"
    TRUST = "trust"
    REVOCATIONS = "revocations"
    TIME = "time"
    COMMANDS = "commands"
    UPDATES = "updates"
    KEYS = "keys"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Warrant:
    """One key in one role. Keys are 32 raw bytes, times Unix seconds; good from `not_before` to before `not_after`.

    `holder` is the id of the person who has the key and `ops` what that person may command, by the names of
    `command.Op` and `service` for service cards. Names that this firmware does not know entitle to nothing here.
    """

    role: Role
    key: bytes
    not_before: int
    not_after: int
    serial: int
    root: bytes
    holder: str | None = None
    ops: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Say whether the key is one person's, so that it may do only what `ops` names."""
        return self.holder is not None or bool(self.ops)


class _Payload(Strict):
    """A warrant as it is signed."""

    role: Role
    key: RawKey
    not_before: Moment
    not_after: Moment
    serial: Counter
    root: RawKey
    holder: _ShortName | None = None
    ops: Annotated[list[_ShortName], Field(min_length=1, max_length=MAX_OPS)] | None = None


GRANTED: Final = tuple(role for role in Role if role is not Role.ROOT)
"""The roles that the root grants to other keys."""


def render_root(raw: bytes) -> bytes:
    """Write a root key as the one line that a gate pins: base64url of the raw public key."""
    return strict_json.to_base64url(raw).encode("ascii") + b"\n"


def parse_root(data: bytes) -> bytes | None:
    """Read a pinned root key (`root.pub`), or answer None if the bytes are not exactly one key."""
    try:
        raw = strict_json.from_base64url(data.decode("ascii").removesuffix("\n"))
    except UnicodeDecodeError:
        return None
    return raw if raw is not None and len(raw) == KEY_BYTES else None


def issue(warrant: Warrant, root: Ed25519PrivateKey) -> bytes:
    """Sign a warrant with the root it names; naming another root or an empty validity is a bug of the caller."""
    if warrant.root != root.public_key().public_bytes_raw() or warrant.not_before >= warrant.not_after:
        msg = "a warrant names the root that signs it and ends after it begins"
        raise ValueError(msg)
    payload: dict[str, object] = {
        "role": warrant.role.value,
        "key": strict_json.to_base64url(warrant.key),
        "not_before": times.render(warrant.not_before),
        "not_after": times.render(warrant.not_after),
        "serial": warrant.serial,
        "root": strict_json.to_base64url(warrant.root),
    }
    if warrant.holder is not None:
        payload["holder"] = warrant.holder
    if warrant.ops:
        payload["ops"] = list(warrant.ops)
    data = strict_json.render(payload)
    if _read_payload(data) is None:
        msg = "a warrant breaks the rules of its own payload"
        raise ValueError(msg)
    signed = cose.sign(data, root, AAD)
    if len(signed) > MAX_BYTES:
        msg = f"the warrant is {len(signed)} bytes long; {MAX_BYTES} are read"
        raise ValueError(msg)
    return signed


def read(data: bytes) -> Warrant | None:
    """Read a warrant and check it against the root it names; None if any byte of it is wrong.

    Whether that root is the one this gate believes is the caller's question.
    """
    message = cose.parse(data) if len(data) <= MAX_BYTES else Reason.TOO_LONG
    if isinstance(message, Reason) or message.unprotected:
        return None
    warrant = _read_payload(message.payload)
    if warrant is None or message.key_id != cose.key_id(warrant.root):
        return None
    return warrant if cose.verify(message, Ed25519PublicKey.from_public_bytes(warrant.root), AAD) else None


def _read_payload(data: bytes) -> Warrant | None:
    """Read the signed JSON of a warrant."""
    value = strict_json.parse(data)
    payload = strict_json.read_as(value, _Payload) if value is not None else None
    if not isinstance(payload, _Payload):
        return None
    if payload.not_before >= payload.not_after or (payload.role is Role.ROOT and payload.key != payload.root):
        return None
    return Warrant(
        payload.role,
        payload.key,
        payload.not_before,
        payload.not_after,
        payload.serial,
        payload.root,
        payload.holder,
        () if payload.ops is None else tuple(payload.ops),
    )
