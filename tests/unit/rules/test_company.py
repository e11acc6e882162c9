"""Who may not go in alone: what each rule asks, who is company, and that nobody goes in beside one who was refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware.events import NEVER, Decision, Direction, Outcome, Posture, Reason
from firmware.passes.health import Holder
from firmware.passes.outcome import Pass
from firmware.rules.capacity import AreaCapacity
from firmware.rules.companions import Beside, Companion
from firmware.rules.company import MOST_WITHIN_S, Escort, TwoPersons
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.gathering import KEPT_MS, MOST_WAITING, Gathering, Member, same_person
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.rules.soundness import read_policy
from tests.issuing import AT_NOON, NOON

IN, OUT = Direction.IN, Direction.OUT
PLACE = Place("gate-1", "vault")
ALONE = Decision(Outcome.DENY, IN, Reason.SECOND_PERSON)
UNESCORTED = Decision(Outcome.DENY, IN, Reason.NO_ESCORT)
ALLOWED = Decision(Outcome.ALLOW, IN)
BODY: dict[str, object] = {
    "profile": "test",
    "classes": {
        "staff": {},
        "guard": {},
        "forced": {"duress": "guard"},
        "visitor": {"escort": {"by": ["staff", "guard"], "per_escort": 2}},
        "child": {"escort": {"by": ["visitor"], "within_s": 5}},
    },
}


def policy(**more: object) -> Policy:
    """The policy of these tests, with more to it."""
    return Policy.model_validate(BODY | more)


def credential(number: int, pass_class: str) -> Pass:
    """Make somebody's pass for the vault."""
    return Pass("gp1", f"{number:032x}", pass_class, ("vault",), (), NOON - 9, 0, NEVER, NEVER)


def ask(rules: Policy, pass_class: str, *beside: Companion, direction: Direction = IN, **more: object) -> Decision:
    """Show a pass beside others."""
    shown, book = credential(0, pass_class), Rulebook.unlimited(rules)
    presence = Presence()
    presence.area.gate = PLACE.gate
    return decide(shown, direction, AT_NOON, PLACE, book, presence, beside=beside, **more)  # type: ignore[arg-type]


def there(
    pass_class: str, apart_ms: int = 0, number: int = 1, *, ahead: bool = True, goes_in: bool = False
) -> Companion:
    """Let somebody stand at the reader."""
    return Companion(f"{number:032x}", pass_class, apart_ms, goes_in, ahead)


PAIR: dict[str, object] = {"two_person": {"vault": {}}}
NAMED: dict[str, object] = {"two_person": {"vault": {"first": ["staff"], "second": ["guard"], "within_s": 10}}}
CASES: dict[str, tuple[dict[str, object], str, tuple[Companion, ...], Decision]] = {
    "alone where nobody goes alone": (PAIR, "staff", (), ALONE),
    "elsewhere": ({"two_person": {"lobby": {}}}, "staff", (), ALLOWED),
    "with another": (PAIR, "staff", (there("staff"),), ALLOWED),
    "with another who went ahead": (PAIR, "staff", (there("staff", goes_in=True),), ALLOWED),
    "with their own pass": (PAIR, "staff", (there("staff", number=0),), ALONE),
    "just in time": (PAIR, "staff", (there("staff", 15_000),), ALLOWED),
    "too late": (PAIR, "staff", (there("staff", 15_001),), ALONE),
    "one of each": (NAMED, "staff", (there("guard"),), ALLOWED),
    "the other way round": (NAMED, "guard", (there("staff"),), ALLOWED),
    "two of one": (NAMED, "staff", (there("staff"),), ALONE),
    "somebody of neither, with one": (NAMED, "visitor", (there("guard"),), ALONE),
    "somebody of neither, with both": (NAMED, "visitor", (there("guard"), there("staff", number=2)), ALLOWED),
    "who is forced counts as they look": (NAMED, "forced", (there("staff", 10_000),), ALLOWED),
    "nobody counts whose time is over": (NAMED, "staff", (there("guard", 10_001), there("staff", number=2)), ALONE),
    "without an escort": ({}, "visitor", (), UNESCORTED),
    "with one": ({}, "visitor", (there("staff"),), ALLOWED),
    "with one who went ahead": ({}, "visitor", (there("guard", 15_000, goes_in=True),), ALLOWED),
    "with one too long ago": ({}, "visitor", (there("guard", 15_001, goes_in=True),), UNESCORTED),
    "with another visitor": ({}, "visitor", (there("visitor"),), UNESCORTED),
    "the last of two": ({}, "visitor", (there("staff"), there("visitor", number=2)), ALLOWED),
    "one too many": (
        {},
        "visitor",
        (there("staff"), there("visitor", number=2), there("visitor", number=3)),
        UNESCORTED,
    ),
    "others than they do not count": (
        {},
        "visitor",
        (there("staff"), there("visitor", number=2), there("child", number=3)),
        ALLOWED,
    ),
    "those behind do not count": (
        {},
        "visitor",
        (there("staff"), there("visitor", number=2), there("visitor", number=3, ahead=False)),
        ALLOWED,
    ),
    "two escorts take four": (
        {},
        "visitor",
        (there("staff"), there("guard", number=2), there("visitor", number=3), there("visitor", number=4)),
        ALLOWED,
    ),
    "a child with an adult": ({}, "child", (there("visitor", ahead=False),), ALLOWED),
    "a child with staff": ({}, "child", (there("staff"),), UNESCORTED),
    "an escort alone": ({}, "staff", (), ALLOWED),
    "both rules, the pair first": (PAIR, "visitor", (), ALONE),
    "both rules, the pair holds": (PAIR, "visitor", (there("child"),), UNESCORTED),
    "both rules kept": (PAIR, "visitor", (there("staff"),), ALLOWED),
}


