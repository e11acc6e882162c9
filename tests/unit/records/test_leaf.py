"""An area's leaf on the wire: what siblings read is what was told, and anything else is none."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import MOST_COUNTED, Direction, Leaf, Move
from firmware.records import leaf as wire

LEAF = Leaf(
    "e1",
    2,
    7,
    40,
    30,
    5,
    2,
    (("gate-2", 3),),
    1,
    -1,
    (Move("0f" * 16, Direction.IN, 9), Move("1e" * 16, Direction.OUT, 8)),
)


def test_what_was_signed_reads_back() -> None:
    """Every field, for the gate and the area that it names; the same leaf is always the same bytes."""
    said = wire.to_be_signed(LEAF, "lobby", "gate-1")
    assert wire.read(said, "lobby", "gate-1") == LEAF
    assert wire.to_be_signed(LEAF, "lobby", "gate-1") == said
    assert wire.read(said, "vault", "gate-1") is None
    assert wire.read(said, "lobby", "gate-2") is None


def test_what_lies_on_the_topic_is_plain_for_whoever_watches() -> None:
    """Numbers beside the signature; the subjects are in what is signed alone, and no capacity where there is none."""
    told = json.loads(wire.payload(LEAF, b"\x01\x02", 100))
    assert (told["in"], told["out"], told["capacity"], told["reserved"]) == (40, 30, 100, 5)
    assert set(told) == {"in", "out", "capacity", "reserved", "estimated", "generation", "epoch", "seq", "signed"}
    assert "capacity" not in json.loads(wire.payload(LEAF, b"", None))
    assert wire.signed_part(wire.payload(LEAF, b"\x01\x02", None)) == b"\x01\x02"


BROKEN: list[tuple[str, object]] = [
    ("in", -1),
    ("in", 2**53),
    ("out", MOST_COUNTED + 1),
    ("wanted", MOST_COUNTED + 1),
    ("strays", -MOST_COUNTED - 1),
    ("given", {"gate-2": MOST_COUNTED + 1}),
    ("in", True),
    ("in", "4"),
    ("in", 4.0),
    ("seq", None),
    ("reserved", -1),
    ("strays", 0.5),
    ("epoch", ""),
    ("epoch", "E/1"),
    ("gate", "gate_1"),
    ("given", {"gate-2": -1}),
    ("given", {"Gate": 1}),
    ("given", {f"gate-{number}": 1 for number in range(65)}),
    ("used", [{"subject": "0f", "direction": "in", "at": 1}]),
    ("used", [{"subject": "0f" * 16, "direction": "up", "at": 1}]),
    ("used", [{"subject": "0f" * 16, "direction": "in", "at": -1}]),
    ("used", [{"subject": "0f" * 16, "direction": "in", "at": 1, "name": "x"}]),
    ("used", [{"subject": "0f" * 16, "direction": "in", "at": 1}] * 65),
    ("more", 1),
]


@pytest.mark.parametrize(("name", "value"), BROKEN)
def test_anything_else_is_no_leaf(name: str, value: object) -> None:
    """Wrong types, out of bounds, too many, unknown."""
    said = json.loads(wire.to_be_signed(LEAF, "lobby", "gate-1"))
    assert wire.read(json.dumps(said | {name: value}).encode(), "lobby", "gate-1") is None
    del said["in"]
    assert wire.read(json.dumps(said).encode(), "lobby", "gate-1") is None


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"signed": 1}', b'{"signed": "?"}', b'{"signed":"AA==","signed":""}']
)
def test_a_topic_without_a_signed_part_has_none(data: bytes) -> None:
    """Nothing, other JSON, no base64, a key twice."""
    assert wire.signed_part(data) is None
    assert wire.signed_part(b'{"signed":"AA==","x":"' + b"y" * wire.MOST_BYTES + b'"}') is None


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    """Hostile input is refused and never more."""
    assert wire.read(data, "lobby", "gate-1") is None
    assert wire.signed_part(data) is None


def test_a_leaf_with_everything_is_small_enough() -> None:
    """As many siblings and moves as a leaf may name fit the bound with their signature."""
    whole = replace(
        LEAF,
        given=tuple((f"{'g' * 61}-{number:02}", MOST_COUNTED) for number in range(64)),
        used=LEAF.used[:1] * 64,
    )
    said = wire.to_be_signed(whole, "a" * 64, "g" * 64)
    assert len(wire.payload(whole, said + bytes(1_500), 9)) < wire.MOST_BYTES
