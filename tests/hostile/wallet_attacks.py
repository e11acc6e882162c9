"""Codes of a wallet that must not open: each fault of structure, pass, key and proof, with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from firmware.events import Reason
from firmware.passes import confirmation, gp1, presented
from firmware.signed import base45, cbor, cose
from firmware.signed.times import LATEST
from tests.hostile.attack import Attack
from tests.issuing import HOLDER, NOON, STAFF, Issuer

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER = Issuer()
TRUST = ISSUER.trust()
SHOWN = ISSUER.shown()
OTHER = ec.derive_private_key(7, ec.SECP256R1())
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256."""


def inner(code: bytes) -> bytes:
    """Return the signed message of a bearer's code."""
    return base45.decode(code.removeprefix(b"GP1:")) or b""


PACKED = inner(ISSUER.code(STAFF))
CLAIMS: dict[object, object] = {3: "lobby", 6: NOON, -65543: PACKED}
HEADER = cbor.encode({1: -7})


def signed(
    claims: object = CLAIMS,
    key: ec.EllipticCurvePrivateKey = HOLDER,
    aad: bytes = presented.AAD,
    *,
    header: bytes = HEADER,
    payload: bytes | None = None,
) -> list[object]:
    """Sign anything as a wallet would and return the four parts."""
    payload = cbor2.dumps(claims, canonical=True) if payload is None else payload
    message = cbor2.dumps(["Signature1", header, aad, payload], canonical=True)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return [header, {}, payload, r.to_bytes(32, "big") + s.to_bytes(32, "big")]


def code_of(parts: object) -> bytes:
    """Write any structure as a code."""
    return b"GR1:" + base45.encode(cbor2.dumps(parts)).encode()


def with_claims(**changes: object) -> bytes:
    """Write a presentation that the holder signed with some claims changed; None takes one away."""
    names: dict[str, object] = {"group": 3, "at": 6, "packed": -65543, "more": 99, "text": "iat"}
    changed = CLAIMS | {names[name]: value for name, value in changes.items()}
    return code_of(signed({label: value for label, value in changed.items() if value is not None}))


def cnf(key: object) -> bytes:
    """Issue a pass whose confirmation claim is this, in a presentation that its holder signed."""
    claims = {**cbor2.loads(cbor2.loads(PACKED)[2]), 8: key}
    packed = cose.sign(cbor2.dumps(claims, canonical=True), ISSUER.key, gp1.AAD)
    return code_of(signed(CLAIMS | {-65543: packed}))


def twice_cnf() -> bytes:
    """Issue a pass that has its confirmation claim twice."""
    payload = cbor2.loads(PACKED)[2]
    doubled = bytes([payload[0] + 1]) + payload[1:] + b"\x08\xa0"
    return code_of(signed(CLAIMS | {-65543: cose.sign(doubled, ISSUER.key, gp1.AAD)}))


