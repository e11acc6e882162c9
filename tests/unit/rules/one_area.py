"""One gate of an area in a test's hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from firmware.events import Instant, Leaf
from firmware.rules.capacity import AreaCapacity
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from tests.issuing import NOON

ZONE = ZoneInfo("Asia/Jakarta")
PAIR = AreaCapacity(places=10, gates=("gate-1", "gate-2"))
LEAF = Leaf("e2", 0, 1, 0, 0, 5, 1)
ANN, BEN = "a" * 16, "b" * 16


EMPTY = Ledger("e1")


def area(rule: AreaCapacity | None = PAIR, own: Ledger = EMPTY) -> Occupancy:
    """Put up gate-1, which has counted nobody or so many."""
    return Occupancy("gate-1", own, rule)


def at(second: int) -> Instant:
    """Name a reading of a clock that is sure."""
    return Instant((second - NOON) * 1000, second, second, "ntp")


def people(one: Occupancy) -> int:
    """How many one gate takes to be inside."""
    return one.inside(0).people
