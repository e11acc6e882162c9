"""Messages of others: taken in every allowed shape, refused by name in every other, believed by the right key alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import Reason
from firmware.signed.cose_foreign import ForeignSign1, parse, signed_by
from firmware.signed.signatures import Algorithm
from tests.certificates import NUMBER, Signer

if TYPE_CHECKING:
    from collections.abc import Callable

PAYLOAD = b"what it says"
SIGNERS: dict[Algorithm, Signer] = {name: Signer.of(name) for name in get_args(Algorithm)}
ES256 = SIGNERS["ES256"]
GOOD = ES256.message(PAYLOAD)
HEADER = cbor2.dumps({1: -7, 4: ES256.key_id})
SIGNATURE = ES256.sign(HEADER, PAYLOAD)


def parsed(data: bytes) -> ForeignSign1:
    """Take apart what must be a message."""
    found = parse(data)
    assert isinstance(found, ForeignSign1), found
    return found


@pytest.mark.parametrize("name", SIGNERS)
def test_each_algorithm_is_believed_by_its_own_key(name: Algorithm) -> None:
    """The key's algorithm must be the message's, and the key must be of its kind."""
    message = parsed(SIGNERS[name].message(PAYLOAD))
    assert (message.algorithm, message.key_id, message.payload) == (name, SIGNERS[name].key_id, PAYLOAD)
    for other, signer in SIGNERS.items():
        assert signed_by(message, other, signer.key.public_key()) is (other == name)
        assert signed_by(message, name, signer.key.public_key()) is (other == name)


def test_what_was_signed_is_covered() -> None:
    """Payload, protected header and purpose are; a signature of another message is none."""
    message, public = parsed(GOOD), ES256.key.public_key()
    assert signed_by(message, "ES256", public)
    assert not signed_by(message, "ES256", public, aad=b"another purpose")
    assert not signed_by(replace(message, payload=b"else"), "ES256", public)
    assert not signed_by(replace(message, protected=cbor2.dumps({4: ES256.key_id, 1: -7})), "ES256", public)


def four(protected: bytes = HEADER, unprotected: object = None, *rest: object) -> bytes:
    """Write four parts without a tag."""
    return cbor2.dumps([protected, unprotected or {}, *(rest or (PAYLOAD, SIGNATURE))])


TAKEN: dict[str, Callable[[], bytes]] = {
    "untagged": lambda: GOOD[1:],
    "tagged as a CWT": lambda: b"\xd8\x3d" + GOOD,
    "a key id that is repeated unprotected": lambda: four(HEADER, {4: b"another"}),
    "something uncritical more": lambda: four(cbor2.dumps({1: -7, 4: ES256.key_id, 33: b"x"})),
    "what is critical is understood": lambda: four(cbor2.dumps({1: -7, 2: [4], 4: ES256.key_id})),
    "a content type": lambda: four(cbor2.dumps({1: -7, 3: 61, 4: ES256.key_id})),
}

REFUSED: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "nothing": (lambda: b"", Reason.BAD_CBOR),
    "a byte too many": (lambda: GOOD + b"\0", Reason.BAD_CBOR),
    "twice": (lambda: GOOD[1:] * 2, Reason.BAD_CBOR),
    "an indefinite list": (lambda: b"\x9f" + four()[1:] + b"\xff", Reason.BAD_CBOR),
    "another tag": (lambda: b"\xd8\x62" + GOOD[1:], Reason.BAD_COSE),
    "a CWT of no COSE": (lambda: b"\xd8\x3d" + GOOD[1:], Reason.BAD_COSE),
    "the tag twice": (lambda: b"\xd2" + GOOD, Reason.BAD_COSE),
    "the tag written wide": (lambda: b"\xd8\x12" + GOOD[1:], Reason.BAD_COSE),
    "self-described CBOR": (lambda: b"\xd9\xd9\xf7" + GOOD, Reason.BAD_COSE),
    "a tag within": (lambda: b"\x84" + b"\xc0" + GOOD[2:], Reason.BAD_CBOR),
    "three parts": (lambda: cbor2.dumps([HEADER, {}, PAYLOAD]), Reason.BAD_COSE),
    "five parts": (lambda: four(HEADER, {}, PAYLOAD, SIGNATURE, b""), Reason.BAD_COSE),
    "a map": (lambda: cbor2.dumps({1: 2}), Reason.BAD_COSE),
    "a detached payload": (lambda: four(HEADER, {}, None, SIGNATURE), Reason.BAD_COSE),
    "a payload of text": (lambda: four(HEADER, {}, "text", SIGNATURE), Reason.BAD_COSE),
    "a header that is a map itself": (lambda: cbor2.dumps([{1: -7}, {}, PAYLOAD, SIGNATURE]), Reason.BAD_COSE),
    "an unprotected header that is none": (lambda: cbor2.dumps([HEADER, [], PAYLOAD, SIGNATURE]), Reason.BAD_COSE),
    "a header that is a list": (lambda: four(cbor2.dumps([1, -7])), Reason.BAD_HEADER),
    "a header that is no CBOR": (lambda: four(b"\xff"), Reason.BAD_HEADER),
    "a header with bytes behind it": (lambda: four(HEADER + b"\0"), Reason.BAD_HEADER),
    "a header with a key twice": (lambda: four(bytes.fromhex("a201260126")), Reason.BAD_HEADER),
    "an indefinite header": (lambda: four(bytes.fromhex("bf0126ff")), Reason.BAD_HEADER),
    "an unknown critical label": (lambda: four(cbor2.dumps({1: -7, 2: [99], 4: b"x", 99: 1})), Reason.BAD_HEADER),
    "a critical label that is missing": (lambda: four(cbor2.dumps({1: -7, 2: [3], 4: b"x"})), Reason.BAD_HEADER),
    "critical and empty": (lambda: four(cbor2.dumps({1: -7, 2: [], 4: b"x"})), Reason.BAD_HEADER),
    "critical and no list": (lambda: four(cbor2.dumps({1: -7, 2: 4, 4: b"x"})), Reason.BAD_HEADER),
    "critical but unprotected": (lambda: four(HEADER, {2: [4]}), Reason.BAD_HEADER),
    "too many headers": (lambda: four(cbor2.dumps({1: -7, **dict.fromkeys(range(100, 116))})), Reason.BAD_HEADER),
    "too many unprotected": (lambda: four(HEADER, dict.fromkeys(range(100, 117))), Reason.BAD_HEADER),
}


@pytest.mark.parametrize("name", TAKEN)
def test_allowed_shapes_are_taken(name: str) -> None:
    """Algorithm and key id come out of the protected header in each."""
    message = parsed(TAKEN[name]())
    assert (message.algorithm, message.key_id) == ("ES256", ES256.key_id)


@pytest.mark.parametrize("name", REFUSED)
def test_other_shapes_are_refused_by_name(name: str) -> None:
    """Each refusal is a reason of the closed list."""
    data, reason = REFUSED[name]
    assert parse(data()) is reason


@pytest.mark.parametrize(
    "header",
    [
        {4: b"x"},
        {1: "ES256", 4: b"x"},
        {1: -999, 4: b"x"},
        {1: 5, 4: b"x"},
        {1: [-7], 4: b"x"},
        {1: NUMBER["ES256"] - 0.0, 4: b"x"},
    ],
    ids=repr,
)
def test_an_algorithm_that_is_not_named_is_none(header: dict[int, object]) -> None:
    """An unknown number, a name in text and nothing at all are no algorithm; what stands unprotected does not help."""
    message = parsed(four(cbor2.dumps(header), {1: -7}))
    assert message.algorithm is None
    assert not signed_by(message, "ES256", ES256.key.public_key())


@pytest.mark.parametrize("header", [{1: -7}, {1: -7, 4: b""}, {1: -7, 4: "x"}, {1: -7, 4: bytes(65)}], ids=repr)
def test_a_key_id_that_is_not_protected_is_none(header: dict[int, object]) -> None:
    """Only bytes of 1 to 64 in the protected header name a key."""
    assert parsed(four(cbor2.dumps(header), {4: ES256.key_id})).key_id is None


@given(st.binary(max_size=80), st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_bytes_raise(data: bytes, at: int, flip: int) -> None:
    """Any bytes, and a good message with any byte changed, are answered; none of them is believed."""
    changed = GOOD[:at] + bytes([GOOD[at] ^ flip]) + GOOD[at + 1 :]
    for one in (data, changed):
        message = parse(one)
        if isinstance(message, ForeignSign1):
            assert not signed_by(message, "ES256", ES256.key.public_key())