POINT = confirmation.point_of(HOLDER.public_key())
KEY = {1: 2, -1: 1, -2: POINT[1:], -3: POINT[0] == 3}
PARTS = signed()
SIGNATURE = bytes(PARTS[3])  # type: ignore[call-overload]
DER = HOLDER.sign(cbor2.dumps(["Signature1", HEADER, presented.AAD, PARTS[2]]), ec.ECDSA(hashes.SHA256()))
BROKEN: dict[str, tuple[bytes, Reason]] = {
    "empty": (b"GR1:", Reason.BAD_CBOR),
    "too long": (b"GR1:" + b"0" * 2560, Reason.TOO_LONG),
    "lower case": (SHOWN.lower(), Reason.UNKNOWN_FORMAT),
    "one letter more": (SHOWN + b"A", Reason.BAD_ENCODING),
    "a pass under this prefix": (SHOWN[:4] + ISSUER.code(STAFF)[4:], Reason.BAD_HEADER),
    "a presentation under the other prefix": (b"GP1:" + SHOWN[4:], Reason.BAD_HEADER),
    "trailing byte": (b"GR1:" + base45.encode(cbor2.dumps(PARTS) + b"\0").encode(), Reason.BAD_CBOR),
    "tag of the structure": (code_of(cbor2.CBORTag(18, PARTS)), Reason.BAD_CBOR),
    "too deep": (b"GR1:" + base45.encode(b"\x81" * 500 + b"\0").encode(), Reason.BAD_CBOR),
    "three parts": (code_of(PARTS[:3]), Reason.BAD_COSE),
    "payload detached": (code_of([HEADER, {}, None, SIGNATURE]), Reason.BAD_COSE),
    "DER signature": (code_of([*PARTS[:3], DER]), Reason.BAD_COSE),
    "r without s": (code_of([*PARTS[:3], SIGNATURE[:32]]), Reason.BAD_COSE),
    "truncated s": (code_of([*PARTS[:3], SIGNATURE[:63]]), Reason.BAD_COSE),
    "algorithm unprotected": (code_of([b"", {1: -7}, *PARTS[2:]]), Reason.BAD_HEADER),
    "anything unprotected": (code_of([HEADER, {4: b"1"}, *PARTS[2:]]), Reason.BAD_HEADER),
    "another algorithm": (code_of(signed(header=cbor.encode({1: -8}))), Reason.BAD_HEADER),
    "ES384 over P-256": (code_of(signed(header=cbor.encode({1: -35}))), Reason.BAD_HEADER),
    "a key id": (code_of(signed(header=cbor.encode({1: -7, 4: b"12345678"}))), Reason.BAD_HEADER),
    "crit": (code_of(signed(header=cbor.encode({1: -7, 2: [1]}))), Reason.BAD_HEADER),
    "another key than the pass's": (code_of(signed(key=OTHER)), Reason.BAD_PROOF),
    "signed for another purpose": (code_of(signed(aad=gp1.AAD)), Reason.BAD_PROOF),
    "signature of zeros": (code_of([*PARTS[:3], bytes(64)]), Reason.BAD_PROOF),
    "signature of the order": (code_of([*PARTS[:3], ORDER.to_bytes(32, "big") * 2]), Reason.BAD_PROOF),
    "s beyond the order": (code_of([*PARTS[:3], SIGNATURE[:32] + b"\xff" * 32]), Reason.BAD_PROOF),
    "another second under the old signature": (
        code_of([HEADER, {}, cbor2.dumps(CLAIMS | {6: NOON + 1}, canonical=True), SIGNATURE]),
        Reason.BAD_PROOF,
    ),
    "another pass's proof": (
        code_of(
            [
                HEADER,
                {},
                cbor2.dumps(CLAIMS | {-65543: inner(ISSUER.code(STAFF, entries=1))}, canonical=True),
                SIGNATURE,
            ]
        ),
        Reason.BAD_PROOF,
    ),
    "a bearer's pass wrapped": (with_claims(packed=inner(ISSUER.code())), Reason.BAD_PROOF),
    "a float second": (with_claims(at=float(NOON)), Reason.BAD_PROOF),
    "a second as text": (with_claims(at=str(NOON)), Reason.BAD_PROOF),
    "a second that is true": (with_claims(at=True), Reason.BAD_PROOF),
    "a negative second": (with_claims(at=-1), Reason.BAD_PROOF),
    "a second beyond year 9999": (with_claims(at=LATEST + 1), Reason.BAD_PROOF),
    "no second": (with_claims(at=None), Reason.BAD_PROOF),
    "no group": (with_claims(group=None), Reason.BAD_PROOF),
    "a group in capitals": (with_claims(group="Lobby"), Reason.BAD_PROOF),
    "a group with a newline": (with_claims(group="lobby\n"), Reason.BAD_PROOF),
    "groups in a list": (with_claims(group=["lobby"]), Reason.BAD_PROOF),
    "no pass": (with_claims(packed=None), Reason.BAD_PROOF),
    "a pass as text": (with_claims(packed=ISSUER.code(STAFF).decode()), Reason.BAD_PROOF),
    "a claim more": (with_claims(more=1), Reason.BAD_PROOF),
    "a claim by name": (with_claims(text=NOON), Reason.BAD_PROOF),
    "payload is no map": (code_of(signed([NOON])), Reason.BAD_PROOF),
    "payload is no CBOR": (code_of(signed(payload=b"\xff")), Reason.BAD_PROOF),
    "the second twice": (code_of(signed(payload=b"\xa2\x06\x01\x06\x02")), Reason.BAD_PROOF),
    "a presentation in a presentation": (with_claims(packed=cbor2.dumps(PARTS)), Reason.BAD_HEADER),
    "half a pass": (with_claims(packed=PACKED[:-1]), Reason.BAD_CBOR),
    "a stranger's pass": (with_claims(packed=inner(Issuer().code(STAFF))), Reason.UNKNOWN_KEY),
    "a forged pass": (
        with_claims(packed=cbor2.dumps([*cbor2.loads(PACKED)[:3], bytes(64)], canonical=True)),
        Reason.BAD_SIGNATURE,
    ),
    "a key of another curve": (cnf({1: KEY | {-1: 2}}), Reason.BAD_CLAIMS),
    "a key of another kind": (cnf({1: KEY | {1: 1}}), Reason.BAD_CLAIMS),
    "a curve that is true": (cnf({1: KEY | {-1: True}}), Reason.BAD_CLAIMS),
    "a point on no curve": (cnf({1: KEY | {-2: b"\0" * 31 + b"\x07"}}), Reason.BAD_CLAIMS),
    "x of 31 bytes": (cnf({1: KEY | {-2: POINT[1:32]}}), Reason.BAD_CLAIMS),
    "x beyond the field": (cnf({1: KEY | {-2: b"\xff" * 32}}), Reason.BAD_CLAIMS),
    "y at full length": (cnf({1: KEY | {-3: b"\1" * 32}}), Reason.BAD_CLAIMS),
    "y as a number": (cnf({1: KEY | {-3: 1}}), Reason.BAD_CLAIMS),
    "a private key": (cnf({1: KEY | {-4: b"\1" * 32}}), Reason.BAD_CLAIMS),
    "a key by its id": (cnf({3: b"12345678"}), Reason.BAD_CLAIMS),
    "a key and its id": (cnf({1: KEY, 3: b"12345678"}), Reason.BAD_CLAIMS),
    "no confirmation method": (cnf({}), Reason.BAD_CLAIMS),
    "confirmation is bytes": (cnf(POINT), Reason.BAD_CLAIMS),
    "confirmation is null": (cnf(None), Reason.BAD_CLAIMS),
    "confirmation twice": (twice_cnf(), Reason.BAD_CLAIMS),
}


def attacks() -> Iterator[Attack]:
    """List them, before a gate that trusts the issuer of the good ones."""
    for name, (code, reason) in BROKEN.items():
        yield Attack(f"wallet: {name}", [code], TRUST, reason)
