"""What somebody with a gate's key, or the broker, can make of an area's count: bounded, and never a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.control.area_state import restored
from firmware.events import MOST_COUNTED, Leaf
from firmware.records import leaf as wire
from firmware.rules.ledger import MOST_GIVEN, MOST_PAST
from tests.issuing import AT_NOON
from tests.unit.rules.one_area import EMPTY, PAIR, ZONE, area

if TYPE_CHECKING:
    from firmware.rules.occupancy import Occupancy

GREEDY = Leaf("z", 0, 1, MOST_COUNTED, MOST_COUNTED, 0, MOST_COUNTED, (("gate-1", MOST_COUNTED),))


def readable(one: Occupancy) -> Leaf | None:
    """Read this gate's leaf as its siblings do."""
    leaf = one.own.leaf(one.held(one.rule), 1)
    wire.payload(leaf, b"", 10)
    return wire.read(wire.to_be_signed(leaf, "lobby", "gate-1"), "lobby", "gate-1")


def test_no_sibling_makes_a_gate_say_what_its_siblings_refuse() -> None:
    """Places beyond all counting are not handed on as such; the gate goes on being heard."""
    one = area()
    for seq in range(1, 5):
        assert one.hear("gate-2", replace(GREEDY, seq=seq), 0) is None
        one.settle(AT_NOON, ZONE)
        assert readable(one) is not None


def test_an_own_leaf_that_cannot_be_is_not_taken_over() -> None:
    """Whoever has the gate's own key adds to its memory by no more than a leaf can tell, and without end nothing."""
    one, most = area(), MOST_COUNTED - 1_000
    for number in range(2 * MOST_PAST):
        one.hear("gate-1", replace(GREEDY, epoch=f"e-{number}", entered=most, left=most), 0)
        one.hear("gate-1", Leaf(f"f-{number}", 0, 1, 1, 1), 0)
        assert readable(one) is not None
    assert len(one.own.past) == MOST_PAST


def test_a_gate_gives_to_as_many_as_a_leaf_can_name() -> None:
    """Siblings that come and go do not make its leaf one that is too long to be read."""
    one = area(own=replace(EMPTY, given={f"g-{number}": 1 for number in range(MOST_GIVEN)}))
    one.own = one.own.give("gate-2", 1).give("g-0", 1)
    assert (len(one.own.given), one.own.given["g-0"]) == (MOST_GIVEN, 2)
    assert readable(one) is not None


DAMAGED = [
    ("area.stay.x.", "[1]"),
    ("area.stay.1.", '["x"]'),
    ("area.stay.1.", "[-3]"),
    ("area.stay.1.", "[1e9]"),
    ("area.stay.99999999999999.", "[1]"),
    ("area.stay." + "9" * 5_000 + ".", "[1]"),
    ("area.stay.\u0661.", "[1]"),
    ("area.move.s", '["sideways",1]'),
    ("area.move.s", '[["in"],1]'),
    ("area.move.s", '["in","x"]'),
    ("area.way.g", '["sideways",null]'),
    ("area.way.g", '[{"in":1},5]'),
    ("area", '["e",[0,0,0,0,0,0],{"g":"x"},[{}]]'),
    ("area", "["),
]


@pytest.mark.parametrize(("name", "text"), DAMAGED)
def test_a_word_of_the_count_that_is_damaged_is_left_out(name: str, text: str) -> None:
    """The gate starts, counts and closes stays by what reads as it was written."""
    one = restored("gate-1", {name: text, "area.stay.7.": "[1]", "area.move.t": '["in",7]'}, "e")
    one.relearn(PAIR.model_copy(update={"closes": "22:00"}))
    assert [stay.at for stay in one.own.stays] == [7]
    assert one.moves.elsewhere.keys() == {"t"}
    one.settle(AT_NOON, ZONE)
    assert not one.own.stays
