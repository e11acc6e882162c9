"""Where hostile SMART Health Cards come from: mutated, re-encoded, re-packed and re-signed, from a seeded stream.

Half and more are re-encoded, so that the digits hold and the token or what it carries is reached; a tenth carry a
trusted key's signature over claims of which exactly one is wrong. None may ever be admitted.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes import shc, shc_codes
from firmware.signed import strict_json
from tests.cards import DAY_S, ISSUER_URL, PATIENT, CardIssuer, Json, bundle, deflated, payload
from tests.hostile.attacking import Attacking
from tests.hostile.mutating import mangled, mutated
from tests.issuing import NOON

if TYPE_CHECKING:
    from random import Random

    from firmware.trust.keys import TrustSet
    from tests.hostile.attacking import Families

_NO_TIME: tuple[object, ...] = ("2026-01-01", True, None, -1, [NOON], {}, NOON * 1000, 10**30, math.nan, math.inf)
_NO_BUNDLE: tuple[object, ...] = ([], "Bundle", PATIENT, bundle(PATIENT, PATIENT), bundle(*[PATIENT] * 200), {})

WRONG: dict[str, tuple[object, ...]] = {
    "iss": (
        None,
        "",
        7,
        [ISSUER_URL],
        "http" + ISSUER_URL[5:],
        ISSUER_URL + "/",
        ISSUER_URL + "2",
        "https://other.example",
    ),
    "nbf": (*_NO_TIME, NOON + 1, NOON + DAY_S),
    "exp": (*(value for value in _NO_TIME if value is not None), NOON, NOON - 1, NOON - 2 * DAY_S),
    "vc": (None, [], "vc", {}, {"type": [shc.CARD_TYPE]}),
    "type": ([], shc.CARD_TYPE, ["https://smarthealth.cards#covid19"], {shc.CARD_TYPE: 1}, [[shc.CARD_TYPE]], None),
    "rid": ("", "a" * 25, "a.b", 7, ["abc"], "abc=", "ab c"),
    "bundle": _NO_BUNDLE,
}
"""Claims and the values that make a card bad at the lobby's gate at noon; None takes the claim away."""

HEADERS: tuple[Json, ...] = (
    {},
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "ES384"},
    {"alg": "es256"},
    {"alg": ["ES256"]},
    {"zip": "GZ"},
    {"zip": None},
    {"kid": 7},
    {"kid": ""},
    {"kid": "a+b/"},
    {"crit": ["exp"]},
    {"crit": []},
)


class CardAttacker(Attacking):
    """Knows valid cards and, for some families, holds a trusted key."""

    def __init__(self, random: Random) -> None:
        """Begin from a few valid cards."""
        self._issuer, self._stranger = (_issuer(random) for _ in range(2))
        self._tokens = [
            self._issuer.token(),
            self._issuer.token(payload(exp=NOON + DAY_S)),
            self._issuer.token(payload(nbf=NOON - 0.5)),
        ]
        genuine = [shc_codes.codes_of(token)[0] for token in self._tokens]
        families: Families = (
            (0.08, "random", self._random_digits),
            (0.20, "text", self._mutated_text),
            (0.22, "message-bytes", self._mutated_token),
            (0.15, "payload-bytes", self._mutated_payload),
            (0.15, "structure", self._restructured),
            (0.08, "repacked", self._repacked),
            (0.12, "resigned", self._resigned),
        )
        super().__init__(random, genuine, families)

    def trust(self) -> TrustSet:
        """Return the list of a gate that trusts the issuer."""
        return self._issuer.trust()

    def _token(self) -> str:
        return self._random.choice(self._tokens)

    def _random_digits(self) -> bytes:
        """Draw digits, with or without the head of a chunk."""
        head = self._random.choice((b"", b"1/2/", b"2/2/", b"1/1/", b"33/33/", b"0/0/", b"1/2/3/"))
        digits = "".join(self._random.choices("0123456789", k=self._random.randrange(600)))
        prefix = self._random.choice((shc.PREFIX, shc.PREFIX, b"shc:", b"SHC:/", b"shl:/"))
        return prefix + head + digits.encode()

    def _mutated_text(self) -> bytes:
        """Change letters of a valid code, cut it, or double it."""
        return mangled(shc_codes.codes_of(self._token())[0], self._random, b"0123456789/a\x00\xff")

    def _mutated_token(self) -> bytes:
        """Change letters of a token and write it as digits again."""
        letters = list(self._token())
        for _ in range(self._random.randrange(1, 5)):
            at = self._random.randrange(len(letters))
            letters[at] = chr(self._random.randrange(ord("-"), ord("z") + 1))
        return _code("".join(letters))

    def _mutated_payload(self) -> bytes:
        """Change the payload only, under the old signature."""
        front, packed, signature = self._token().split(".")
        changed = mutated(bytearray(strict_json.from_base64url(packed) or b""), self._random)
        return _code(f"{front}.{strict_json.to_base64url(bytes(changed))}.{signature}")

    def _restructured(self) -> bytes:
        """Build a token with an odd header, odd parts, or a signature of somebody else."""
        packed = deflated(json.dumps(payload()).encode())
        kid = strict_json.to_base64url(self._issuer.key_id)
        sound: Json = {"zip": "DEF", "alg": "ES256", "kid": kid}
        match self._random.randrange(4):
            case 0:
                parts = self._token().split(".")
                self._random.shuffle(parts)
                return _code(".".join(parts[: self._random.randrange(1, 4)]) + "." * self._random.randrange(3))
            case 1:
                return _code(self._stranger.sign(packed, sound))
            case 2:
                return _code(self._token().rpartition(".")[0] + ".")
            case _:
                odd = self._random.choice(HEADERS)
                return _code(self._issuer.sign(packed, sound | odd if odd else odd))

    def _repacked(self) -> bytes:
        """Sign with a trusted key what does not unfold to one JSON object."""
        packed = deflated(json.dumps(payload()).encode())
        match self._random.randrange(4):
            case 0:
                packed = packed[: self._random.randrange(len(packed))]
            case 1:
                packed += self._random.randbytes(self._random.randrange(1, 9))
            case 2:
                packed = deflated(self._random.choice((b" " * 70_000, b"[]", b"null", b'{"a":1,"a":2}', b"\xff", b"")))
            case _:
                packed = self._random.randbytes(self._random.randrange(1, 200))
        return _code(self._issuer.sign(packed))

    def _resigned(self) -> bytes:
        """Sign with a trusted key a card of which one claim is wrong."""
        claim = self._random.choice(list(WRONG))
        value = self._random.choice(WRONG[claim])
        said = payload(value) if claim == "bundle" else payload()
        match claim, said["vc"]:
            case (("type" | "rid"), dict(credential)):
                said["vc"] = {name: one for name, one in (credential | {claim: value}).items() if one is not None}
            case "bundle", _:
                pass
            case _:
                said = {name: one for name, one in (said | {claim: value}).items() if one is not None}
        return _code(self._issuer.token(said))


def _issuer(random: Random) -> CardIssuer:
    """Make an issuer whose key depends on the seed."""
    return CardIssuer(ec.derive_private_key(random.getrandbits(200) + 1, ec.SECP256R1()))


def _code(token: str) -> bytes:
    """Write a token as one code, whatever its length."""
    return shc_codes.codes_of(token)[0]
