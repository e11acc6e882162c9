"""Openings on days of the calendar: one that lies inside another says nothing, and is a mistake."""

from __future__ import annotations

import pytest

from firmware.rules.policy import Policy
from firmware.rules.soundness import read_policy

CALENDAR = [
    {"date": "2026-01-01", "kind": "public_holiday", "name": "A Thursday"},
    {"date": "2026-01-02", "kind": "collective_leave", "name": "A Friday"},
]


def at(from_: str, until: str, *kinds: str) -> dict[str, object]:
    """Write an opening, on both kinds of day where none is named."""
    return {"from": from_, "until": until} | ({"kinds": list(kinds)} if kinds else {})


CASES: list[tuple[list[dict[str, object]], list[int]]] = [
    ([at("08:00", "12:00"), at("09:00", "10:00")], [1]),
    ([at("09:00", "10:00", "public_holiday"), at("08:00", "12:00")], [0]),
    ([at("08:00", "12:00")] * 2, [1]),
    ([at("08:00", "12:00"), at("08:00", "12:00", "collective_leave", "public_holiday")], [1]),
    ([at("08:00", "12:00", "public_holiday"), at("09:00", "10:00")], []),
    ([at("08:00", "12:00", "public_holiday"), at("09:00", "10:00", "collective_leave")], []),
    ([at("08:00", "12:00"), at("11:00", "13:00"), at("13:00", "14:00")], []),
]


@pytest.mark.parametrize(("hours", "wrong"), CASES)
def test_what_lies_inside_another_is_a_line(hours: list[dict[str, object]], wrong: list[int]) -> None:
    """Of two that say the same the later one; openings that only touch or overlap are sound."""
    body = {"profile": "test", "calendar": CALENDAR, "classes": {"visitor": {"holiday_hours": hours}}}
    read = read_policy(body)
    found = [] if isinstance(read, Policy) else [line.partition(": ")[0] for line in read]
    assert found == [f"classes.visitor.holiday_hours.{number}" for number in wrong]
