"""One value has one encoding and one message has one shape; every other is refused with its own word."""

from __future__ import annotations

import math

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import Reason
from firmware.signed import cbor, cose

KEY = Ed25519PrivateKey.generate()
KID = cose.key_id(KEY.public_key().public_bytes_raw())
HEADER = cbor.encode({cose.ALGORITHM: cose.EDDSA, cose.KEY_ID: KID})
SIGNATURE = bytes(cose.SIGNATURE_BYTES)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "1817",  # 23 in two bytes
        "0000",  # a byte more
        "a201020103",  # a key twice
        "a202010102",  # keys out of order
        "9f01ff",  # an indefinite list
        "5f4101ff",  # indefinite bytes
        "a1",  # half a map
        "ff",
        "1c",
        "818181818181818181818100",  # deeper than any document of ours
        "c11a514b67b0",  # a date, which is another type here
        "fb3ff8000000000000",  # a double that fits a half
        "c249010000000000000000",  # a number that needs a tag
        "a1f501",  # a map that answers to 1 with the key true
        "81a1f93c0001",  # the same with the key 1.0
    ],
)
def test_another_encoding_is_malformed(data: str) -> None:
    """Whatever a deterministic encoder would not have written is refused."""
    assert cbor.decode(bytes.fromhex(data)) is cbor.Malformed


def test_more_than_a_document_is_malformed() -> None:
    """Length is bounded before anything is decoded."""
    assert cbor.decode(b"\x5a\x00\x20\x00\x00" + bytes(0x200000)) is cbor.Malformed


WHOLE = st.integers(-(2**64), 2**64 - 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | st.binary(max_size=8) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WHOLE | st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(PLAIN)
def test_a_value_comes_back_as_it_was_written(value: object) -> None:
    """Encoding and decoding are inverse on plain values."""
    assert cbor.decode(cbor.encode(value)) == value


@given(st.binary(max_size=64))
def test_any_bytes_are_taken_or_refused_quietly(data: bytes) -> None:
    """What is decoded has exactly these bytes as its encoding; nothing raises."""
    value = cbor.decode(data)
    assert value is cbor.Malformed or cbor.encode(value) == data
    assert isinstance(cose.parse(data), (cose.Sign1, Reason))


SHAPES: dict[str, tuple[object, Reason]] = {
    "a number": (1, Reason.BAD_COSE),
    "three parts": ([HEADER, {}, b""], Reason.BAD_COSE),
    "five parts": ([HEADER, {}, b"", SIGNATURE, 0], Reason.BAD_COSE),
    "a detached payload": ([HEADER, {}, None, SIGNATURE], Reason.BAD_COSE),
    "a header that is no bytes": ([{}, {}, b"", SIGNATURE], Reason.BAD_COSE),
    "an unprotected list": ([HEADER, [], b"", SIGNATURE], Reason.BAD_COSE),
    "half a signature": ([HEADER, {}, b"", bytes(63)], Reason.BAD_COSE),
    "another tag": (cbor2.CBORTag(98, [HEADER, {}, b"", SIGNATURE]), Reason.BAD_CBOR),
    "an empty header": ([b"", {}, b"", SIGNATURE], Reason.BAD_HEADER),
    "a header that is no map": ([cbor.encode([]), {}, b"", SIGNATURE], Reason.BAD_HEADER),
    "no key id": ([cbor.encode({1: -8}), {}, b"", SIGNATURE], Reason.BAD_HEADER),
    "another algorithm": ([cbor.encode({1: -7, 4: KID}), {}, b"", SIGNATURE], Reason.BAD_HEADER),
    "a short key id": ([cbor.encode({1: -8, 4: KID[:7]}), {}, b"", SIGNATURE], Reason.BAD_HEADER),
    "a key id of text": ([cbor.encode({1: -8, 4: "12345678"}), {}, b"", SIGNATURE], Reason.BAD_HEADER),
    "a header more": ([cbor.encode({1: -8, 4: KID, 2: [1]}), {}, b"", SIGNATURE], Reason.BAD_HEADER),
    "the algorithm twice": ([HEADER, {1: -8}, b"", SIGNATURE], Reason.BAD_HEADER),
    "the key id twice": ([HEADER, {4: KID}, b"", SIGNATURE], Reason.BAD_HEADER),
}


@pytest.mark.parametrize("name", SHAPES)
def test_another_shape_is_refused_by_name(name: str) -> None:
    """Anything but the one shape of COSE_Sign1 is refused, and the word says at which part."""
    value, reason = SHAPES[name]
    assert cose.parse(cbor2.dumps(value, canonical=True)) is reason


def test_a_fraction_is_no_whole_algorithm() -> None:
    """NaN and fractions where a whole number stands are refused like any other header."""
    for number in (math.nan, -8.0, -8.5):
        header = cbor2.dumps({1: number, 4: KID}, canonical=True)
        assert cose.parse(cbor.encode([header, {}, b"", SIGNATURE])) is Reason.BAD_HEADER


@given(st.binary(max_size=64), st.binary(max_size=16))
def test_a_signature_holds_for_its_purpose_only(payload: bytes, purpose: bytes) -> None:
    """What was signed for one purpose verifies for that one and for no other."""
    message = cose.parse(cose.sign(payload, KEY, purpose))
    assert isinstance(message, cose.Sign1)
    assert (message.key_id, message.payload) == (KID, payload)
    assert cose.verify(message, KEY.public_key(), purpose)
    assert not cose.verify(message, KEY.public_key(), purpose + b"x")
    assert not cose.verify(message, Ed25519PrivateKey.generate().public_key(), purpose)


def test_a_message_has_one_spelling() -> None:
    """The tag that COSE allows before a message would be a second spelling of the same pass, so it is refused."""
    assert cose.parse(b"\xd2" + cose.sign(b"payload", KEY, b"purpose")) is Reason.BAD_CBOR
