"""When an order may be acted on, what one may say, and how versions stand in order."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from firmware.events import NEVER, Instant
from firmware.signed import strict_json
from firmware.updating.order import Order, may_switch
from firmware.updating.release import rank, target

JAKARTA = ZoneInfo("Asia/Jakarta")
MIDNIGHT = 1_767_200_400  # 2026-01-01T00:00:00+07:00


def order(**more: object) -> Order:
    """A sound order."""
    found = strict_json.read_as({"release": "0.2.0", "repository": "https://updates.example/r"} | more, Order)
    assert isinstance(found, Order), found
    return found


def at(hours: float, wide_s: int = 2) -> Instant:
    """So many hours after midnight in Jakarta."""
    earliest = MIDNIGHT + int(hours * 3600)
    return Instant(1, earliest, earliest + wide_s, "test")


CASES = {
    "at night": (order(), at(3), True),
    "in the morning": (order(), at(8), False),
    "the last second": (order(), at(4, 0), False),
    "across the end": (order(), at(3.9999, 10), False),
    "a clock that nobody vouches for": (order(window="any"), Instant(1, 0, NEVER, "none"), False),
    "told to at any time": (order(window="any"), at(12), True),
    "over midnight, before": (order(window="22:00-05:00"), at(23), True),
    "over midnight, after": (order(window="22:00-05:00"), at(2), True),
    "over midnight, by day": (order(window="22:00-05:00"), at(12), False),
    "not before": (order(not_before="2026-01-02T00:00:00Z"), at(3), False),
    "after not before": (order(not_before="2025-12-31T00:00:00Z"), at(3), True),
}


@pytest.mark.parametrize("name", CASES)
def test_when_a_release_may_be_switched_to(name: str) -> None:
    """At the hours of the gate or of the order, by a clock that is sure of it."""
    wanted, now, may = CASES[name]
    assert may_switch(wanted, "02:00-04:00", now, JAKARTA) is may


@pytest.mark.parametrize(
    "more",
    [
        {"release": "1.0"},
        {"release": "../../etc"},
        {"release": "1.0.0-1"},
        {"repository": "http://updates.example"},
        {"repository": "file://host/r"},
        {"repository": "https://updates.example/a b"},
        {"repository": "https://" + "x" * 300},
        {"window": "2:00-4:00"},
        {"window": "02:00-02:00"},
        {"window": "02:00-24:00"},
        {"window": "02:60-03:00"},
        {"window": "always"},
        {"not_before": "tomorrow"},
        {"command": "rm"},
    ],
)
def test_what_no_order_may_say(more: dict[str, object]) -> None:
    """Each is refused with a line that says where."""
    body = {"release": "0.2.0", "repository": "https://updates.example/r"} | more
    found = strict_json.read_as(body, Order)
    assert isinstance(found, tuple)
    assert found[0].startswith(next(iter(more)))


def test_versions_stand_in_order() -> None:
    """What comes before a release is older than it, and numbers are numbers."""
    versions = ["0.1.0.dev1", "0.1.0a2", "0.1.0a10", "0.1.0b1", "0.1.0rc1", "0.1.0", "0.2.0", "0.10.0", "1.0.0"]
    assert all(rank(one) < rank(other) for one, other in pairwise(versions))
    with pytest.raises(ValueError, match="one"):
        rank("one")
    assert target("0.2.0", "aarch64", (3, 13)) == "0.2.0/aarch64-cp313.tar.gz"
