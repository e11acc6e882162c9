"""Where hostile codes come from: a seeded stream of mutated, re-encoded, re-signed and random codes.

Each case says how it was made. At least half are re-encoded, so that base45 holds and CBOR or claims are reached; a
tenth carry a trusted key's signature over claims of which exactly one is wrong. None may ever be admitted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from firmware.passes import confirmation, gp1, presented
from firmware.signed import base45, cose
from tests.hostile.attacking import Attacking
from tests.hostile.mutating import mangled, mutated
from tests.issuing import HOLDER, NOON, STAFF, VISITOR, Issuer

if TYPE_CHECKING:
    from random import Random

    from firmware.trust.keys import TrustSet
    from tests.hostile.attacking import Families

REENCODED = ("structure", "message-bytes", "payload-bytes", "repacked", "resigned")

POINT = confirmation.point_of(HOLDER.public_key())
_NO_TIME: tuple[object, ...] = (None, math.nan, math.inf, -math.inf, 1.5, True, str(NOON), -1, 2**64, [NOON], b"1")

WRONG: dict[object, tuple[object, ...]] = {
    gp1.EXPIRES: _NO_TIME,
    gp1.NOT_BEFORE: _NO_TIME,
    gp1.ISSUED: _NO_TIME,
    gp1.PASS_ID: (None, b"", b"1", b"1234567", b"1" * 17, b"1" * 64, "12345678", 12345678),
    gp1.PASS_CLASS: (None, "", "Staff", "root", "visitor\n", "x" * 65, 7, b"visitor", ["visitor"]),
    gp1.AREAS: (None, [], "lobby", ["*"], ["vault"], ["lobby", "lobby"], [7], [["lobby"]], ["LOBBY"], {"lobby": 1}),
    gp1.ENTRIES: (0, -1, 1.0, True, "1", 1001, 2**40),
    gp1.GATES: ([], ["gate-2"], "gate-1", [1], ["gate-1"] * 2),
    gp1.ACCESSIBLE: (False, 1, "yes"),
    gp1.HEALTH_OK_UNTIL: (1.5, "soon", -1),
    gp1.CONFIRMATION: (
        {},
        b"\2" * 33,
        {1: {}},
        {1: {1: 2, -1: 1, -2: b"\0" * 32, -3: True}},
        confirmation.write(POINT),
    ),
    1: ("somebody",),
    99: (1,),
    -65600: (0,),
    "exp": (NOON + 60,),
    b"\x04": (NOON + 60,),
}
"""Claims and the values that make a pass bad at the lobby's gate at noon; None takes the claim away."""

ODD: tuple[object, ...] = (None, 0, "", b"", [], {}, {1: -8}, True, 1.5, math.nan, cbor2.CBORTag(18, 0), 2**80, b"\xa0")
"""Values that are no part of a COSE_Sign1 where they are put."""


