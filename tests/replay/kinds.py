"""Kinds of codes, each known by how it was made: what is wrong with a code is decided here and not asked of a gate."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.passes import gp1
from firmware.signed import base45, cbor, cose

if TYPE_CHECKING:
    import random

    from provisioning.issuing import Desk

HOUR_S: Final = 3600
BLOCKED_IDS: Final = tuple(bytes([number]) * 12 for number in range(1, 5))
"""Pass ids that the policies block."""


@dataclass(slots=True)
class Kinds:
    """Makes codes of one gate's issuer; a few of each that people show again and again, the others new each time."""

    desk: Desk
    chance: random.Random
    _again: list[bytes] = field(default_factory=list)

    def blocked(self) -> list[str]:
        """Name the passes that are to be blocked by their references."""
        key_id = self.desk.entry.key_id
        return [hashlib.sha256(key_id + pass_id).hexdigest()[:32] for pass_id in BLOCKED_IDS]

    def good(self) -> list[tuple[str, bytes]]:
        """Make one code of each kind that a signature holds for."""
        now = int(time.time())
        visitor, staff = self._claims("visitor"), self._claims("staff")
        claims = {
            "visitor": replace(visitor, health_ok_until=now + HOUR_S),
            "visitor-ill": visitor,
            "staff-healthy": replace(staff, health_ok_until=now + 9 * HOUR_S),
            "staff-ill": replace(staff, health_ok_until=now - HOUR_S),
            "contractor": self._claims("contractor"),
            "escort": self._claims("escort"),
            "once": replace(visitor, entries=1, health_ok_until=now + HOUR_S),
            "expired": replace(visitor, expires=now - HOUR_S),
            "early": replace(visitor, not_before=now + HOUR_S),
            "elsewhere": replace(visitor, areas=("vault",)),
            "other-gate": replace(visitor, gates=("gate-9",)),
            "blocked": replace(visitor, pass_id=self.chance.choice(BLOCKED_IDS)),
        }
        made = [(kind, self._signed(one)) for kind, one in claims.items()]
        codes = dict(made)
        self._again = [*self._again, codes["once"], codes["visitor"]][-40:]
        return [*made, ("again", self.chance.choice(self._again)), ("again", self.chance.choice(self._again))]

    def bad(self) -> list[tuple[str, bytes]]:
        """Make one code of each kind that no pass comes of."""
        code = self._signed(self._claims("visitor"))
        packed = base45.decode(code.removeprefix(gp1.PREFIX)) or b""
        forged = bytearray(packed)
        forged[-1] ^= 1
        codes = [
            f"https://example.org/{self.chance.random()}".encode(),
            code[:-1] + b"a",
            self._text(packed[: len(packed) // 2]),
            self._text(cbor.encode([1, 2, 3])),
            self._text(cbor.encode([b"\xa0", {}, b"", b""])),
            self._text(cose.sign(cbor.encode({1: 2}), self.desk.key, gp1.AAD)),
            gp1.PREFIX + b"A" * 3000,
            gp1.encode(self._claims("visitor"), Ed25519PrivateKey.generate()).encode(),
            self._text(bytes(forged)),
            self._signed(self._claims("guest")),
            self._signed(replace(self._claims("visitor"), issued=1)),
        ]
        return [("bad", one) for one in codes]

    def _claims(self, pass_class: str) -> gp1.Claims:
        now = int(time.time())
        return gp1.Claims(secrets.token_bytes(12), pass_class, ("lobby",), now, now - 2 * HOUR_S, now + 8 * HOUR_S)

    def _signed(self, claims: gp1.Claims) -> bytes:
        return gp1.encode(claims, self.desk.key).encode()

    @staticmethod
    def _text(packed: bytes) -> bytes:
        return gp1.PREFIX + base45.encode(packed).encode()
