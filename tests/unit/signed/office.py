"""A small authority in memory for tests: a root, a key for each role, and envelopes made by hand to be wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.events import Instant
from firmware.signed import cose, strict_json, warrant
from firmware.signed.envelope import AAD_PREFIX, ROLE_OF, WARRANT, Kind, seal
from firmware.signed.warrant import Role, Warrant

BEGINS = 1_767_225_600  # 2026-01-01T00:00:00Z
ISSUED = BEGINS + 1000
EXPIRES = BEGINS + 100_000
ENDS = BEGINS + 1_000_000
NOW = Instant(ms=1, earliest=ISSUED + 10, latest=ISSUED + 12, source="test")
GATE = "gate-1"


def raw(key: Ed25519PrivateKey) -> bytes:
    """Return the raw public half."""
    return key.public_key().public_bytes_raw()


@dataclass
class Office:
    """Keys that live as long as one test."""

    root: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    keys: dict[Role, Ed25519PrivateKey] = field(
        default_factory=lambda: {role: Ed25519PrivateKey.generate() for role in Role}
    )

    def __post_init__(self) -> None:
        """Let the root's own role be the root's."""
        self.keys[Role.ROOT] = self.root

    @property
    def root_raw(self) -> bytes:
        """The root as a gate pins it."""
        return raw(self.root)

    def granted(
        self,
        role: Role,
        begins: int = BEGINS,
        ends: int = ENDS,
        holder: str | None = None,
        ops: tuple[str, ...] = (),
        *,
        serial: int = 1,
    ) -> Warrant:
        """What the root would say of a role's key, or of an operator's."""
        return Warrant(role, raw(self.keys[role]), begins, ends, serial, self.root_raw, holder, ops)

    def warrant(
        self,
        role: Role,
        begins: int = BEGINS,
        ends: int = ENDS,
        holder: str | None = None,
        ops: tuple[str, ...] = (),
        *,
        serial: int = 1,
    ) -> bytes:
        """The root's signed word for it."""
        return warrant.issue(self.granted(role, begins, ends, holder, ops, serial=serial), self.root)

    def rotate(self, role: Role) -> Office:
        """The same office after a role has been given another key."""
        return Office(self.root, {**self.keys, role: Ed25519PrivateKey.generate()})

    def seal(
        self,
        kind: Kind = Kind.POLICY,
        body: dict[str, object] | None = None,
        *,
        version: int = 5,
        audience: tuple[str, ...] = ("*",),
        issued: int = ISSUED,
        expires: int = EXPIRES,
        warranted: bytes | None = None,
    ) -> bytes:
        """Seal a sound document."""
        role = ROLE_OF[kind]
        return seal(
            kind,
            {"say": "hello"} if body is None else body,
            version=version,
            audience=audience,
            issued=issued,
            expires=expires,
            signer=self.keys[role],
            signer_warrant=self.warrant(role) if warranted is None else warranted,
        )

    def forge(self, payload: bytes, kind: Kind = Kind.POLICY, role: Role = Role.POLICY) -> bytes:
        """Sign any payload at all with a good key under a good warrant."""
        return cose.sign(payload, self.keys[role], AAD_PREFIX + kind.value.encode(), {WARRANT: self.warrant(role)})


def payload(**changes: object) -> bytes:
    """Write a sound policy payload with some members changed; `...` leaves one out."""
    members: dict[str, object] = {
        "kind": "policy",
        "version": 5,
        "audience": ["*"],
        "issued": "2026-01-01T00:16:40Z",
        "expires": "2026-01-02T03:46:40Z",
        "body": {"say": "hello"},
    }
    members |= changes
    return strict_json.render({name: value for name, value in members.items() if value is not ...})
