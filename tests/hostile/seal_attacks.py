"""Travel seals that must not open: each fault of text, signature, chain and message, with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.events import Reason
from tests.cards import DAY_S, TESTED, VACCINATION, Json, State
from tests.hostile.attack import Attack

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE = State()
TRUST = STATE.trust()


def _one(**changes: object) -> Json:
    event: Json = {"des": "XM8NQ0", "dis": "RA01.0", "nam": "Comirnaty", "vd": [{"dvc": "2025-06-01", "seq": 1}]}
    return VACCINATION | {"ve": [event | changes]}


def _without(message: Json, name: str) -> Json:
    return {key: value for key, value in message.items() if key != name}


MESSAGES: dict[str, Json] = {
    "no number": _without(VACCINATION, "uvci"),
    "an empty number": VACCINATION | {"uvci": ""},
    "a number too long": VACCINATION | {"uvci": "1" * 65},
    "nobody": _without(VACCINATION, "pid"),
    "somebody without a name": VACCINATION | {"pid": {"dob": "1990-05-17"}},
    "no events": _without(VACCINATION, "ve"),
    "far too many doses": _one(vd=[{"dvc": "2025-06-01", "seq": number} for number in range(1, 34)]),
    "a test of no day": TESTED | {"dat": {"sc": "yesterday"}},
    "a test that says nothing": _without(TESTED, "tr"),
}
HEADERS: dict[str, Json] = {
    "another type": {"is": "IDN", "t": "icao.visa", "v": 1},
    "another version": {"is": "IDN", "t": "icao.vacc", "v": 2},
    "a version that is true": {"is": "IDN", "t": "icao.vacc", "v": True},
    "a version with a fraction": {"is": "IDN", "t": "icao.vacc", "v": 1.0},
    "no state": {"t": "icao.vacc", "v": 1},
    "a state that is none": {"is": "idn", "t": "icao.vacc", "v": 1},
    "more than it may say": {"is": "IDN", "t": "icao.vacc", "v": 1, "x": 1},
}
CHAINS: dict[str, tuple[State, Reason]] = {
    "a signer of an authority that had ended": (
        replace(STATE, authority_ends=STATE.begins - DAY_S),
        Reason.ISSUER_EXPIRED,
    ),
    "a signer older than its authority": (replace(STATE, authority_begins=STATE.begins + 1), Reason.ISSUER_EXPIRED),
    "an authority that signs no certificates": (replace(STATE, authority_uses=("crl_sign",)), Reason.WRONG_USAGE),
    "an authority that is none": (replace(STATE, is_authority=False), Reason.WRONG_USAGE),
    "a signer that may not sign": (replace(STATE, uses=("key_agreement",)), Reason.WRONG_USAGE),
    "a signer of passports": (replace(STATE, purpose="2.23.136.1.1.3"), Reason.WRONG_USAGE),
    "a signer for no purpose": (replace(STATE, purpose=None), Reason.WRONG_USAGE),
    "a signer of tests only": (replace(STATE, documents=("NT",)), Reason.WRONG_USAGE),
    "a signer of another state": (replace(STATE, signer_country="SG"), Reason.WRONG_USAGE),
    "a signer with something that must be understood": (replace(STATE, critical="1.2.3.4"), Reason.WRONG_USAGE),
    "a seal of another state": (replace(STATE, country="SG"), Reason.ISSUER_UNKNOWN),
    "an authority of another name": (replace(STATE, names_authority="CSCA 2"), Reason.ISSUER_UNKNOWN),
}


def _changed(**changes: object) -> bytes:
    return STATE.seal(VACCINATION, None, **changes)


def _edited(old: bytes, new: bytes) -> bytes:
    code = STATE.seal()
    assert old in code
    return code.replace(old, new)


CODES: dict[str, tuple[bytes, Reason]] = {
    "a dose a year earlier": (_edited(b"2025-06-01", b"2024-06-01"), Reason.BAD_SIGNATURE),
    "another holder": (_edited(b"SITI", b"BUDI"), Reason.BAD_SIGNATURE),
    "another algorithm of the same length": (_changed(alg="ES384"), Reason.BAD_SIGNATURE),
    "an algorithm that is not taken": (_changed(alg="RS256"), Reason.BAD_HEADER),
    "no algorithm": (_changed(alg=None), Reason.BAD_HEADER),
    "a certificate that is none": (_changed(cer="AAAA"), Reason.BAD_HEADER),
    "no certificate": (_changed(cer=None), Reason.BAD_ENCODING),
    "a signature that is no base64url": (_changed(sigvl="a+b/"), Reason.BAD_ENCODING),
    "a signature with too much padding": (_changed(sigvl="AAAA===="), Reason.BAD_ENCODING),
    "a signature too short": (_changed(sigvl="AAAA"), Reason.BAD_SIGNATURE),
    "more beside the signature": (_changed(x=1), Reason.BAD_ENCODING),
    "a fraction": (_edited(b'"seq":1', b'"seq":1.5'), Reason.BAD_HEADER),
    "a number beyond all": (_edited(b'"seq":1', b'"seq":9007199254740992'), Reason.BAD_HEADER),
    "nothing where something was": (_edited(b'"seq":1', b'"seq":null'), Reason.BAD_HEADER),
    "a key twice": (_edited(b'"hdr":', b'"msg":{},"hdr":'), Reason.BAD_ENCODING),
    "half a seal": (STATE.seal()[:-20], Reason.BAD_ENCODING),
    "something after it": (STATE.seal() + b"{}", Reason.BAD_ENCODING),
    "a third part": (STATE.seal()[:-1] + b',"more":{}}', Reason.BAD_ENCODING),
    "longer than any seal": (STATE.seal() + b" " * 4096, Reason.TOO_LONG),
    "other JSON": (b'{"ver":1}', Reason.UNKNOWN_FORMAT),
    "spaces before it": (b" " + STATE.seal(), Reason.UNKNOWN_FORMAT),
}


def attacks() -> Iterator[Attack]:
    """Yield every fault, each against a gate that trusts the state."""
    for name, message in MESSAGES.items():
        yield Attack(f"seal: {name}", [STATE.seal(message)], TRUST, Reason.BAD_CLAIMS)
    for name, header in HEADERS.items():
        yield Attack(f"seal: {name}", [STATE.seal(header=header)], TRUST, Reason.BAD_HEADER)
    for name, (state, reason) in CHAINS.items():
        yield Attack(f"chain of a seal: {name}", [state.seal()], state.trust(), reason)
    for name, (code, reason) in CODES.items():
        yield Attack(f"code of a seal: {name}", [code], TRUST, reason)
