"""A gathering, step by step: who is beside whom, who goes in together, whose company is told, and who is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.events import NEVER, Decision, Direction, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.rules.companions import Beside, Companion, going_in, keeps_company, left_alone
from firmware.rules.company import Escort, TwoPersons
from firmware.rules.gathering import (
    KEPT_MS,
    MOST_INSIDE,
    Gathering,
    Member,
    apart_ms,
    beside,
    patience_s,
    together,
)
from firmware.rules.policy import Policy
from tests.issuing import NOON

AREA = "vault"
ALLOWED = Decision(Outcome.ALLOW, Direction.IN)
ALONE = Decision(Outcome.DENY, Direction.IN, Reason.SECOND_PERSON)
FULL = Decision(Outcome.DENY, Direction.IN, Reason.FULL)
REFUSED = Decision(Outcome.DENY, Direction.IN, Reason.HEALTH)
RULES = Policy.model_validate(
    {
        "profile": "test",
        "classes": {
            "staff": {},
            "forced": {"duress": "staff"},
            "visitor": {"escort": {"by": ["staff"], "within_s": 5}},
        },
        "two_person": {AREA: {"within_s": 10}},
    }
)


def somebody(number: int, of_class: str = "staff", at_ms: int = 0, until_ms: int | None = None) -> Member:
    """Let somebody stand at the reader from one moment to another."""
    shown = Pass("gp1", f"{number:032x}", of_class, (AREA,), (), NOON - 9, 0, NEVER, NEVER)
    return Member(shown, at_ms, at_ms if until_ms is None else until_ms)


ANN, BEN, CAT, DAN = (somebody(number) for number in range(1, 5))


def numbers(told: tuple[tuple[Member, Decision], ...]) -> list[tuple[int, Reason | None]]:
    """Name each and why they are refused."""
    return [(int(who.credential.reference, 16), decision.reason) for who, decision in told]


@pytest.mark.parametrize(
    ("one", "other", "between_ms"),
    [((0, 5), (7, 9), 2), ((7, 9), (0, 5), 2), ((0, 8), (7, 9), 0), ((7, 9), (0, 7), 0), ((3, 3), (3, 3), 0)],
)
def test_how_far_apart_two_are(one: tuple[int, int], other: tuple[int, int], between_ms: int) -> None:
    """From the end of the first to the beginning of the second, whichever is asked."""
    assert apart_ms(somebody(1, "staff", *one), somebody(2, "staff", *other)) == between_ms


def test_who_is_beside_somebody() -> None:
    """Everybody else in their order, as they may be seen, with what lies between."""
    everybody = (replace(somebody(1, "forced", 0), grant="g"), somebody(2, at_ms=4), somebody(3, "visitor", 9))
    assert beside(1, everybody, RULES) == (
        Companion(f"{1:032x}", "staff", 4, goes_in=True, ahead=True),
        Companion(f"{3:032x}", "visitor", 5, goes_in=False, ahead=False),
    )


def needs(*, company: int = 0, places: int = 9, refused: frozenset[str] = frozenset()) -> object:
    """Make a judge who asks for so many beside somebody, has so many places and refuses some."""

    def judge(who: Member, others: Beside, /) -> Decision:
        if who.credential.reference in refused:
            return REFUSED
        if len(others) < company:
            return ALONE
        return FULL if going_in(others) > places else ALLOWED

    return judge


def of(*members: Member) -> frozenset[str]:
    """Name them by their references."""
    return frozenset(one.credential.reference for one in members)


INSIDE = replace(DAN, grant="g")
TOGETHER = {
    "alone": ((), (), needs(company=1), [(3, Reason.SECOND_PERSON)]),
    "beside one inside": ((INSIDE,), (), needs(company=1), [(3, None)]),
    "with one who waits": ((), (ANN,), needs(company=1), [(1, None), (3, None)]),
    "one refused leaves the other alone": (
        (),
        (ANN,),
        needs(company=1, refused=of(ANN)),
        [(1, Reason.HEALTH), (3, Reason.SECOND_PERSON)],
    ),
    "one refused leaves two": (
        (),
        (ANN, BEN),
        needs(company=1, refused=of(ANN)),
        [(1, Reason.HEALTH), (2, None), (3, None)],
    ),
    "two places for three": ((), (ANN, BEN), needs(company=1, places=2), [(1, None), (3, None)]),
    "one place for three": ((), (ANN, BEN), needs(places=1), [(3, None)]),
    "no place for anybody": ((), (ANN, BEN), needs(places=0), [(1, Reason.FULL), (2, Reason.FULL), (3, Reason.FULL)]),
    "one place for two who need each other": (
        (),
        (ANN,),
        needs(company=1, places=1),
        [(1, Reason.FULL), (3, Reason.FULL)],
    ),
    "who is refused anyway needs no place": (
        (),
        (ANN, BEN),
        needs(company=1, places=2, refused=of(ANN)),
        [(1, Reason.HEALTH), (2, None), (3, None)],
    ),
    "the comer refused": ((), (ANN, BEN), needs(refused=of(CAT)), [(1, None), (2, None), (3, Reason.HEALTH)]),
}


@pytest.mark.parametrize("case", TOGETHER)
def test_who_goes_in_together(case: str) -> None:
    """Those who waited longest first where there is no place for all, and nobody on account of one who is refused."""
    inside, waiting, judge, told = TOGETHER[case]
    assert numbers(together(inside, waiting, CAT, RULES, judge)) == told  # type: ignore[arg-type]


@pytest.mark.parametrize("waiting", [(ANN,), (ANN, BEN)])
def test_it_is_the_comer_who_has_to_find_a_place(waiting: tuple[Member, ...]) -> None:
    """Those who wait give way to a comer for whom it is full, and only then."""

    def cat_alone(who: Member, others: Beside, /) -> Decision:
        return FULL if who is CAT and others else ALLOWED

    def never_ann(who: Member, others: Beside, /) -> Decision:
        return FULL if who is waiting[-1] and len(others) >= 0 else ALLOWED

    assert numbers(together((), waiting, CAT, RULES, cat_alone)) == [(3, None)]
    assert [reason for _, reason in numbers(together((), waiting, CAT, RULES, never_ann))][-2:] == [Reason.FULL, None]


def test_whoever_comes_is_judged_beside_others_only() -> None:
    """Who shows a pass again is not their own company; another reader's people are nobody's."""
    gathering = Gathering()
    gathering.answered("a", ANN, ALLOWED, "g")
    gathering.answered("a", BEN, ALONE, None)
    seen = []

    def judge(who: Member, others: Beside, /) -> Decision:
        seen.append((who.credential.reference, [one.reference for one in others]))
        return ALLOWED

    for reader, who in (("a", CAT), ("a", ANN), ("a", BEN), ("b", CAT)):
        gathering.come(reader, who, RULES, judge)
    ann, ben, cat = (one.credential.reference for one in (ANN, BEN, CAT))
    assert seen == [
        (ben, [ann, cat]),
        (cat, [ann, ben]),
        (ben, [ann]),
        (ann, [ben]),
        (ben, [ann]),
        (cat, []),
    ]


def test_what_was_answered_is_kept() -> None:
    """Who may go in is inside, who lacks company waits since they first came, and of everybody else nothing is."""
    gathering = Gathering()
    gathering.answered("a", ANN, ALLOWED, "g", "f")
    assert gathering.inside == {"a": (replace(ANN, grant="g", company="f"),)}
    gathering.answered("a", BEN, ALONE, None)
    later = somebody(2, "staff", 7)
    cat = somebody(3, "staff", 3)
    gathering.answered("a", cat, ALONE, None)
    gathering.answered("a", later, ALONE, None)
    assert gathering.waiting == {"a": (cat, replace(later, since_ms=0))}
    assert gathering.inside == {"a": (replace(ANN, grant="g", company="f"),)}
    gathering.answered("a", CAT, REFUSED, None)
    assert gathering.waiting == {"a": (replace(later, since_ms=0),)}
    gathering.answered("a", later, ALLOWED, None)
    assert (gathering.waiting, gathering.waits("a"), gathering.waits("b")) == ({"a": ()}, False, False)
    gathering.answered("a", ANN, ALLOWED, "h")
    assert gathering.inside == {"a": (replace(ANN, grant="h"),)}
    gathering.answered("a", ANN, REFUSED, None)
    assert gathering.inside == {"a": (replace(ANN, grant="h"),)}
    gathering.answered("a", ANN, ALONE, None)
    assert (gathering.inside, gathering.waiting) == ({"a": ()}, {"a": (ANN,)})


def test_so_many_are_remembered_inside() -> None:
    """Of more the first is forgotten."""
    gathering = Gathering()
    for number in range(MOST_INSIDE + 1):
        gathering.answered("a", somebody(number), ALLOWED, str(number))
    assert [one.grant for one in gathering.inside["a"]] == [str(number) for number in range(1, MOST_INSIDE + 1)]


def test_whose_company_somebody_joins() -> None:
    """That of the first inside who is company to one of those who go in, by its first grant."""
    gathering = Gathering()
    assert gathering.leader("a", (BEN,), RULES, AREA) is None
    gathering.answered("a", somebody(1, "visitor", 0), ALLOWED, "g")
    gathering.answered("a", somebody(4, "staff", 6_000), ALLOWED, "h", "f")
    assert gathering.leader("a", (somebody(2, "staff", 10_000),), RULES, AREA) == "g"
    assert gathering.leader("a", (somebody(2, "staff", 10_001),), RULES, AREA) == "f"
    assert gathering.leader("a", (somebody(2, "staff", 16_001),), RULES, AREA) is None
    assert gathering.leader("a", (somebody(2, "staff", 16_001), somebody(3, at_ms=16_000)), RULES, AREA) == "f"
    assert gathering.leader("a", (somebody(1, "visitor", 10_000),), RULES, "lobby") == "f"
    assert gathering.leader("a", (somebody(2, "visitor", 10_000),), RULES, "lobby") == "f"
    assert gathering.leader("a", (somebody(2, "staff", 10_000),), RULES, "lobby") is None
    assert gathering.leader("b", (somebody(2, "staff", 10_000),), RULES, AREA) is None
    gathering.turned_back("g")
    gathering.answered("a", somebody(1, "staff", 0), ALLOWED, "i")
    assert gathering.leader("a", (somebody(1, "staff", 0),), RULES, AREA) == "f"


def there(pass_class: str, ms: int) -> Companion:
    """Let somebody stand so far away in time."""
    return Companion(f"{7:032x}", pass_class, ms)


@pytest.mark.parametrize(
    ("one", "pass_class", "area", "keeps"),
    [
        (there("visitor", 10_000), "staff", AREA, True),
        (there("visitor", 10_001), "staff", AREA, False),
        (there("visitor", 0), "staff", "lobby", False),
        (there("staff", 5_000), "visitor", "lobby", True),
        (there("staff", 5_001), "visitor", "lobby", False),
        (there("visitor", 0), "visitor", "lobby", False),
        (there("staff", 0), "unknown", "lobby", False),
    ],
)
def test_who_keeps_company(one: Companion, pass_class: str, area: str, keeps: bool) -> None:  # noqa: FBT001  a case
    """Anybody in time where two are asked for, and an escort in time where the class asks for one."""
    assert keeps_company(one, pass_class, area, RULES) is keeps


def test_whoever_is_left_alone_is_one() -> None:
    """Where two are asked for and one stays."""
    assert [left_alone(AREA, RULES, staying) for staying in (0, 1, 2)] == [False, True, False]
    assert not left_alone("lobby", RULES, 1)


def test_whoever_turns_back_or_leaves_is_nobodys_company() -> None:
    """At whichever reader they came in; the others stay, and so do those who wait."""
    gathering = Gathering()
    for reader, who in (("a", ANN), ("a", BEN), ("b", ANN), ("b", CAT)):
        gathering.answered(reader, who, ALLOWED, f"{reader}{who.credential.reference[-1]}")
    gathering.answered("b", DAN, ALONE, None)
    gathering.turned_back("a2")
    assert {reader: [one.grant for one in kept] for reader, kept in gathering.inside.items()} == {
        "a": ["a1"],
        "b": ["b1", "b3"],
    }
    gathering.left(ANN.credential)
    assert {reader: [one.grant for one in kept] for reader, kept in gathering.inside.items()} == {"a": [], "b": ["b3"]}
    assert gathering.waits("b")
    gathering.dismiss()
    assert not gathering.waits("b")
    assert [one.grant for one in gathering.inside["b"]] == ["b3"]


def test_whoever_was_last_seen_too_long_ago_is_forgotten() -> None:
    """Inside as well as waiting, by when they were seen last."""
    gathering = Gathering()
    gathering.answered("a", somebody(1, "staff", 0, 5), ALLOWED, "g")
    gathering.answered("a", somebody(2, "staff", 0, 6), ALLOWED, "h")
    gathering.answered("b", somebody(3, "staff", 0, 5), ALONE, None)
    gathering.forget(5 + KEPT_MS)
    assert ([one.grant for one in gathering.inside["a"]], gathering.waits("b")) == (["g", "h"], True)
    gathering.forget(6 + KEPT_MS)
    assert ([one.grant for one in gathering.inside["a"]], gathering.waits("b")) == (["h"], False)


def test_until_when_company_is_awaited() -> None:
    """For the last of those who wait, each by the shorter of the rules that ask it of them."""
    gathering = Gathering()
    assert gathering.awaited_ms(RULES, AREA) is None
    gathering.answered("a", somebody(1, "staff", 0, 100), ALONE, None)
    assert gathering.awaited_ms(RULES, AREA) == 10_100
    gathering.answered("b", somebody(2, "visitor", 0, 7_000), ALONE, None)
    assert gathering.awaited_ms(RULES, AREA) == 12_000
    assert gathering.awaited_ms(None, AREA) is None
    asked = [patience_s(name, RULES, area) for name in ("staff", "visitor", "x") for area in (AREA, "lobby")]
    assert asked == [10, 0, 5, 5, 10, 0]


def test_what_a_rule_asks_unless_it_says_otherwise() -> None:
    """One for each escort, and a quarter of a minute."""
    assert (Escort(by=frozenset({"staff"})).per_escort, Escort(by=frozenset({"staff"})).within_s) == (1, 15)
    assert TwoPersons().within_s == 15


def test_a_pair_is_two() -> None:
    """Somebody who is of both classes is no pair with somebody of neither."""
    pair = TwoPersons(first=frozenset({"staff"}), second=frozenset({"staff", "guard"}))
    assert not pair.paired(["staff", "visitor"])
    assert pair.paired(["staff", "staff"])
    assert pair.paired(["guard", "visitor", "staff"])
