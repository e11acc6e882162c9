"""What stands in for a pass, a memory and company when a decision is made again, table by table."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import pytest

from firmware.events import NEVER, Direction, Leaf, Outcome, Reason
from firmware.passes.outcome import Pass, Presented, Reading, Unreadable, Untrusted, validity
from firmware.passes.presented import unproven
from firmware.rules.capacity import AreaCapacity
from firmware.rules.companions import Companion
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.passback import Last
from firmware.rules.replay import standing_in
from firmware.rules.siblings import Sibling
from firmware.signed.facts import Facts
from tests.issuing import NOON
from tests.unit.rules.situations import policy

if TYPE_CHECKING:
    from firmware.rules.presence import Presence

NOBODY: Final = "f" * 32
ELSE: Final = "e" * 32
SAID: Final[dict[str, Any]] = {
    "gate": "gate-1",
    "area": "lobby",
    "at": (NOON, NOON + 3),
    "decision": Outcome.ALLOW,
    "direction": Direction.IN,
    "trust": "0" * 16,
    "format": "gp1",
    "class": "visitor",
}


def facts(**more: object) -> Facts:
    """Say what is usual, and this."""
    return Facts.model_validate(SAID | more)


def shown(one: Pass) -> dict[str, object]:
    """Tell every field of a pass, those too that are no part of a comparison."""
    return {part.name: getattr(one, part.name) for part in fields(one)}


USUAL: Final[dict[str, object]] = shown(
    Pass("gp1", NOBODY, "visitor", ("lobby",), (), 0, 0, NOON + 4, NEVER + 1, issuer_name="", trust_issued=7)
)

CREDENTIALS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "usual": ({}, {}),
    "no format": ({"format": None}, {"format": ""}),
    "no class": ({"class": None}, {"pass_class": ""}),
    "for elsewhere": ({"elsewhere": True}, {"areas": ()}),
    "for another gate": ({"other_gate": True}, {"gates": ("gate-1-not",)}),
    "used": ({"used": True}, {"entries": 1}),
    "expired": ({"validity": Reason.EXPIRED}, {"expires": NOON}),
    "not yet": ({"validity": Reason.NOT_YET_VALID}, {"not_before": NOON + 4, "expires": NOON + 5}),
    "unsure": ({"validity": Reason.CLOCK_UNTRUSTED}, {"expires": NOON + 3}),
    "trust expired": ({"validity": Reason.TRUST_EXPIRED}, {"trust_until": NOON + 3}),
    "good": ({"proof": "good"}, {"holder_key": b"", "presented": Presented(NOON, "lobby", waited=True)}),
    "no proof": ({"proof": Reason.NO_PROOF}, {"holder_key": b""}),
    "bad proof": ({"proof": Reason.BAD_PROOF}, {"holder_key": b"", "presented": Presented(NOON, "lobby-not")}),
    "stale": ({"proof": Reason.STALE}, {"holder_key": b"", "presented": Presented(NOON - 31, "lobby")}),
    "a proof and an unsure clock": (
        {"proof": Reason.CLOCK_UNTRUSTED},
        {"holder_key": b"", "presented": Presented(NOON - 30, "lobby")},
    ),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_pass_is_refused_for_what_was_told_and_for_nothing_else(name: str) -> None:
    """Each field of the stand-in; what is not named is as usual, and time and proof come to what was told."""
    more, other = CREDENTIALS[name]
    told = facts(**more)
    found = standing_in.credential(told, 7)
    assert shown(found) == USUAL | other
    assert validity(found, told.now) == told.validity
    if told.proof not in {None, Reason.BAD_PROOF}:
        assert (unproven(found, told.now) or "good") == told.proof


def test_a_pass_has_the_reference_and_issuer_that_are_tried() -> None:
    """Both are free to choose."""
    found = standing_in.credential(facts(), 7, ELSE, "Ministry")
    assert shown(found) == USUAL | {"reference": ELSE, "issuer_name": "Ministry"}


UNREAD: list[tuple[dict[str, object], Reading]] = [
    ({"format": None, "unread": Reason.UNKNOWN_FORMAT}, Unreadable(Reason.UNKNOWN_FORMAT)),
    ({"format": "hc1", "unread": Reason.BAD_SIGNATURE}, Untrusted(Reason.BAD_SIGNATURE, "hc1")),
    ({"format": None}, Unreadable(Reason.INTERNAL)),
]


@pytest.mark.parametrize(("more", "expected"), UNREAD)
def test_a_code_that_came_to_no_pass_does_so_again(more: dict[str, object], expected: Reading) -> None:
    """For the same reason."""
    assert standing_in.unread(facts(**more)) == expected


def memory(told: Facts, *, again: bool = False, room: tuple[int, int] = (0, 0)) -> tuple[Presence, Pass]:
    """Stand in for a memory, and the pass that it is about."""
    who = standing_in.credential(told, 0)
    return standing_in.presence(told, who, again=again, room=room), who


def test_a_memory_knows_nothing_that_was_not_told() -> None:
    """Nobody was there."""
    found, _ = memory(facts())
    assert (found.taken, found.proofs.newest, found.area.moves.here) == ({}, {}, {})
    assert (found.area.gate, found.since) == ("gate-1", 0)


def test_a_memory_has_used_up_what_was() -> None:
    """The one entry that there is, until the pass ends."""
    found, who = memory(told := facts(used=True))
    assert found.taken == {NOBODY: (1, NOON + 4)}
    assert found.used_up(who, told.now)


@pytest.mark.parametrize(
    ("more", "newest"),
    [({"replayed": True, "proof": "good"}, {NOBODY: NOON}), ({"replayed": True}, {}), ({"proof": "good"}, {})],
)
def test_a_memory_has_seen_a_proof_that_was_replayed(more: dict[str, object], newest: dict[str, int]) -> None:
    """Where there is one."""
    found, who = memory(told := facts(**more))
    assert found.proofs.newest == newest
    assert found.replayed(who, told.now) is bool(newest)


@pytest.mark.parametrize(
    ("more", "last"),
    [
        ({}, Last(Direction.IN, NOON + 3)),
        ({"direction": Direction.OUT, "at": (NOON, None)}, Last(Direction.OUT, NOON)),
    ],
)
def test_a_memory_saw_the_holder_go_this_way(more: dict[str, object], last: Last) -> None:
    """At the very second of the passage."""
    assert memory(facts(**more), again=True)[0].area.moves.here == {NOBODY: last}


@pytest.mark.parametrize(
    "room", [(0, 0), (5, 0), (-5, 0), (0, 5), (0, -5), (3, 4), (-3, -4), (-9, 4), (9, -4), (-4, 4)]
)
def test_an_area_holds_and_counts_what_was_told(room: tuple[int, int]) -> None:
    """Beyond whatever share the gate has."""
    rule = AreaCapacity.model_validate({"places": 10, "gates": ["gate-1", "gate-2"]})
    assert memory(facts(), room=room)[0].area.counted(rule) == room


def test_an_area_says_nothing_beside_that() -> None:
    """One sibling of no name, of the first generation, has given what there is."""
    said = Leaf("", 0, 0, 0, 0, given=(("gate-1", 7),))
    own = Ledger("", entered=4, given={standing_in.SIBLING: 0})
    expected = Occupancy("gate-1", own, siblings={standing_in.SIBLING: Sibling(said, 0)})
    assert memory(facts(), room=(3, 4))[0].area == expected


def test_those_beside_are_told_as_they_were_seen() -> None:
    """The same pass by its reference, anybody else by one of their own."""
    seen = (("staff", 900, True, False, False), ("visitor", 5, False, True, True), ("child", 0, False, False, False))
    told = facts(beside=seen)
    assert standing_in.beside(told, standing_in.credential(told, 0)) == (
        Companion("0" * 32, "staff", 900, goes_in=True, ahead=False),
        Companion(NOBODY, "visitor", 5, goes_in=False, ahead=True),
        Companion("0" * 31 + "2", "child", 0, goes_in=False, ahead=False),
    )
    assert standing_in.beside(facts(), standing_in.credential(told, 0)) == ()


COMPANY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nobody asks": ({}, ["visitor"] * 3),
    "two of any class": ({"two_person": {"lobby": {}}}, ["visitor"] * 3),
    "two elsewhere": ({"two_person": {"vault": {"first": ["staff"], "second": ["guest"]}}}, ["visitor"] * 3),
    "two of these": (
        {"two_person": {"lobby": {"first": ["staff", "guard"], "second": ["guest"]}}},
        ["guard", "guest", "visitor"],
    ),
    "an escort": (
        {"classes": {"visitor": {"escort": {"by": ["staff", "guard"]}}, "staff": {}}},
        ["visitor", "visitor", "guard"],
    ),
    "another's escort": (
        {"classes": {"child": {"escort": {"by": ["staff"]}}, "visitor": {}}},
        ["visitor"] * 3,
    ),
    "no such class": ({"classes": {"child": {}}}, ["visitor"] * 3),
}


@pytest.mark.parametrize("name", COMPANY)
def test_the_best_company_is_all_that_can_be_asked_for(name: str) -> None:
    """All let in at this very moment, and after whoever is judged, so that no escort has anybody with them."""
    body, classes = COMPANY[name]
    found = standing_in.best_company(policy({"classes": {"visitor": {}}} | body), "lobby", "visitor")
    assert found == tuple(
        Companion(f"{at:032x}", seen, 0, goes_in=True, ahead=False) for at, seen in enumerate(classes)
    )


def test_the_list_that_stands_in_names_everybody() -> None:
    """And says under which kind of name."""
    assert standing_in.Listed().revoked((), 0) == standing_in.SIBLING
