"""The pass of our own: what is read, and the reason for everything that is not."""

from __future__ import annotations

import math
from dataclasses import replace

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NEVER, STAGE_OF, Instant, Reason
from firmware.passes import gp1
from firmware.passes.outcome import Pass, Unreadable, Untrusted, validity
from firmware.passes.reading import read, read_first
from firmware.signed import base45, cbor, cose
from firmware.signed.times import LATEST
from firmware.trust.keys import TrustSet
from tests.issuing import AT_NOON, NOON, VISITOR, Issuer

ISSUER = Issuer()
TRUST = ISSUER.trust()
MESSAGE = base45.decode(ISSUER.code().removeprefix(b"GP1:")) or b""
CLAIMS: dict[object, object] = cbor2.loads(cbor2.loads(MESSAGE)[2])


def resigned(payload: bytes, key: Issuer = ISSUER) -> bytes:
    """Sign any payload with a trusted key, as a code."""
    return b"GP1:" + base45.encode(cose.sign(payload, key.key, gp1.AAD)).encode()


def repacked(parts: object) -> bytes:
    """Write any structure as a code."""
    return b"GP1:" + base45.encode(cbor2.dumps(parts)).encode()


def test_a_pass_comes_out_as_it_was_issued() -> None:
    """Every claim survives the way through the code, and the reference is no pass id."""
    claims = replace(VISITOR, gates=("gate-1",), entries=1, health_ok_until=NOON, accessible=True)
    credential = read(ISSUER.code(claims), TRUST)
    assert isinstance(credential, Pass)
    assert (credential.pass_class, credential.areas, credential.gates) == ("visitor", ("lobby",), ("gate-1",))
    assert (credential.entries, credential.health_ok_until, credential.accessible) == (1, NOON, True)
    assert (credential.issued, credential.not_before, credential.expires) == (NOON - 7200, NOON - 3600, NOON + 3600)
    assert len(credential.reference) == 32
    assert claims.pass_id.hex() not in credential.reference


BROKEN_CLAIMS = {
    "no exp": {gp1.EXPIRES: None},
    "no pass id": {gp1.PASS_ID: None},
    "exp is NaN": {gp1.EXPIRES: math.nan},
    "exp is infinite": {gp1.EXPIRES: math.inf},
    "exp is a float": {gp1.EXPIRES: float(NOON + 60)},
    "exp is a bool": {gp1.EXPIRES: True},
    "exp is text": {gp1.EXPIRES: str(NOON + 60)},
    "exp is negative": {gp1.EXPIRES: -1},
    "exp is beyond year 9999": {gp1.EXPIRES: LATEST + 1},
    "exp is a bignum": {gp1.EXPIRES: 2**70},
    "nbf not before exp": {gp1.NOT_BEFORE: NOON + 3600},
    "pass id too short": {gp1.PASS_ID: b"1234567"},
    "pass id too long": {gp1.PASS_ID: b"1" * 17},
    "pass id is text": {gp1.PASS_ID: "12345678"},
    "class in capitals": {gp1.PASS_CLASS: "Staff"},
    "class with a newline": {gp1.PASS_CLASS: "staff\n"},
    "class empty": {gp1.PASS_CLASS: ""},
    "areas empty": {gp1.AREAS: []},
    "areas is text": {gp1.AREAS: "lobby"},
    "an area twice": {gp1.AREAS: ["lobby", "lobby"]},
    "too many areas": {gp1.AREAS: [f"area-{n}" for n in range(17)]},
    "an area is a wildcard": {gp1.AREAS: ["*"]},
    "gates empty": {gp1.GATES: []},
    "entries zero": {gp1.ENTRIES: 0},
    "entries negative": {gp1.ENTRIES: -1},
    "entries a float": {gp1.ENTRIES: 1.0},
    "entries true": {gp1.ENTRIES: True},
    "accessible false": {gp1.ACCESSIBLE: False},
    "accessible 1": {gp1.ACCESSIBLE: 1},
    "health a float": {gp1.HEALTH_OK_UNTIL: 1.5},
    "health null": {gp1.HEALTH_OK_UNTIL: cbor2.undefined},
    "an unknown claim": {99: 1},
    "an issuer claim": {1: "somebody"},
    "a text claim": {"exp": 1},
}


@pytest.mark.parametrize("change", BROKEN_CLAIMS.values(), ids=BROKEN_CLAIMS.keys())
def test_a_trusted_key_cannot_say_what_no_pass_may_say(change: dict[object, object]) -> None:
    """A claim that is missing, unknown, of a wrong type or out of range is refused though the signature holds."""
    claims = {label: value for label, value in (CLAIMS | change).items() if value is not None}
    reading = read(resigned(cbor2.dumps(claims, canonical=True)), TRUST)
    assert reading == Untrusted(Reason.BAD_CLAIMS, "gp1")