@pytest.mark.parametrize("case", CASES)
def test_who_may_go_in_beside_whom(case: str) -> None:
    """A pass shown beside others, each side of every boundary."""
    more, pass_class, beside, wanted = CASES[case]
    assert ask(policy(**more), pass_class, *beside) == replace(wanted, duress=pass_class == "forced")


def test_company_stands_between_passback_and_capacity() -> None:
    """Whoever is alone hears of that before the area is full, and of everything else before."""
    full = policy(**PAIR, capacity={"vault": AreaCapacity(places=1, gates=("gate-1",))})
    assert ask(full, "staff") == ALONE
    assert ask(full, "staff", there("staff")).reason is Reason.FULL
    assert ask(full, "staff", there("staff", goes_in=True)) == ALLOWED
    presence = Presence()
    presence.area.moves.note(credential(0, "staff").reference, IN, AT_NOON)
    hard = Rulebook.unlimited(policy(**PAIR, passback={"mode": "hard"}))
    assert decide(credential(0, "staff"), IN, AT_NOON, PLACE, hard, presence).reason is Reason.PASSBACK


def test_neither_an_officer_nor_an_observing_policy_goes_without_company() -> None:
    """Only a gate that is not active, or a posture for everybody, does; the remark says so."""
    waived = frozenset(Reason)
    assert ask(policy(**PAIR), "staff", waived=waived) == ALONE
    assert ask(policy(**PAIR, mode="observe"), "staff") == replace(ALONE, observed=Outcome.DENY)
    free = ask(policy(**PAIR), "staff", posture=Posture.FREE_ACCESS)
    assert free == Decision(Outcome.ALLOW, IN, remark=Reason.SECOND_PERSON)


@pytest.mark.parametrize(
    ("inside", "leaving", "remark"),
    [(1, 0, None), (2, 0, Reason.SECOND_PERSON), (2, 1, None), (3, 0, None), (3, 1, Reason.SECOND_PERSON)],
)
def test_the_way_out_needs_nobody_and_tells_of_who_is_left_alone(
    inside: int, leaving: int, remark: Reason | None
) -> None:
    """So many inside, so many on their way out already: the last but one leaves a remark, and everybody gets out."""
    presence = Presence()
    for number in range(inside):
        presence.area.let_in(f"i{number}")
        presence.area.ended(f"i{number}", "confirmed", AT_NOON)
    for number in range(leaving):
        presence.area.let_out(f"o{number}")
    book = Rulebook.unlimited(policy(**PAIR))
    told = decide(credential(0, "staff"), OUT, AT_NOON, PLACE, book, presence)
    assert told == Decision(Outcome.ALLOW, OUT, remark=remark)
    elsewhere = decide(credential(0, "staff"), OUT, AT_NOON, PLACE, Rulebook.unlimited(policy()), presence)
    assert elsewhere.remark is None


