"""How many may be inside: places, percentages, PPKM levels, and what of it is refused."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from firmware.rules.capacity import AreaCapacity
from firmware.rules.ppkm import PPKM, Level, Venue

LIMITS: list[tuple[dict[str, object], int]] = [
    ({"places": 99}, 99),
    ({"places": 99, "percent": 100}, 99),
    ({"places": 99, "percent": 50}, 49),
    ({"places": 99, "percent": 0}, 0),
    ({"places": 0}, 0),
    ({"places": 40, "venue": "office", "level": 1}, 40),
    ({"places": 40, "venue": "office", "level": 2}, 30),
    ({"places": 40, "venue": "office", "level": 3}, 20),
    ({"places": 40, "venue": "office", "level": 4}, 10),
    ({"places": 40, "venue": "mall", "level": 3}, 24),
    ({"places": 40, "venue": "restaurant", "level": 3}, 24),
    ({"places": 40, "venue": "restaurant", "level": 4}, 20),
    ({"places": 40, "venue": "cinema", "level": 3}, 20),
    ({"places": 40, "venue": "cinema", "level": 4}, 10),
]


@pytest.mark.parametrize(("fields", "limit"), LIMITS)
def test_the_limit_is_rounded_down(fields: dict[str, object], limit: int) -> None:
    """Of the places, of a percentage, of what a level allows a venue."""
    assert AreaCapacity.model_validate({"gates": ["gate-1"], **fields}).limit == limit


MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"percent": 101}, "percent"),
    ({"percent": -1}, "percent"),
    ({"places": -1}, "places"),
    ({"places": 1_000_001}, "places"),
    ({"gates": []}, "gates"),
    ({"gates": ["gate-1", "gate-1"]}, "twice"),
    ({"gates": [f"gate-{number}" for number in range(65)]}, "gates"),
    ({"venue": "office"}, "stand together"),
    ({"level": 3}, "stand together"),
    ({"venue": "office", "level": 5}, "level"),
    ({"venue": "zoo", "level": 1}, "venue"),
    ({"venue": "office", "level": 1, "percent": 50}, "contradict"),
    ({"generation": -1}, "generation"),
    ({"usual_stay_minutes": 0}, "usual_stay_minutes"),
    ({"usual_stay_minutes": 1441}, "usual_stay_minutes"),
    ({"closes": "24:01"}, "closes"),
    ({"people": 5}, "people"),
]


@pytest.mark.parametrize(("fields", "where"), MISTAKES)
def test_a_capacity_that_means_nothing_is_refused(fields: dict[str, object], where: str) -> None:
    """Over 100 per cent, two answers to how many, half of one, a gate twice."""
    with pytest.raises(ValidationError) as caught:
        AreaCapacity.model_validate({"places": 10, "gates": ["gate-1"], **fields})
    assert where in str(caught.value)


def test_every_venue_has_every_level_with_its_source_and_no_higher_level_allows_more() -> None:
    """The table is whole, each row names an instruction, and a worse level is never looser."""
    assert set(PPKM) == {(venue, level) for venue in get_args(Venue) for level in get_args(Level)}
    assert all(share.source.startswith("Inmendagri ") for share in PPKM.values())
    for venue in get_args(Venue):
        percents = [PPKM[venue, level].percent for level in get_args(Level)]
        assert percents == sorted(percents, reverse=True)
        assert percents[0] == 100


@pytest.mark.parametrize(("places", "gates", "standby"), [(0, 1, 0), (1, 5, 1), (39, 5, 1), (40, 5, 2), (100, 5, 5)])
def test_a_gate_keeps_a_few_places_at_hand(places: int, gates: int, standby: int) -> None:
    """A quarter of its even share, at least one where there is one."""
    assert AreaCapacity(places=places, gates=tuple(f"g-{n}" for n in range(gates))).standby == standby