PROTECTED = cbor.encode({cose.ALGORITHM: cose.EDDSA, cose.KEY_ID: ISSUER.trusted().key_id})
PARTS = cbor2.loads(MESSAGE)
OTHER_AAD = cose.sign(PARTS[2], ISSUER.key, b"gapura:envelope:1:command")
BROKEN_CODES = {
    "empty": (b"GP1:", Reason.BAD_CBOR),
    "lower case": (ISSUER.code().lower(), Reason.UNKNOWN_FORMAT),
    "half a code": (ISSUER.code()[: len(ISSUER.code()) // 2 - 1], None),
    "one letter more": (ISSUER.code() + b"A", Reason.BAD_ENCODING),
    "a final newline": (ISSUER.code() + b"\n", Reason.BAD_ENCODING),
    "overflowing group": (b"GP1::::", Reason.BAD_ENCODING),
    "too long": (b"GP1:" + b"0" * 4296, Reason.TOO_LONG),
    "longest of all": (b"0" * 7090, Reason.TOO_LONG),
    "trailing byte": (b"GP1:" + base45.encode(MESSAGE + b"\0").encode(), Reason.BAD_CBOR),
    "not an array": (repacked({1: 2}), Reason.BAD_COSE),
    "three parts": (repacked(PARTS[:3]), Reason.BAD_COSE),
    "five parts": (repacked([*PARTS, b""]), Reason.BAD_COSE),
    "payload detached": (repacked([PARTS[0], {}, None, PARTS[3]]), Reason.BAD_COSE),
    "signature short": (repacked([*PARTS[:3], PARTS[3][:63]]), Reason.BAD_COSE),
    "signature long": (repacked([*PARTS[:3], PARTS[3] + b"\0"]), Reason.BAD_COSE),
    "no protected header": (repacked([b"", {1: -8, 4: ISSUER.trusted().key_id}, *PARTS[2:]]), Reason.BAD_HEADER),
    "key id unprotected only": (repacked([cbor.encode({1: -8}), {4: b"12345678"}, *PARTS[2:]]), Reason.BAD_HEADER),
    "key id in both": (repacked([PARTS[0], {4: b"12345678"}, *PARTS[2:]]), Reason.BAD_HEADER),
    "algorithm in both": (repacked([PARTS[0], {1: -7}, *PARTS[2:]]), Reason.BAD_HEADER),
    "anything unprotected": (repacked([PARTS[0], {"x": 1}, *PARTS[2:]]), Reason.BAD_HEADER),
    "crit": (repacked([cbor.encode({1: -8, 2: [4], 4: b"12345678"}), {}, *PARTS[2:]]), Reason.BAD_HEADER),
    "ES256 for an Ed25519 key": (
        repacked([cbor.encode({1: -7, 4: ISSUER.trusted().key_id}), {}, *PARTS[2:]]),
        Reason.BAD_HEADER,
    ),
    "HMAC with the public key": (
        repacked([cbor.encode({1: 5, 4: ISSUER.trusted().key_id}), {}, *PARTS[2:]]),
        Reason.BAD_HEADER,
    ),
    "header map twice the key": (repacked([b"\xa2\x01\x27\x01\x27", {}, *PARTS[2:]]), Reason.BAD_HEADER),
    "wasteful integer": (
        b"GP1:" + base45.encode(MESSAGE.replace(b"\x58\x40", b"\x59\x00\x40")).encode(),
        Reason.BAD_CBOR,
    ),
    "indefinite array": (b"GP1:" + base45.encode(b"\x9f" + MESSAGE[1:] + b"\xff").encode(), Reason.BAD_CBOR),
    "tag of the structure": (b"GP1:" + base45.encode(b"\xd2" + MESSAGE).encode(), Reason.BAD_CBOR),
    "tag of another structure": (repacked(cbor2.CBORTag(98, PARTS)), Reason.BAD_CBOR),
    "tag in a tag": (repacked(cbor2.CBORTag(18, cbor2.CBORTag(18, PARTS))), Reason.BAD_CBOR),
    "too deep": (b"GP1:" + base45.encode(b"\x81" * 500 + b"\x00").encode(), Reason.BAD_CBOR),
    "array of 2**60": (b"GP1:" + base45.encode(b"\x9b\x10" + bytes(7)).encode(), Reason.BAD_CBOR),
    "bytes of 2**60": (b"GP1:" + base45.encode(b"\x5b\x10" + bytes(7)).encode(), Reason.BAD_CBOR),
    "signed for another purpose": (b"GP1:" + base45.encode(OTHER_AAD).encode(), Reason.BAD_SIGNATURE),
    "a stranger's": (Issuer().code(), Reason.UNKNOWN_KEY),
    "a stranger under a trusted key id": (
        repacked([PROTECTED, {}, PARTS[2], Issuer().key.sign(b"whatever")]),
        Reason.BAD_SIGNATURE,
    ),
    "payload is no map": (resigned(b"\x01"), Reason.BAD_CLAIMS),
    "payload is no CBOR": (resigned(b"\xff"), Reason.BAD_CLAIMS),
    "payload has the same claim twice": (resigned(b"\xa2\x04\x01\x04\x02"), Reason.BAD_CLAIMS),
    "a poster": (b"https://example.org/menu", Reason.UNKNOWN_FORMAT),
    "a health pass": (b"HC1:NCFOXN", Reason.BAD_COMPRESSION),
    "nothing": (b"", Reason.NO_CODE),
}


@pytest.mark.parametrize(("code", "reason"), BROKEN_CODES.values(), ids=BROKEN_CODES.keys())
def test_every_way_to_be_wrong_has_its_reason(code: bytes, reason: Reason | None) -> None:
    """Each malformed or forged code is refused, and for the reason the table names."""
    reading = read(code, TRUST)
    assert isinstance(reading, Unreadable | Untrusted)
    assert reason is None or reading.reason is reason


def test_a_trusted_key_may_only_issue_its_classes() -> None:
    """A key that may issue visitors' passes cannot make somebody staff."""
    desk = Issuer(classes=frozenset({"visitor"}))
    assert read(desk.code(pass_class="staff"), desk.trust()) == Untrusted(Reason.WRONG_USAGE, "gp1")


def test_a_pass_issued_outside_its_keys_life_is_refused() -> None:
    """A key is good from its first second up to, not including, its last."""
    for not_before, not_after, good in ((100, 200, True), (101, 200, False), (0, 100, False), (0, 101, True)):
        trust = TrustSet(keys=(ISSUER.trusted(not_before=not_before, not_after=not_after),), expires=NEVER)
        reading = read(ISSUER.code(issued=100), trust)
        assert isinstance(reading, Pass) is good
        assert good or reading == Untrusted(Reason.ISSUER_EXPIRED, "gp1")


def test_all_keys_with_a_key_id_are_tried() -> None:
    """Two keys may share a short id; the one that signed is found whichever stands first."""
    other = replace(Issuer().trusted(), key_id=ISSUER.trusted().key_id)
    for keys in ((other, ISSUER.trusted()), (ISSUER.trusted(), other)):
        assert isinstance(read(ISSUER.code(), TrustSet(keys=keys, expires=NEVER)), Pass)


def test_without_a_trust_list_nothing_is_believed() -> None:
    """An empty list and a refused test key each have their own reason."""
    assert read(ISSUER.code(), TrustSet()) == Untrusted(Reason.NO_TRUST, "gp1")
    refused = TrustSet(refused_ids=frozenset({ISSUER.trusted().key_id}))
    assert read(ISSUER.code(), refused) == Untrusted(Reason.TEST_KEY, "gp1")
    named_alike = replace(ISSUER.trust(), refused_ids=refused.refused_ids)
    assert isinstance(read(ISSUER.code(), named_alike), Pass)


VALIDITY = [
    (NOON - 3601, NOON - 3601, Reason.NOT_YET_VALID),
    (NOON - 3600, NOON - 3600, None),
    (NOON + 3599, NOON + 3599, None),
    (NOON + 3600, NOON + 3600, Reason.EXPIRED),
    (NOON - 3601, NOON - 3600, Reason.CLOCK_UNTRUSTED),
    (NOON + 3599, NOON + 3600, Reason.CLOCK_UNTRUSTED),
    (0, NEVER, Reason.CLOCK_UNTRUSTED),
]


@pytest.mark.parametrize(("earliest", "latest", "reason"), VALIDITY)
def test_validity_is_judged_on_the_whole_interval(earliest: int, latest: int, reason: Reason | None) -> None:
    """A pass is valid only if it is valid at every instant the clock allows."""
    credential = read(ISSUER.code(), TRUST)
    assert isinstance(credential, Pass)
    assert validity(credential, Instant(0, earliest, latest)) is reason


def test_a_trust_list_that_ran_out_vouches_for_nobody() -> None:
    """At the second at which the list expires its issuers' passes are no longer valid."""
    for expires, reason in ((NOON, Reason.TRUST_EXPIRED), (NOON + 1, None)):
        credential = read(ISSUER.code(), ISSUER.trust(expires=expires))
        assert isinstance(credential, Pass)
        assert validity(credential, AT_NOON) is reason


def test_of_several_codes_the_first_verified_one_counts() -> None:
    """A poster beside the pass does not get in its way; without any pass the first code's reason stands."""
    assert read_first([b"poster", ISSUER.code(), ISSUER.code(pass_class="staff")], TRUST)[0] == 1
    assert read_first([b"poster", b"GP1:"], TRUST) == (0, Unreadable(Reason.UNKNOWN_FORMAT))
    assert read_first([], TRUST) == (0, Unreadable(Reason.NO_CODE))


@given(st.binary(max_size=400))
def test_base45_is_one_to_one(data: bytes) -> None:
    """Any bytes survive, and no other text decodes to them."""
    text = base45.encode(data).encode()
    assert base45.decode(text) == data
    assert base45.decode(text.lower()) in ({data} if text == text.lower() else {None})


@given(st.binary(max_size=60).map(lambda text: b"GP1:" + text))
def test_no_bytes_raise(code: bytes) -> None:
    """Whatever stands behind the prefix is a refusal with a stage, never an exception."""
    reading = read(code, TRUST)
    assert isinstance(reading, Unreadable | Untrusted)
    assert reading.reason in STAGE_OF


def test_every_reason_has_a_stage() -> None:
    """The table of stages is total."""
    assert set(STAGE_OF) == set(Reason)