@pytest.mark.parametrize(
    "rule",
    [{"per_escort": 0}, {"per_escort": 65}, {"within_s": 0}, {"within_s": MOST_WITHIN_S + 1}, {"by": []}, {"with": 1}],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, object]) -> None:
    """An escort of nobody, for nobody, for no time or for ever."""
    with pytest.raises(ValidationError):
        Escort.model_validate({"by": ["staff"]} | rule)
    with pytest.raises(ValidationError):
        TwoPersons.model_validate({"first": []} | {key: value for key, value in rule.items() if key == "within_s"})


def classes(**rules: list[str]) -> dict[str, object]:
    """Name classes with those who escort them."""
    return {name: {"escort": {"by": by}} if by else {} for name, by in rules.items()}


UNSOUND: list[tuple[str, dict[str, object], list[str]]] = [
    ("an area that is none", {"areas": ["lobby"], "two_person": {"vault": {}}}, ["two_person.vault"]),
    (
        "an area that holds one",
        {"two_person": {"vault": {}}, "capacity": {"vault": {"places": 3, "percent": 50, "gates": ["g"]}}},
        ["two_person.vault"],
    ),
    ("a first of no class", {"two_person": {"vault": {"first": ["staff", "ghost"]}}}, ["two_person.vault.first"]),
    ("a second who is forced", {"two_person": {"vault": {"second": ["forced", "staff"]}}}, ["two_person.vault.second"]),
    (
        "a second who never gets in",
        {"two_person": {"vault": {"second": ["guest"]}}, "classes": {"staff": {}, "guest": {"areas": ["lobby"]}}},
        ["two_person.vault.second"],
    ),
    (
        "an escort of no class",
        {"classes": classes(staff=[], visitor=["ghost", "staff"])},
        ["classes.visitor.escort.by"],
    ),
    (
        "an escort who is forced",
        {"classes": {"staff": {}, "forced": {"duress": "staff"}, "visitor": {"escort": {"by": ["forced", "staff"]}}}},
        ["classes.visitor.escort.by"],
    ),
    ("their own escort", {"classes": classes(staff=[], visitor=["visitor", "staff"])}, ["classes.visitor.escort.by"]),
    ("a circle", {"classes": classes(a=["b"], b=["a"])}, ["classes.a.escort.by", "classes.b.escort.by"]),
    (
        "a circle and who waits for it",
        {"classes": classes(a=["b"], b=["c"], c=["a"], d=["a"])},
        ["classes.a.escort.by", "classes.b.escort.by", "classes.c.escort.by"],
    ),
    (
        "an escort who is never there",
        {"classes": {"staff": {"areas": ["lobby"]}, "visitor": {"areas": ["vault"], "escort": {"by": ["staff"]}}}},
        ["classes.visitor.escort.by"],
    ),
    (
        "an area with a place for one",
        {
            "classes": {"staff": {}, "visitor": {"areas": ["vault"], "escort": {"by": ["staff"]}}},
            "capacity": {"vault": {"places": 1, "gates": ["g"]}},
        },
        ["classes.visitor.escort"],
    ),
    (
        "an escort for nobody at all",
        {"classes": {"staff": {}, "visitor": {"escort": {"by": ["staff"], "per_escort": 0}}}},
        ["classes.visitor.escort.per_escort"],
    ),
]


@pytest.mark.parametrize(("body", "places"), [one[1:] for one in UNSOUND], ids=[one[0] for one in UNSOUND])
def test_company_that_nobody_could_keep_is_refused(body: dict[str, object], places: list[str]) -> None:
    """Each mistake with its place, and no other."""
    told = read_policy(BODY | body)
    assert isinstance(told, tuple)
    assert [line.partition(": ")[0] for line in told] == places, told


def test_every_mistake_of_company_is_listed_and_what_is_sound_has_none() -> None:
    """A chain that ends is none: a child with a visitor with staff."""
    read = read_policy(BODY | NAMED | {"areas": ["vault", "lobby"]})
    assert isinstance(read, Policy), read
    told = read_policy(BODY | {"areas": ["lobby"], "two_person": {"vault": {"first": ["ghost"]}}})
    assert isinstance(told, tuple)
    assert len(told) == 2


