"""Hostile codes before a whole gate: outside none of ten thousand opens, inside every one does.

Inside a quarter of them by default, for there each opens the door; all of them with GAPURA_FULL=1 (`make hostile`).
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

from tests.door.house import AlwaysNoon, House
from tests.hostile.codes import Attacker
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hostile.attacking import Case

COUNT = 10_000
COUNT_INSIDE = COUNT if os.environ.get("GAPURA_FULL") else COUNT // 4


def codes(house: House, count: int) -> Iterator[Case]:
    """Make the same codes every time, against this house's issuer."""
    return Attacker(house.issuer, random.Random(20261127)).cases(count)  # noqa: S311  a run must be repeatable


def test_outside_nothing_opens() -> None:
    """Ten thousand bad codes, ten a second: the relay never moves, most are only counted, and a good pass opens."""
    house = House(clock=AlwaysNoon(NOON))
    for case in codes(house, COUNT):
        house.show(case.code)
        house.gate.wait(100)
    assert house.relay == []
    answered = sum(times for (kind, what, _), times in house.told.items() if (kind, what) == ("access", "deny"))
    unwritten = house.gate.controller.counts["scans_unwritten"]
    assert answered + unwritten == COUNT
    assert unwritten > answered
    assert house.told["alarm", "bad_codes", "raised"] == 1
    house.show(house.issuer.code())
    assert house.rises() == 1


def test_inside_everything_opens() -> None:
    """The first of the same codes inside: each frees the lock, and the lock closes again before the next."""
    house = House()
    for case in codes(house, COUNT_INSIDE):
        house.show(case.code, "inside")
        house.gate.wait(house.settings.unlock_ms)
    assert house.rises() == COUNT_INSIDE
    assert house.relay[-1][1] is False
    assert house.told["grant", "assumed", None] == COUNT_INSIDE
