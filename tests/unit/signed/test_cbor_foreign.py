"""Foreign CBOR may be written in many ways, but it is one item, it ends, and it means one thing."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed.cbor import Malformed
from firmware.signed.cbor_foreign import MAX_BYTES, decode
from firmware.signed.cbor_walk import MAX_DEPTH

TAKEN = {
    "a small number": ("01", 1),
    "a number written wide": ("1b0000000000000001", 1),
    "a map out of order": ("a2020103f5", {2: 1, 3: True}),
    "a map whose keys fall": ("a203010102", {3: 1, 1: 2}),
    "text": ("6161", "a"),
    "null": ("f6", None),
    "half a float": ("f93c00", 1.0),
    "not a number": ("fb7ff8000000000000", None),
}

REFUSED = {
    "nothing": "",
    "two items": "0101",
    "a byte too many": "a1010200",
    "an indefinite map": "bf0102ff",
    "an indefinite list": "9f01ff",
    "an indefinite text": "7f6161ff",
    "indefinite bytes": "5f4101ff",
    "a break alone": "ff",
    "a key twice": "a201010102",
    "a key twice, once written wide": "a20101180102",
    "a true key": "a1f501",
    "a float key": "a1f93c0001",
    "a list as key": "a1810101",
    "text without end": "6261",
    "bytes without end": "5affffffff",
    "a list without end": "9bffffffffffffffff01",
    "a map without a value": "a101",
    "broken UTF-8": "61ff",
    "undefined": "f7",
    "a simple value": "f0",
    "a simple value in two bytes": "f8ff",
    "a reserved length": "1c",
    "a tag": "c06161",
    "a big number": "c24101",
    "a shared value": "d81c01",
    "an unknown tag": "d9ffff01",
    "a tag without content": "c0",
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_unambiguous_is_taken(name: str) -> None:
    """An encoder need not be a deterministic one."""
    data, value = TAKEN[name]
    found = decode(bytes.fromhex(data))
    assert found != found if value is None and name == "not a number" else found == value  # noqa: PLR0124  NaN


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_is_refused(name: str) -> None:
    """Each is malformed, and nothing raises."""
    assert decode(bytes.fromhex(REFUSED[name])) is Malformed


def test_a_named_tag_means_nothing_and_no_other_passes() -> None:
    """The value behind it is answered as it is, wherever it stands."""
    dated = cbor2.dumps({1: [cbor2.CBORTag(0, "2026-01-05T02:00:00Z")]})
    assert decode(dated, tags=(0, 1)) == {1: ["2026-01-05T02:00:00Z"]}
    assert decode(dated, tags=(1,)) is Malformed
    assert decode(dated) is Malformed


def test_depth_and_length_are_bounded() -> None:
    """The last level and the last byte that are allowed pass, one more does not; tags count as levels."""
    assert decode(b"\x81" * MAX_DEPTH + b"\x01") is not Malformed
    assert decode(b"\x81" * (MAX_DEPTH + 1) + b"\x01") is Malformed
    assert decode(b"\xc0" * (MAX_DEPTH + 1) + b"\x01", tags=(0,)) is Malformed
    assert decode(b"\x81" * 50_000 + b"\x01") is Malformed
    assert decode(cbor2.dumps(bytes(MAX_BYTES - 5))) is not Malformed
    assert decode(cbor2.dumps(bytes(MAX_BYTES))) is Malformed


@given(st.binary(max_size=64))
def test_no_bytes_raise(data: bytes) -> None:
    """Any bytes come to a value or to the answer for none."""
    decode(data)
    decode(data, tags=(0, 1))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers(0, 99) | st.text(max_size=4), inner),
    max_leaves=12,
)


@given(VALUES)
def test_every_plain_value_comes_back(value: object) -> None:
    """What an ordinary encoder writes is read as what it was."""
    assert decode(cbor2.dumps(value)) == value
