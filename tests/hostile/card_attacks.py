"""Health cards that must not open: each fault of a token, of what it carries, and of its codes, with its reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from firmware.events import Reason
from firmware.passes import shc, shc_codes
from firmware.signed import strict_json
from tests.cards import (
    DAY_S,
    ISSUER_URL,
    PATIENT,
    VACCINATED,
    CardIssuer,
    Json,
    bundle,
    deflated,
    payload,
)
from tests.hostile.attack import Attack
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER, STRANGER = CardIssuer(), CardIssuer()
TRUST = ISSUER.trust()
TOKEN = ISSUER.token()
CARD = shc_codes.codes_of(TOKEN, 3)
OTHER = shc_codes.codes_of(ISSUER.token(payload(nbf=7)), 3)


def _header(**changes: object) -> Json:
    said: Json = {"zip": "DEF", "alg": "ES256", "kid": strict_json.to_base64url(ISSUER.key_id)}
    return {name: value for name, value in (said | changes).items() if value is not None}


def _packed(said: Json | None = None) -> bytes:
    return deflated(json.dumps(payload() if said is None else said).encode())


def _vc(**changes: object) -> Json:
    return {"type": [shc.CARD_TYPE], "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": VACCINATED}} | changes


def _der(token: str) -> str:
    """Write the signature of a token as DER."""
    front, _, signature = token.rpartition(".")
    raw = strict_json.from_base64url(signature) or b""
    der = b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
    return f"{front}.{strict_json.to_base64url(der)}"


HEADERS: dict[str, Json] = {
    "another algorithm": _header(alg="ES384"),
    "no signature": _header(alg="none"),
    "the key as a secret": _header(alg="HS256"),
    "no algorithm": _header(alg=None),
    "no key": _header(kid=None),
    "a key id that is none": _header(kid="not base64url!"),
    "not deflated": _header(zip=None),
    "packed otherwise": _header(zip="GZ"),
    "an extension that must be understood": _header(crit=["b64"], b64=False),
}
CLAIMS: dict[str, Json] = {
    "no issuer": payload(iss=None),
    "an issuer that is no address": payload(iss="cards.example"),
    "an address without protection": payload(iss="http://cards.example/issuer"),
    "an address with a slash": payload(iss=ISSUER_URL + "/"),
    "no beginning": payload(nbf=None),
    "a beginning in words": payload(nbf="2026-01-01"),
    "a beginning that is true": payload(nbf=True),
    "a beginning before 1970": payload(nbf=-1),
    "a beginning in milliseconds": payload(nbf=NOON * 1000),
    "an end in milliseconds": payload(exp=NOON * 1000),
    "an end before the beginning": payload(exp=NOON - 2 * DAY_S),
    "an end in words": payload(exp="never"),
    "no credential": payload(vc=None),
    "a credential of another type": payload(vc=_vc(type=["https://smarthealth.cards#immunization"])),
    "types that are no list": payload(vc=_vc(type=shc.CARD_TYPE)),
    "no subject": payload(vc={"type": [shc.CARD_TYPE]}),
    "a revocation id too long": payload(vc=_vc(rid="a" * 25)),
    "a revocation id of other letters": payload(vc=_vc(rid="a.b")),
    "an empty revocation id": payload(vc=_vc(rid="")),
    "a revocation id that is no text": payload(vc=_vc(rid=7)),
    "no bundle": payload([]),
    "something else than a bundle": payload(PATIENT),
    "two people": payload(bundle(PATIENT, PATIENT)),
    "an entry that is none": payload({"resourceType": "Bundle", "entry": ["x"]}),
    "an entry without a resource": payload({"resourceType": "Bundle", "entry": [{}]}),
    "far too many entries": payload(bundle(*[PATIENT] * 129)),
}
TOKENS: dict[str, tuple[str, Reason]] = {
    **{name: (ISSUER.sign(_packed(), header), Reason.BAD_HEADER) for name, header in HEADERS.items()},
    **{name: (ISSUER.token(said), Reason.BAD_CLAIMS) for name, said in CLAIMS.items()},
    "a mark before the text": (
        ISSUER.sign(deflated(b"\xef\xbb\xbf" + json.dumps(payload()).encode())),
        Reason.BAD_CLAIMS,
    ),
    "a key twice": (ISSUER.sign(deflated(b'{"nbf":1,' + json.dumps(payload()).encode()[1:])), Reason.BAD_CLAIMS),
    "with a header of zlib": (ISSUER.sign(b"\x78\x9c" + _packed()), Reason.BAD_COMPRESSION),
    "something after the stream": (ISSUER.sign(_packed() + b"\x00"), Reason.BAD_COMPRESSION),
    "half a stream": (ISSUER.sign(_packed()[:-8]), Reason.BAD_COMPRESSION),
    "a stream that unfolds to far too much": (ISSUER.sign(deflated(b" " * 65_537)), Reason.BAD_COMPRESSION),
    "a stranger's": (STRANGER.token(), Reason.UNKNOWN_KEY),
    "a stranger's in the issuer's name": (STRANGER.sign(_packed(), _header()), Reason.BAD_SIGNATURE),
    "another issuer's by this key": (ISSUER.token(payload(iss="https://other.example")), Reason.UNKNOWN_KEY),
    "two parts": (ISSUER.token().rpartition(".")[0], Reason.BAD_ENCODING),
    "four parts": (ISSUER.token() + ".AAAA", Reason.BAD_ENCODING),
    "no parts": ("..", Reason.BAD_HEADER),
    "a signature with a letter more": (ISSUER.token() + "B", Reason.BAD_ENCODING),
    "a signature with four letters more": (ISSUER.token() + "AAAA", Reason.BAD_SIGNATURE),
    "a signature in DER": (_der(TOKEN), Reason.BAD_SIGNATURE),
}
CODES: dict[str, tuple[list[bytes], Reason]] = {
    "a piece": (CARD[:1], Reason.INCOMPLETE),
    "two of three": (CARD[1:], Reason.INCOMPLETE),
    "pieces of two sets": ([CARD[0], shc_codes.codes_of(TOKEN, 2)[1]], Reason.BAD_ENCODING),
    "two that contradict each other": ([CARD[0], OTHER[0], CARD[1]], Reason.BAD_ENCODING),
    "a piece beyond the last": ([b"shc:/3/2/56"], Reason.BAD_ENCODING),
    "a piece before the first": ([b"shc:/0/2/56"], Reason.BAD_ENCODING),
    "a set of one": ([b"shc:/1/1/56"], Reason.BAD_ENCODING),
    "a set of far too many": ([b"shc:/1/33/56"], Reason.BAD_ENCODING),
    "a number with a nought before it": ([b"shc:/01/2/56"], Reason.BAD_ENCODING),
    "an empty piece": ([b"shc:/1/2/"], Reason.BAD_ENCODING),
    "an odd count of digits": ([b"shc:/1/2/567"], Reason.BAD_ENCODING),
    "a letter beyond the last": ([b"shc:/1/2/78"], Reason.BAD_ENCODING),
    "a letter": ([b"shc:/56a6"], Reason.BAD_ENCODING),
    "a digit of another script": (["shc:/٥٦".encode()], Reason.BAD_ENCODING),
    "nothing": ([b"shc:/"], Reason.BAD_ENCODING),
    "a line's end": ([b"shc:/56\n"], Reason.BAD_ENCODING),
    "a single code too long": ([b"shc:/" + b"56" * 1196], Reason.TOO_LONG),
    "a piece too long": ([b"shc:/1/2/" + b"56" * 1192], Reason.TOO_LONG),
    "two pieces too long": ([b"shc:/%d/2/" % number + b"56" * 1192 for number in (1, 2)], Reason.TOO_LONG),
    "two pieces of which one is no digits": ([b"shc:/1/2/56", b"shc:/2/2/567"], Reason.BAD_ENCODING),
}


def attacks() -> Iterator[Attack]:
    """Yield every fault; a token that is too long for one code is shown as several."""
    for name, (token, reason) in TOKENS.items():
        count = 1 if len(token) <= shc_codes.MAX_LETTERS else 4
        yield Attack(f"card: {name}", shc_codes.codes_of(token, count), TRUST, reason)
    for name, (codes, reason) in CODES.items():
        yield Attack(f"codes of a card: {name}", codes, TRUST, reason)
