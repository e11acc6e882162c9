"""One try at commanding a gate, every part of which can be made wrong: what is signed, by whom, and how it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from firmware.events import Instant
from firmware.signed import cose, strict_json, times
from firmware.signed.command import Op, Order, Turned
from firmware.signed.envelope import AAD_PREFIX, WARRANT, Kind
from firmware.signed.orders import Here, read_order
from firmware.signed.warrant import Role
from tests.unit.signed.office import BEGINS, ENDS, GATE, ISSUED, Office

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

OFFICE = Office()
NONCE = "5e" * 16
EXPIRES = ISSUED + 60
NOW = Instant(ms=1, earliest=ISSUED + 10, latest=ISSUED + 12, source="test")
ALL = (*(op.value for op in Op), "service")
ID = "0a" * 16
HERE = Here(GATE, frozenset({"east", "lobby"}), OFFICE.root_raw, NONCE, NOW)


def same(data: bytes) -> bytes:
    """Leave it as it is."""
    return data


@dataclass(frozen=True)
class Try:
    """A sound order, unless a part of it says otherwise; `...` leaves a member of the body out."""

    op: str = "unlock"
    args: Mapping[str, object] = field(default_factory=lambda: {"direction": "in"})
    body: Mapping[str, object] = field(default_factory=dict)
    audience: tuple[str, ...] = (GATE,)
    issued: int = ISSUED
    expires: int = EXPIRES
    version: object = None
    kind: Kind = Kind.COMMAND
    said_kind: Kind | None = None
    role: Role = Role.COMMANDS
    holder: str | None = "ayu"
    ops: tuple[str, ...] = ALL
    begins: int = BEGINS
    ends: int = ENDS
    office: Office = field(default_factory=lambda: OFFICE)
    warranted: bytes | None = None
    key: Ed25519PrivateKey | None = None
    payload: Callable[[bytes], bytes] = same
    bytes_: Callable[[bytes], bytes] = same
    topic: str | None = None
    group: str | None = None
    here: Here = HERE

    def but(self, **changes: object) -> Try:
        """Make one thing different."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def data(self) -> bytes:
        """Write and sign it by hand, so that what no honest desk would write is signed as well."""
        spoken: dict[str, object] = {"id": ID, "op": self.op, "args": dict(self.args), "reason": "let the fitter in"}
        spoken |= {} if self.group is not None else {"nonce": NONCE}
        body = {name: value for name, value in (spoken | dict(self.body)).items() if value is not ...}
        payload = {
            "kind": (self.said_kind or self.kind).value,
            "version": self.issued if self.version is None else self.version,
            "audience": list(self.audience),
            "issued": times.render(self.issued),
            "expires": times.render(self.expires),
            "body": body,
        }
        warranted = self.warranted
        if warranted is None:
            warranted = self.office.warrant(self.role, self.begins, self.ends, self.holder, self.ops)
        key = self.office.keys[self.role] if self.key is None else self.key
        aad = AAD_PREFIX + self.kind.value.encode()
        return self.bytes_(cose.sign(self.payload(strict_json.render(payload)), key, aad, {WARRANT: warranted}))

    def outcome(self) -> Order | Turned:
        """Send it."""
        return read_order(self.data(), self.op if self.topic is None else self.topic, self.group, self.here)


UNLOCK = Try()
EAST = Try(op="lockdown", args={}, audience=("_group/east",), group="east")
EVACUATE = EAST.but(op="evacuate", args={"for_s": 600})
