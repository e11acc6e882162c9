"""What a decoder would spend long on never reaches one: too many items, and keys that can be made to collide."""

from __future__ import annotations

import cbor2
import pytest

from firmware.signed import cbor, cbor_foreign
from firmware.signed.cbor import Malformed
from firmware.signed.cbor_walk import MAX_ITEMS, sound

LIST_KEYS = {
    "a list": "a1810101",
    "a map": "a1a101020a",
    "a tagged number": "a1c00101",
    "a truth": "a1f501",
    "a float": "a1f93c0001",
    "nothing": "a1f601",
    "a list further down": "81a101a1810101",
    "a list as the second key": "a2010181010a",
}


@pytest.mark.parametrize("name", LIST_KEYS)
def test_a_key_is_a_number_bytes_or_text(name: str) -> None:
    """Python gives all lists of -1 and -2 of one length the same hash, so nobody may have lists for keys."""
    assert not sound(bytes.fromhex(LIST_KEYS[name]), tags=(0,))


@pytest.mark.parametrize("data", ["a1010a", "a1018102", "a120a0", "a1410a80", "a1616181a0", "a101c00a"])
def test_a_value_is_anything(data: str) -> None:
    """Only what stands before a value is a key."""
    assert sound(bytes.fromhex(data), tags=(0,))


def test_lists_as_keys_would_all_fall_together() -> None:
    """What the walk keeps from the decoder is real: this is one bucket of a hash table."""
    keys = {hash(tuple(-1 - (number >> bit & 1) for bit in range(8))) for number in range(256)}
    assert len(keys) == 1


def test_items_are_bounded_and_each_counts() -> None:
    """As many as are allowed pass, one more does not: in a list, in a map, or in lists of lists."""
    most = cbor2.dumps([0] * (MAX_ITEMS - 1))
    assert sound(most)
    assert not sound(cbor2.dumps([0] * MAX_ITEMS))
    assert not sound(cbor2.dumps(dict.fromkeys(range(MAX_ITEMS // 2), 0)))
    assert not sound(cbor2.dumps([[0]] * (MAX_ITEMS // 2)))
    assert cbor_foreign.decode(most) == [0] * (MAX_ITEMS - 1)
    assert cbor.decode(most) == [0] * (MAX_ITEMS - 1)


def test_no_document_has_more_items_than_are_walked() -> None:
    """A megabyte of empty lists is refused, though it is deterministic to the last byte."""
    assert cbor.decode(cbor2.dumps([[]] * (1 << 19))) is Malformed
