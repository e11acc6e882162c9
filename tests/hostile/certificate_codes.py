"""Where hostile health certificates come from: mutated, re-packed and re-signed, from a seeded stream.

More than half are compressed and encoded again after they were changed, so that message, header or claims are reached;
a tenth carry a trusted signer's signature over claims of which one is wrong. None may ever be admitted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes import hcert
from firmware.signed.cose_foreign import ForeignSign1
from tests.certificates import DAY_S, RECOVERY, TEST, VACCINATION, Signer, claims, dcc, packed
from tests.hostile.attacking import Attacking
from tests.hostile.mutating import mangled, mutated
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from firmware.trust.keys import TrustSet
    from tests.hostile.attacking import Families

ODD: tuple[object, ...] = (None, 0, "", b"", [], {}, {1: -7}, True, 1.5, math.nan, cbor2.CBORTag(18, 0), 2**70, b"\xa0")

_NO_TIME: tuple[object, ...] = (..., None, math.nan, math.inf, -math.inf, True, str(NOON), -1, 2**64, [NOON], b"1", {})

DOSED, TESTED = dcc(v=[VACCINATION]), dcc(t=[TEST])


def _claims(name: str, *values: object) -> list[object]:
    """Write claims with one of them wrong, a set for each value."""
    return [claims(DOSED, 1, **{name: value}) for value in values]


def _member(name: str, *values: object) -> list[object]:
    """Write claims around a certificate with one member wrong, a set for each value."""
    return [claims(DOSED | {name: value}) for value in values]


WRONG: tuple[object, ...] = (
    *_claims("exp", *_NO_TIME, NOON - 1),
    *_claims("iat", *_NO_TIME, NOON + 301),
    *_claims("nbf", *_NO_TIME[1:], NOON + 1),
    *_claims("iss", 7, b"XX", "YY", ["XX"]),
    *_claims("hcert", ..., None, {}, [], {1: []}, {1: None}, {0: DOSED}, {"1": DOSED}),
    claims(DOSED, 99),
    claims(DOSED, -6),
    claims(DOSED, hcert={1: DOSED, 3: DOSED}),
    *_member("ver", None, "", "0.9.0", "2.0.0", 1, 1.3),
    *_member("nam", None, {}, [], "Sari", {"fn": 7}, {"fn": ""}, {"fn": "x" * 600}),
    *_member("v", None, {}, [None], [[]], "x", [VACCINATION] * 17),
    *_member("t", {}, [7], [TEST]),
    *_member("r", {}, [b""], [RECOVERY]),
    claims(dcc(v=[VACCINATION], r=[RECOVERY])),
    claims(TESTED),
    claims(dcc(r=[RECOVERY])),
    {},
    [],
    "text",
    None,
)
"""Claims of which one thing is wrong for a signer of vaccinations in XX, at noon."""


class CertificateAttacker(Attacking):
    """Knows valid certificates and, for one family, holds the key of a trusted signer."""

    def __init__(self, random: Random) -> None:
        """Begin from a few valid certificates."""
        self._signer, self._stranger = (Signer(key=_key(random)) for _ in range(2))
        self._unknown = Signer(key_id=b"unknown!", key=self._stranger.key)
        self._claims = [claims(DOSED), claims(DOSED, exp=NOON + DAY_S, nbf=NOON - 9), claims(dcc(v=[VACCINATION] * 2))]
        self._messages = [self._signer.message(cbor2.dumps(one)) for one in self._claims]
        genuine = [packed(message) for message in self._messages]
        self._said = {_spelling(code) for code in genuine}
        families: Families = (
            (0.08, "random", self._random_text),
            (0.20, "text", self._mutated_text),
            (0.25, "message-bytes", self._changed_message),
            (0.20, "payload-bytes", self._changed_payload),
            (0.15, "structure", self._restructured),
            (0.12, "resigned", self._resigned),
        )
        super().__init__(random, genuine, families)

    def trust(self) -> TrustSet:
        """Return the list of a gate that trusts the signer for vaccinations of one state."""
        return self._signer.trust(usages=frozenset({"vaccination"}), country="XX")

    def _valid(self, code: bytes) -> bool:
        """Say whether a code says the same as a valid one, whatever its packing."""
        return _spelling(code) in self._said

    def _message(self) -> bytes:
        return self._random.choice(self._messages)

    def _random_text(self) -> bytes:
        """Draw what only begins like a certificate, at every depth."""
        data = self._random.randbytes(self._random.randrange(200))
        made: tuple[Callable[[], bytes], ...] = (
            lambda: hcert.PREFIX + data,
            lambda: b"HC2:" + data,
            lambda: packed(data),
            lambda: packed(bytes(self._random.randrange(1 << 17))),
        )
        return self._random.choice(made)()

    def _mutated_text(self) -> bytes:
        """Change letters of a valid code, cut it, or double it."""
        return mangled(packed(self._message()), self._random)

    def _changed_message(self) -> bytes:
        """Change bytes of a message and pack it again."""
        return packed(bytes(mutated(bytearray(self._message()), self._random)))

    def _changed_payload(self) -> bytes:
        """Put other claims, or bytes that are none, under a valid signature."""
        protected, unprotected, payload, signature = cbor2.loads(self._message()[1:])
        if self._random.random() < 0.5:
            payload = cbor2.dumps(self._random.choice((*WRONG, claims(DOSED, exp=NOON + 999 * DAY_S))))
        else:
            payload = bytes(mutated(bytearray(payload), self._random))
        return packed(b"\xd2" + cbor2.dumps([protected, unprotected, payload, signature]))

    def _flip(self) -> bool:
        return self._random.random() < 0.5

    def _restructured(self) -> bytes:
        """Build a message with odd parts, of a stranger, or with a header that says something else."""
        payload = cbor2.dumps(self._random.choice(self._claims))
        match self._random.randrange(5):
            case 0:
                return self._random.choice((self._stranger, self._unknown)).code(claims(DOSED))
            case 1:
                parts = list(cbor2.loads(self._message()[1:]))
                parts[self._random.randrange(4)] = self._random.choice(ODD)
                return packed(b"\xd2" + cbor2.dumps(parts))
            case 2:
                header: dict[int, object] = {
                    1: self._random.choice((None, -8, -35, -37, 5, "ES256", 0)),
                    4: self._signer.key_id,
                }
                return packed(self._signer.message(payload, cbor2.dumps(header), {1: -7}))
            case 3:
                header = {1: -7, self._random.choice((2, 5, 4)): self._random.choice(([9], b"", b"unknown!", None))}
                return packed(self._signer.message(payload, cbor2.dumps(header), {4: self._signer.key_id}))
            case _:
                tags = self._random.choice((b"\xd8\x3d", b"\xd8\x62", b"\xd9\xd9\xf7", b"\xd2\xd2", b"\x84", b"\xd0"))
                return packed(tags + self._message()[1 if self._flip() else 0 :])

    def _resigned(self) -> bytes:
        """Sign, as the trusted signer, claims of which one thing is wrong, or bytes that are more than claims."""
        wrong = self._random.choice(WRONG)
        if self._random.random() < 0.2:
            return packed(self._signer.message(cbor2.dumps(claims(DOSED)) + self._random.randbytes(1)))
        return self._signer.code(wrong)


def _key(random: Random) -> ec.EllipticCurvePrivateKey:
    """Make a key that depends on the seed."""
    return ec.derive_private_key(random.getrandbits(250) + 1, ec.SECP256R1())


def _spelling(code: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Name what of a code is signed, and its signature, whatever it is packed in; None for what is no message."""
    found = hcert.unpack(code)
    return (found.protected, found.payload, found.signature) if isinstance(found, ForeignSign1) else None