def test_a_gathering_forgets_and_is_bounded() -> None:
    """Of too many who wait the first has to come again, and nobody is remembered for longer than a rule may ask."""
    gathering, rules = Gathering(), policy(**PAIR)
    for number in range(MOST_WAITING + 1):
        gathering.answered("outside", Member(credential(number, "staff"), number, number), ALONE, None)
    waiting = [one.credential.reference for one in gathering.waiting["outside"]]
    assert waiting == [f"{number:032x}" for number in range(1, MOST_WAITING + 1)]
    assert gathering.awaited_ms(rules, "vault") == MOST_WAITING + 15_000
    gathering.forget(KEPT_MS + MOST_WAITING)
    assert gathering.waits("outside")
    gathering.forget(KEPT_MS + MOST_WAITING + 1)
    assert not gathering.waits("outside")
    assert gathering.awaited_ms(rules, "vault") is None


def test_two_certificates_of_one_holder_are_one_person() -> None:
    """By name and day of birth; two passes that name nobody are two."""
    ani = Holder("ANI", date(1990, 1, 1))
    shown = [replace(credential(number, "staff"), holder=ani) for number in (1, 2)]
    assert same_person(*shown)
    assert not same_person(shown[0], replace(shown[1], holder=replace(ani, born=date(1990, 1, 2))))
    assert not same_person(shown[0], replace(shown[1], holder=None))
    assert not same_person(credential(1, "staff"), credential(2, "staff"))
    assert same_person(credential(1, "staff"), replace(credential(1, "guard"), holder=ani))


PEOPLE = tuple(credential(number, name) for number, name in enumerate(("staff", "staff", "guard", "visitor", "child")))
STORY = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(("left", "right")),
        st.integers(0, 16_000),
        st.booleans(),
        st.sampled_from((Posture.SECURE, Posture.SECURE, Posture.SECURE, Posture.LOCKDOWN)),
    ),
    max_size=25,
)


@given(STORY, st.integers(2, 4))
def test_no_interleaving_at_two_readers_lets_anybody_in_alone(
    story: list[tuple[Pass, str, int, bool, Posture]], places: int
) -> None:
    """Whoever gets a grant has somebody beside them at that reader, near in time, who has one too, and a place."""
    rules = Rulebook.unlimited(
        policy(**PAIR, capacity={"vault": AreaCapacity(places=places, gates=("gate-1",))}),
    )
    assert rules.policy is not None
    presence, gathering, granted, at_ms = Presence(), Gathering(), list[tuple[str, int, Pass, str]](), 0
    presence.area.gate = "gate-1"
    for shown, reader, pause_ms, turns_back, posture in story:
        at_ms += pause_ms

        def judge(who: Member, beside: Beside, posture: Posture = posture) -> Decision:
            return decide(who.credential, IN, AT_NOON, PLACE, rules, presence, posture, beside=beside)

        told = gathering.come(reader, Member(shown, at_ms, at_ms), rules.policy, judge)
        again = gathering.come(reader, Member(shown, at_ms, at_ms), rules.policy, judge)
        assert told == again
        going = [who for who, decision in told if decision.outcome is Outcome.ALLOW]
        if told[-1][1].outcome is not Outcome.ALLOW:
            gathering.answered(reader, *told[-1], None)
            continue
        for number, (who, decision) in enumerate(told):
            if decision.outcome is Outcome.ALLOW:
                grant = f"{len(granted)}-{number}"
                gathering.answered(reader, who, decision, grant)
                presence.area.let_in(grant)
                granted.append((grant, who.until_ms, who.credential, reader))
        for who in going:
            others = [
                one
                for _, when, one, where in granted
                if where == reader and one.reference != who.credential.reference and abs(when - who.until_ms) <= 15_000
            ]
            assert others, "somebody was let in alone"
        assert presence.area.inside(0).people <= places
        if turns_back:
            grant, *_ = granted.pop()
            gathering.turned_back(grant)
            presence.area.ended(grant, "annulled", AT_NOON)
        out = decide(shown, OUT, AT_NOON, PLACE, rules, presence, posture)
        assert out.outcome is Outcome.ALLOW
