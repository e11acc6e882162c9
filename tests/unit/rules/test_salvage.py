"""Every mistake of a policy at once: what has no shape, and what the rest of it contradicts."""

from __future__ import annotations

import pytest

from firmware.rules.policy import Policy
from firmware.rules.salvage import salvaged
from firmware.rules.soundness import CHECKS, NEEDS, read_policy
from tests.issuing import NOON

OPENING = {"days": ["mon"], "from": "08:00", "until": "16:00"}
WRONG_WAY = {"days": ["mon"], "from": "18:00", "until": "08:00"}
LOBBY = {"places": 5, "gates": ["gate-1"]}


def places(body: dict[str, object]) -> list[str]:
    """List where the mistakes are, of a policy that is signed now for a day."""
    whole = {"profile": "test", "classes": {"visitor": {}}} | body
    read = read_policy(whole, NOON, NOON + 86_400)
    return [] if isinstance(read, Policy) else [line.partition(": ")[0] for line in read]


ALL_OF_IT: dict[str, tuple[dict[str, object], list[str]]] = {
    "a percentage and an area": (
        {"areas": ["lobby"], "capacity": {"loby": LOBBY | {"percent": 101}}},
        ["capacity.loby.percent", "capacity.loby"],
    ),
    "an unknown key, an unknown area, a date": (
        {
            "areas": ["lobby"],
            "classes": {"visitor": {"areas": ["loby"], "colour": 1}},
            "effective": {"from": "2026-01-04T00:00"},
        },
        ["classes.visitor.colour", "classes.visitor.areas.0", "effective.from"],
    ),
    "hours that end before they begin, and a loop of threats": (
        {"classes": {"visitor": {"hours": [WRONG_WAY]}, "a": {"duress": "b"}, "b": {"duress": "a"}}},
        ["classes.visitor.hours.0", "classes.a.duress", "classes.b.duress"],
    ),
    "no profile at all, and a shadowed time": (
        {"profile": None, "postures": [OPENING | {"posture": "lockdown"}] * 2},
        ["profile", "postures.1"],
    ),
    "a colour that is none, and officers of no class": (
        {"classes": {"visitor": {"health": "mauve", "verify": ["used"]}}, "officers": ["staff"]},
        ["classes.visitor.health"],
    ),
}


@pytest.mark.parametrize("name", ALL_OF_IT)
def test_mistakes_of_both_kinds_are_listed_together(name: str) -> None:
    """Those of single keys first; where one hides what a check needs, that check says nothing."""
    body, where = ALL_OF_IT[name]
    assert places(body) == where


NOT_TRUE: dict[str, dict[str, object]] = {
    "a day that is none is a calendar all the same": {
        "calendar": [{"date": "2026-02-30", "kind": "public_holiday", "name": "None"}],
        "classes": {"visitor": {"holidays": "closed"}},
    },
    "hours that are none are hours": {"classes": {"visitor": {"hours": [WRONG_WAY], "verify": ["hours"]}}},
    "an area of no name may be the one": {"areas": ["Lobby"], "classes": {"visitor": {"areas": ["vault"]}}},
    "a class of no name may be the officer's": {
        "classes": {"visitor": {"verify": ["used"]}, "Staff": {}},
        "officers": ["staff"],
    },
    "a zone that is none says nothing of a date": {
        "timezone": "Mars/Olympus",
        "effective": {"from": "2026-01-05T08:00"},
    },
    "an opening in the middle keeps the others' places": {
        "classes": {"visitor": {"hours": [WRONG_WAY, OPENING, OPENING]}}
    },
}


@pytest.mark.parametrize("name", NOT_TRUE)
def test_what_only_follows_from_a_mistake_is_not_told(name: str) -> None:
    """Whoever mends the one line has mended it."""
    assert len(places(NOT_TRUE[name])) == 1


def test_every_check_says_what_it_needs() -> None:
    """Or it is silent beside any mistake of shape."""
    assert set(NEEDS) <= set(CHECKS)


@pytest.mark.parametrize("body", [{}, {"classes": []}, {"classes": {}}, {"classes": "visitor"}])
def test_what_holds_no_policy_leaves_none(body: dict[str, object]) -> None:
    """There is nothing to hold against itself, and that is no error."""
    assert salvaged(body) is None
    assert places({"classes": None} | body) != []


def test_thousands_of_mistakes_are_listed_and_no_more_are_looked_for() -> None:
    """A list of nothing but nonsense costs no more than reading it."""
    body: dict[str, object] = {"profile": "x", "classes": {"visitor": {}}, "blocked": ["no"] * 1_001}
    assert salvaged(body) is None
    assert len(places(body)) == 1_001
