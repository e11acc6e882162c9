"""Where hostile travel seals come from: mutated, re-built and re-signed, from a seeded stream.

Half and more are JSON again after they were changed, so that the signature, the certificate or a claim is reached; a
tenth carry the signature of a signer under a trusted state over a message of which one thing is wrong. None may ever be
admitted.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes import vdsnc
from firmware.signed import strict_json
from tests.cards import DAY_S, TESTED, VACCINATION, Json, State
from tests.hostile.attacking import Attacking
from tests.hostile.mutating import mangled, mutated
from tests.issuing import NOON

if TYPE_CHECKING:
    from random import Random

    from firmware.trust.keys import TrustSet
    from tests.hostile.attacking import Families

ODD: tuple[object, ...] = (None, 0, 1, True, 1.5, "", "x" * 65, [], {}, [[]], 2**60, "\u20ac", [None], {"a": 1})

_NO_PERSON: tuple[object, ...] = (None, "CONTOH", [], {}, {"n": 7}, {"dob": "1990-05-17"})
_NO_EVENTS: tuple[object, ...] = (None, {}, "XM8NQ0", 7)
_NO_DAY: tuple[object, ...] = (None, {}, {"sc": 7}, {"sc": "yesterday"}, "2026-01-04")
_NO_RESULT: tuple[object, ...] = (None, {}, {"tc": "antigen"}, {"tc": 1, "r": 2})

WRONG: tuple[Json, ...] = (
    *(VACCINATION | {"uvci": value} for value in (None, "", 7, "x" * 65, ["ID0001"])),
    *(VACCINATION | {"pid": value} for value in _NO_PERSON),
    *(VACCINATION | {"ve": value} for value in _NO_EVENTS),
    *(TESTED | {"utci": value} for value in (None, "", 7)),
    *(TESTED | {"dat": value} for value in _NO_DAY),
    *(TESTED | {"tr": value} for value in _NO_RESULT),
)
HEADERS: tuple[Json, ...] = (
    {},
    {"is": "IDN", "t": "icao.visa", "v": 1},
    {"is": "IDN", "t": "icao.vacc", "v": 2},
    {"is": "IDN", "t": "icao.vacc", "v": True},
    {"is": "idn", "t": "icao.vacc", "v": 1},
    {"is": "SGP", "t": "icao.vacc", "v": 1},
    {"is": "", "t": "icao.vacc", "v": 1},
    {"is": "IDN", "t": "icao.test", "v": 1},
    {"is": "IDN", "t": "icao.vacc", "v": 1, "x": 1},
)


class SealAttacker(Attacking):
    """Knows valid seals and, for some families, holds the keys of a trusted state's signer."""

    def __init__(self, random: Random) -> None:
        """Begin from a few valid seals."""
        self._state, self._stranger = (State(root=_root(random)) for _ in range(2))
        self._wrong_states = tuple(
            replace(self._state, **change)
            for change in (
                {"purpose": None},
                {"purpose": "2.23.136.1.1.3"},
                {"uses": ("key_agreement",)},
                {"documents": ("NT",)},
                {"signer_country": "SG"},
                {"names_authority": "CSCA 2"},
                {"ends": NOON - 1},
                {"begins": NOON + DAY_S},
                {"begins": NOON - 500 * DAY_S},
            )
        )
        genuine = [self._state.seal(), self._state.seal(TESTED)]
        self._said = {_spelling(seal) for seal in genuine}
        families: Families = (
            (0.08, "random", self._random_text),
            (0.25, "text", self._mutated_text),
            (0.25, "message-bytes", self._changed_value),
            (0.15, "payload-bytes", self._changed_signature),
            (0.15, "structure", self._restructured),
            (0.12, "resigned", self._resigned),
        )
        super().__init__(random, genuine, families)

    def trust(self) -> TrustSet:
        """Return the list of a gate that trusts the state."""
        return self._state.trust()

    def _valid(self, code: bytes) -> bool:
        """Say whether a code says the same as a valid one, whatever its spelling."""
        return _spelling(code) in self._said

    def _seal(self) -> bytes:
        return self._random.choice(self.genuine)

    def _parsed(self) -> dict[str, Json]:
        found: dict[str, Json] = json.loads(self._seal())
        return found

    def _random_text(self) -> bytes:
        """Draw what only begins like a seal."""
        rest = self._random.choice((b"", b"{", b"{}}", b'{},"sig":{}}', b"[" * 500, b'{"a":' * 500, b"NaN}", b"1e999}"))
        return vdsnc.PREFIX + rest + self._random.randbytes(self._random.randrange(200))

    def _mutated_text(self) -> bytes:
        """Change letters of a valid code, cut it, or double it."""
        return mangled(self._seal(), self._random)

    def _changed_value(self) -> bytes:
        """Put an odd value somewhere into the seal, under the old signature."""
        found: object = self._parsed()
        seal = found
        while True:
            match found:
                case dict() if found:
                    key = self._random.choice(sorted(found))
                    if self._random.random() < 0.3 or not isinstance(found[key], (dict, list)):
                        found[key] = self._random.choice(ODD)
                        break
                    found = found[key]
                case [first, *_]:
                    found = first
                case _:
                    break
        return json.dumps(seal, separators=(",", ":")).encode()

    def _changed_signature(self) -> bytes:
        """Change bytes of the signature or of the certificate."""
        seal = self._parsed()
        name = self._random.choice(("sigvl", "cer"))
        raw = bytearray(strict_json.from_base64url(str(seal["sig"][name])) or b"")
        seal["sig"][name] = strict_json.to_base64url(bytes(mutated(raw, self._random)))
        return json.dumps(seal, separators=(",", ":")).encode()

    def _restructured(self) -> bytes:
        """Build a seal with odd parts, of a stranger, or with the certificate of somebody else."""
        match self._random.randrange(4):
            case 0:
                return self._stranger.seal()
            case 1:
                seal = self._parsed()
                seal["sig"]["cer"] = strict_json.to_base64url(self._stranger.certificate())
                return json.dumps(seal, separators=(",", ":")).encode()
            case 2:
                return self._state.seal(VACCINATION, None, alg=self._random.choice(("none", "ES384", "HS256", 7, None)))
            case _:
                return self._random.choice(self._wrong_states).seal()

    def _resigned(self) -> bytes:
        """Sign, as a signer of the trusted state, a seal of which one thing is wrong."""
        if self._random.random() < 0.3:
            return self._state.seal(VACCINATION, self._random.choice(HEADERS))
        wrong = self._random.choice(WRONG)
        return self._state.seal({name: value for name, value in wrong.items() if value is not None})


def _root(random: Random) -> ec.EllipticCurvePrivateKey:
    """Make a key that depends on the seed."""
    return ec.derive_private_key(random.getrandbits(380) + 1, ec.SECP384R1())


def _spelling(code: bytes) -> str | None:
    """Write what a code says in one spelling, whatever its spaces, order and padding; None for no JSON."""
    found = strict_json.parse(code) or {}
    match found:
        case {"sig": dict(sealed)}:
            bare = {name: one.rstrip("=") if isinstance(one, str) else one for name, one in sealed.items()}
            return json.dumps(found | {"sig": bare}, sort_keys=True)
        case _:
            return None
