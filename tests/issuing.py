"""What most tests need: a throw-away issuer that the gate trusts, and its passes. Keys live in memory only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.events import NEVER, Instant
from firmware.passes import confirmation, gp1, presented
from firmware.passes.outcome import Presented
from firmware.signed import cose
from firmware.trust.keys import TrustedKey, TrustSet

NOON = 1_767_582_000
"""2026-01-05T03:00:00Z, a Monday, ten in the morning in Jakarta (Unix seconds)."""

AT_NOON = Instant(1000, NOON, NOON, "test")
CLASSES = ("staff", "visitor")


@dataclass(frozen=True)
class Issuer:
    """A key pair and what the gate is told of it."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    classes: frozenset[str] = frozenset(CLASSES)

    def trusted(self, *, not_before: int = 0, not_after: int = NEVER) -> TrustedKey:
        """Return the public half as an entry of a trust list."""
        public = self.key.public_key()
        name = cose.key_id(public.public_bytes_raw())
        return TrustedKey(name, "EdDSA", public, "test", self.classes, not_before, not_after)

    def trust(self, *, expires: int = NEVER) -> TrustSet:
        """Return a trust set of this one key."""
        return TrustSet(keys=(self.trusted(),), version=7, issued=0, expires=expires)

    def code(self, claims: gp1.Claims | None = None, **changes: object) -> bytes:
        """Issue a pass: a visitor's for the lobby, valid an hour each side of noon, unless told otherwise."""
        return gp1.encode(replace(claims or VISITOR, **changes), self.key).encode()  # type: ignore[arg-type]

    def shown(self, at: int = NOON, group: str = "lobby", **changes: object) -> bytes:
        """Issue a staff pass of one holder and present it as their wallet does at a Unix second."""
        code = self.code(STAFF, **changes).decode()
        return presented.present(code, HOLDER, Presented(at, group)).encode()


HOLDER = ec.derive_private_key(20_260_105, ec.SECP256R1())
"""The key in the wallet of the one holder of these tests."""

VISITOR = gp1.Claims(
    pass_id=b"\x01" * 12,
    pass_class="visitor",
    areas=("lobby",),
    issued=NOON - 7200,
    not_before=NOON - 3600,
    expires=NOON + 3600,
)
STAFF = replace(
    VISITOR, pass_id=b"\x02" * 12, pass_class="staff", holder_key=confirmation.point_of(HOLDER.public_key())
)
