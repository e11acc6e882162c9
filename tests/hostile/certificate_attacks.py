"""Health certificates that must not open: each fault of packing, message, signature and claims, with its reason."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.events import Reason
from firmware.signed import base45
from firmware.signed.cose import to_be_signed
from firmware.trust.keys import TrustSet
from tests.certificates import DAY_S, RECOVERY, TEST, VACCINATION, Signer, claims, dcc, packed
from tests.hostile.attack import Attack
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNER, STRANGER = Signer(), Signer()
TRUST = SIGNER.trust(country="XX", usages=frozenset({"vaccination"}))
DOSED = dcc(v=[VACCINATION])
PAYLOAD = cbor2.dumps(claims(DOSED))
HEADER = cbor2.dumps({1: -7, 4: SIGNER.key_id})
SIGNATURE = SIGNER.sign(HEADER, PAYLOAD)
MESSAGE = SIGNER.message(PAYLOAD)


def _four(*parts: object, tag: bytes = b"\xd2") -> bytes:
    """Pack parts as a message, whatever they are."""
    return packed(tag + cbor2.dumps(list(parts)))


def _headed(header: object, unprotected: object = None) -> bytes:
    """Pack a message under another header, signed all the same."""
    protected = header if isinstance(header, bytes) else cbor2.dumps(header)
    return packed(SIGNER.message(PAYLOAD, protected, unprotected))


def _der() -> bytes:
    """Sign as certificates do, in DER."""
    assert isinstance(SIGNER.key, ec.EllipticCurvePrivateKey)
    return SIGNER.key.sign(to_be_signed(HEADER, PAYLOAD, b""), ec.ECDSA(hashes.SHA256()))


def _plain(data: bytes) -> bytes:
    """Write bytes as base45 without compressing them."""
    return b"HC1:" + base45.encode(data).encode("ascii")


def _colliding(keys: int, in_front: int) -> bytes:
    """Write an unprotected header whose keys are lists that Python gives one hash, which costs their square to hold."""
    bits = keys.bit_length()
    rows = ([-1] * in_front + [-1 - (number >> bit & 1) for bit in range(bits)] for number in range(keys))
    return b"\xb9" + keys.to_bytes(2) + b"".join(cbor2.dumps(row) + b"\0" for row in rows)


CODES: tuple[tuple[str, bytes, Reason], ...] = (
    ("of another version", b"HC2:" + packed(MESSAGE)[4:], Reason.UNKNOWN_FORMAT),
    ("in small letters", packed(MESSAGE).lower(), Reason.UNKNOWN_FORMAT),
    ("with a letter of no alphabet", packed(MESSAGE)[:-3] + b"abc", Reason.BAD_ENCODING),
    ("with a line's end", packed(MESSAGE) + b"\n\n", Reason.BAD_ENCODING),
    ("whose group overflows", b"HC1:GGW", Reason.BAD_ENCODING),
    ("not compressed", _plain(MESSAGE), Reason.BAD_COMPRESSION),
    ("compressed without a header", _plain(zlib.compress(MESSAGE)[2:-4]), Reason.BAD_COMPRESSION),
    ("with a wrong checksum", _plain(zlib.compress(MESSAGE)[:-1] + b"\0"), Reason.BAD_COMPRESSION),
    ("compressed and followed", _plain(zlib.compress(MESSAGE) + b"\0"), Reason.BAD_COMPRESSION),
    ("that unfolds without end", packed(bytes(4 << 20)), Reason.BAD_COMPRESSION),
    ("with a byte behind the message", packed(MESSAGE + b"\0"), Reason.BAD_CBOR),
    ("nested without end", packed(b"\x81" * 60_000), Reason.BAD_CBOR),
    ("with keys of one hash", packed(b"\xd2\x84\x40" + _colliding(1023, 40) + b"\x40\x40"), Reason.BAD_CBOR),
    ("of indefinite length", packed(b"\x9f" + MESSAGE[2:] + b"\xff"), Reason.BAD_CBOR),
    ("with a length that lies", packed(b"\x9b" + b"\xff" * 8), Reason.BAD_CBOR),
    ("tagged as a MAC", _four(HEADER, {}, PAYLOAD, SIGNATURE, tag=b"\xd1"), Reason.BAD_COSE),
    ("tagged as signed by many", _four(HEADER, {}, PAYLOAD, [], tag=b"\xd8\x62"), Reason.BAD_COSE),
    ("tagged twice", _four(HEADER, {}, PAYLOAD, SIGNATURE, tag=b"\xd2\xd2"), Reason.BAD_COSE),
    ("without a payload", _four(HEADER, {}, None, SIGNATURE), Reason.BAD_COSE),
    ("of five parts", _four(HEADER, {}, PAYLOAD, SIGNATURE, b""), Reason.BAD_COSE),
    ("with no header", _headed(b""), Reason.BAD_HEADER),
    ("with the algorithm unprotected", _headed({4: SIGNER.key_id}, {1: -7}), Reason.BAD_HEADER),
    ("with the key id unprotected", _headed({1: -7}, {4: SIGNER.key_id}), Reason.BAD_HEADER),
    ("with an algorithm twice", _headed(bytes.fromhex("a30126012604") + b"\x41x"), Reason.BAD_HEADER),
    ("with no algorithm", _headed({1: 0, 4: SIGNER.key_id}), Reason.BAD_HEADER),
    ("with a MAC's algorithm", _headed({1: 5, 4: SIGNER.key_id}), Reason.BAD_HEADER),
    ("with the algorithm in words", _headed({1: "ES256", 4: SIGNER.key_id}), Reason.BAD_HEADER),
    ("with something critical", _headed({1: -7, 2: [33], 4: SIGNER.key_id, 33: b"x"}), Reason.BAD_HEADER),
    ("with something critical unprotected", _headed({1: -7, 4: SIGNER.key_id}, {2: [4]}), Reason.BAD_HEADER),
    ("of a stranger under a trusted id", STRANGER.code(claims(DOSED)), Reason.BAD_SIGNATURE),
    ("signed in DER", _four(HEADER, {}, PAYLOAD, _der()), Reason.BAD_SIGNATURE),
    ("signed with zeros", _four(HEADER, {}, PAYLOAD, bytes(64)), Reason.BAD_SIGNATURE),
    ("signed by half", _four(HEADER, {}, PAYLOAD, SIGNATURE[:32]), Reason.BAD_SIGNATURE),
    ("signed by more", _four(HEADER, {}, PAYLOAD, SIGNATURE + b"\0"), Reason.BAD_SIGNATURE),
    ("of other claims", _four(HEADER, {}, cbor2.dumps(claims(DOSED, exp=NOON)), SIGNATURE), Reason.BAD_SIGNATURE),
    ("for another purpose", _headed({1: -35, 4: SIGNER.key_id}), Reason.BAD_SIGNATURE),
    ("with bytes behind its claims", packed(SIGNER.message(PAYLOAD + b"\0")), Reason.BAD_CLAIMS),
    ("with a claim twice", packed(SIGNER.message(b"\xa5" + PAYLOAD[1:] + b"\x04\x1a\x7f\0\0\0")), Reason.BAD_CLAIMS),
    ("with a big number", SIGNER.code(claims(DOSED, exp=2**70)), Reason.BAD_CLAIMS),
)

CLAIMS: tuple[tuple[str, object], ...] = (
    ("that never ends", claims(DOSED, exp=...)),
    ("that ends at no number", claims(DOSED, exp=math.nan)),
    ("that ends at infinity", claims(DOSED, exp=math.inf)),
    ("that ends beyond the years", claims(DOSED, exp=2**62)),
    ("that began at no time", claims(DOSED, iat=...)),
    ("that begins in words", claims(DOSED, nbf="now")),
    ("that holds nothing", claims(DOSED, hcert={})),
    ("that holds two", claims(DOSED, hcert={1: DOSED, 3: DOSED})),
    ("of an unknown kind", claims(DOSED, 42)),
    ("of another version's schema", claims(DOSED | {"ver": "2.0.0"})),
    ("of nobody", claims(DOSED | {"nam": {}})),
    ("that proves nothing", claims(dcc())),
    ("that proves two kinds", claims(dcc(v=[VACCINATION], r=[RECOVERY]))),
)

OVERREACHING: tuple[tuple[str, object], ...] = (
    ("of another state", claims(DOSED, iss="YY")),
    ("that proves a test", claims(dcc(t=[TEST]))),
    ("that proves a recovery", claims(dcc(r=[RECOVERY]))),
)

LISTS: tuple[tuple[str, TrustSet, Reason], ...] = (
    ("shown where nobody is trusted", TrustSet(), Reason.NO_TRUST),
    ("of an unknown key", SIGNER.trust(key_id=b"another!"), Reason.UNKNOWN_KEY),
    ("of a key for cards", SIGNER.trust(formats=frozenset({"shc"})), Reason.UNKNOWN_KEY),
    ("of a test key", TrustSet(refused_ids=frozenset({SIGNER.key_id})), Reason.TEST_KEY),
    ("of a key for another algorithm", Signer.of("PS256").trust(), Reason.BAD_SIGNATURE),
    ("from before its key", SIGNER.trust(not_before=NOON - DAY_S), Reason.ISSUER_EXPIRED),
    ("from after its key", SIGNER.trust(not_after=NOON - 40 * DAY_S), Reason.ISSUER_EXPIRED),
    ("of a key for no class", SIGNER.trust(classes=frozenset({"staff", "escort"})), Reason.WRONG_USAGE),
)


def attacks() -> Iterator[Attack]:
    """Yield every attack on certificates."""
    for name, code, reason in CODES:
        yield Attack(f"certificate {name}", [code], TRUST, reason)
    for name, value in CLAIMS:
        yield Attack(f"certificate {name}", [SIGNER.code(value)], TRUST, Reason.BAD_CLAIMS)
    for name, value in OVERREACHING:
        yield Attack(f"certificate {name}", [SIGNER.code(value)], TRUST, Reason.WRONG_USAGE)
    for name, trust, reason in LISTS:
        yield Attack(f"certificate {name}", [SIGNER.code(claims(DOSED))], trust, reason)