class Attacker(Attacking):
    """Knows every valid pass and, for the re-signed family, holds a trusted key."""

    def __init__(self, issuer: Issuer, random: Random) -> None:
        """Begin from a few valid passes that differ in what they carry."""
        self._issuer = issuer
        genuine = [
            issuer.code(),
            issuer.code(entries=1, gates=("gate-1",)),
            issuer.code(pass_class="staff", health_ok_until=NOON, accessible=True),
        ]
        self._messages = [base45.decode(code.removeprefix(gp1.PREFIX)) or b"" for code in genuine]
        self._bound = base45.decode(issuer.code(STAFF).removeprefix(gp1.PREFIX)) or b""
        genuine.append(issuer.shown())
        self._shown = base45.decode(genuine[-1].removeprefix(presented.PREFIX)) or b""
        families: Families = (
            (0.08, "random", self._random_bytes),
            (0.05, "random-base45", self._random_base45),
            (0.15, "text", self._mutated_text),
            (0.20, "message-bytes", self._mutated_message),
            (0.15, "payload-bytes", self._mutated_payload),
            (0.15, "structure", self._restructured),
            (0.12, "resigned", self._resigned),
            (0.10, "presented", self._presented),
        )
        super().__init__(random, genuine, families)

    def trust(self) -> TrustSet:
        """Return the list of a gate that trusts the issuer."""
        return self._issuer.trust()

    def _random_bytes(self) -> bytes:
        """Draw anything, with or without a prefix."""
        prefix = self._random.choice((b"", b"GP1:", b"HC1:", b"shc:/", b"GP1"))
        return prefix + self._random.randbytes(self._random.randrange(400))

    def _random_base45(self) -> bytes:
        """Draw bytes and encode them properly."""
        return gp1.PREFIX + base45.encode(self._random.randbytes(self._random.randrange(300))).encode()

    def _mutated_text(self) -> bytes:
        """Change letters of a valid code, cut it, double it, or turn its case."""
        code = self._random.choice(self.genuine)
        if self._random.random() < 0.2:
            return code.swapcase()
        return mangled(code, self._random, base45.ALPHABET + b"az\x00\xff")

    def _mutated_message(self) -> bytes:
        """Change bytes of the signed message and encode it properly again."""
        return self._encoded(bytes(mutated(bytearray(self._random.choice(self._messages)), self._random)))

    def _mutated_payload(self) -> bytes:
        """Change bytes of the payload only, under the old signature."""
        protected, unprotected, payload, signature = cbor2.loads(self._random.choice(self._messages))
        return self._encoded(
            cbor2.dumps([protected, unprotected, bytes(mutated(bytearray(payload), self._random)), signature])
        )

    def _restructured(self) -> bytes:
        """Build a message whose parts are of the wrong kind, number or order."""
        parts: list[object] = list(cbor2.loads(self._random.choice(self._messages)))
        odd = self._random.choice(
            (
                None,
                0,
                -8,
                "",
                b"",
                [],
                {},
                {1: -8},
                True,
                1.5,
                math.nan,
                list(parts),
                cbor2.CBORTag(18, 0),
                2**80,
                b"\xa0",
            )
        )
        match self._random.randrange(4):
            case 0:
                parts[self._random.randrange(4)] = odd
            case 1:
                parts.insert(self._random.randrange(5), odd)
            case 2:
                del parts[self._random.randrange(4)]
            case _:
                header = {1: self._random.choice((-8, -7, -37, 5, None, "EdDSA")), 4: self._random.randbytes(8)}
                parts[0] = cbor2.dumps(header if self._random.random() < 0.5 else header | {2: [4]})
        tagged: object = (
            parts if self._random.random() < 0.7 else cbor2.CBORTag(self._random.choice((16, 61, 98)), parts)
        )
        return self._encoded(cbor2.dumps(tagged))

    def _resigned(self) -> bytes:
        """Sign with a trusted key a pass of which one claim is wrong."""
        claims = dict(cbor2.loads(gp1_payload(VISITOR, self._issuer)))
        label, value = self._wrong_claim()
        if value is None:
            claims.pop(label, None)
        else:
            claims[label] = value
        canonical = self._random.random() < 0.9
        payload = cbor2.dumps(claims, canonical=True)
        if not canonical:
            payload += b"\x00"
        return self._encoded(cose.sign(payload, self._issuer.key, gp1.AAD))

    def _wrong_claim(self) -> tuple[object, object]:
        """Choose one claim and a value that makes the pass bad here and now; None takes the claim away."""
        draw = self._random
        label = draw.choice(list(WRONG))
        if label in (gp1.EXPIRES, gp1.NOT_BEFORE) and draw.random() < 0.3:
            moment = NOON - draw.randrange(3500) if label == gp1.EXPIRES else NOON + 1 + draw.randrange(3500)
            return label, moment
        return label, draw.choice(WRONG[label])

    def _presented(self) -> bytes:
        """Put a presentation together wrong, under the holder's signature or an old one, or show the pass without."""
        draw, holder = self._random, HOLDER
        claims: dict[object, object] = {3: "lobby", 6: NOON, -65543: self._bound}
        match draw.randrange(7):
            case 0:
                return presented.PREFIX + base45.encode(bytes(mutated(bytearray(self._shown), draw))).encode()
            case 1:
                return presented.PREFIX + draw.choice(self.genuine)[4:]
            case 2:
                claims[-65543] = bytes(mutated(bytearray(draw.choice(self._messages)), draw))
            case 3:
                claims[draw.choice((3, 6, -65543, 99))] = draw.choice((*ODD, "roof", "Lobby", NOON + 31, NOON - 31))
            case 4:
                claims[6] = NOON + draw.choice((-1, 1)) * draw.randrange(31, 10**9)
            case 5:
                return gp1.PREFIX + base45.encode(self._bound).encode()
            case _:
                holder = ec.derive_private_key(draw.randrange(1, 2**200), ec.SECP256R1())
        return presented.PREFIX + base45.encode(_shown(claims, holder)).encode()

    def _encoded(self, message: bytes) -> bytes:
        """Write a message as the text of a code."""
        return gp1.PREFIX + base45.encode(message).encode()


def _shown(claims: dict[object, object], holder: ec.EllipticCurvePrivateKey) -> bytes:
    """Sign any claims as the wallet of a holder would."""
    header, payload = cbor2.dumps({1: -7}), cbor2.dumps(claims, canonical=True)
    message = cbor2.dumps(["Signature1", header, presented.AAD, payload])
    r, s = decode_dss_signature(holder.sign(message, ec.ECDSA(hashes.SHA256())))
    return cbor2.dumps([header, {}, payload, r.to_bytes(32, "big") + s.to_bytes(32, "big")])


def gp1_payload(claims: gp1.Claims, issuer: Issuer) -> bytes:
    """Return the bare claims set of a pass."""
    message = base45.decode(issuer.code(claims).removeprefix(gp1.PREFIX)) or b""
    payload: bytes = cbor2.loads(message)[2]
    return payload
