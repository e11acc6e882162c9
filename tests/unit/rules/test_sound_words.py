"""What the check of a policy says word for word of classes, officers and company that contradict the rest."""

from __future__ import annotations

import pytest

from firmware.rules.policy import Policy
from firmware.rules.soundness import mistakes, read_policy
from tests.issuing import NOON

FREELY = "name a class that is shown freely"
FIRST = "so nobody could come first; name classes that go in without"
OFF = [{"date": "2026-12-25", "kind": "public_holiday", "name": "Christmas"}]
POSTURE = {"posture": "lockdown", "days": ["mon"], "from": "08:00", "until": "10:00", "holidays": "only"}


def opening(begins: str, ends: str) -> dict[str, object]:
    """An opening on Mondays."""
    return {"days": ["mon"], "from": begins, "until": ends}


def of(begins: str) -> dict[str, object]:
    """An opening on public holidays."""
    return {"kinds": ["public_holiday"], "from": begins, "until": "18:00"}


SAID: dict[str, tuple[dict[str, object], list[str]]] = {
    "shown as itself": (
        {"classes": {"staff": {}, "b": {"duress": "b"}, "c": {"duress": "b"}, "d": {"duress": "staff"}}},
        [
            f"classes.b.duress: names itself; {FREELY}",
            f"classes.c.duress: names b, which is one under threat too; {FREELY}",
        ],
    ),
    "a proof that no format has": (
        {"formats": ["gp1", "hc1"], "classes": {"a": {"formats": ["hc1"], "proof": "holder"}}},
        ["classes.a.proof: no format of this class has a holder's proof, so nobody gets in; leave it out or add gp1"],
    ),
    "an identity that nobody doubts": (
        {"classes": {"a": {"verify": ["identity"]}}},
        [
            (
                "classes.a.verify: nothing refuses this class for identity, as it has no format of others; "
                "leave it out or add a format"
            )
        ],
    ),
    "an escort that is itself, or in turn": (
        {"classes": {"a": {"escort": {"by": ["a"]}}, "b": {"escort": {"by": ["c"]}}, "c": {"escort": {"by": ["b"]}}}},
        [
            f"classes.a.escort.by: names itself, {FIRST}",
            f"classes.b.escort.by: names somebody who needs this class as an escort in turn, {FIRST}",
            f"classes.c.escort.by: names somebody who needs this class as an escort in turn, {FIRST}",
        ],
    ),
    "two persons where only some get in": (
        {"classes": {"a": {"areas": ["x"]}, "b": {"areas": ["y"]}}, "two_person": {"x": {"first": ["b"]}}},
        ["two_person.x.first: none of these classes is admitted in x, so nobody gets in; name one that is"],
    ),
    "two persons who get in": (
        {"classes": {"a": {"areas": ["x"]}, "b": {"areas": ["x"]}}, "two_person": {"x": {"first": ["b"]}}},
        [],
    ),
    "two persons where two find a place": (
        {"classes": {"a": {}}, "two_person": {"x": {}}, "capacity": {"x": {"places": 2, "gates": ["g"]}}},
        [],
    ),
    "two openings inside another": (
        {
            "classes": {
                "a": {"hours": [opening("08:00", "18:00"), opening("09:00", "10:00"), opening("11:00", "12:00")]}
            }
        },
        [f"classes.a.hours.{at}: lies inside of hours.0; leave it out" for at in (1, 2)],
    ),
    "two openings on holidays inside another": (
        {"calendar": OFF, "classes": {"a": {"holiday_hours": [of("09:00"), of("08:00"), of("10:00")]}}},
        [
            f"classes.a.holiday_hours.{at}: lies inside of holiday_hours.{by}; leave it out"
            for at, by in ((0, 1), (2, 0))
        ],
    ),
    "a posture for holidays behind another": (
        {"calendar": OFF, "classes": {"a": {}}, "postures": [POSTURE, POSTURE]},
        ["postures.1: never holds, for those before it do; leave it out or put it before them"],
    ),
    "anti-passback that is off": (
        {"classes": {"a": {"verify": ["passback"]}}, "passback": {"mode": "off"}},
        ["classes.a.verify: nothing refuses this class for passback; leave it out or add the rule"],
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_a_contradiction_is_told_in_its_own_words(case: str) -> None:
    """Each by its place, and nothing besides."""
    body, said = SAID[case]
    assert list(mistakes(Policy.model_validate({"profile": "test"} | body))) == said


def test_a_colour_is_something_to_ask_an_officer() -> None:
    """So officers are not named in vain."""
    body: dict[str, object] = {"profile": "test", "officers": ["a"], "classes": {"a": {}, "b": {"health": "colour"}}}
    told = mistakes(Policy.model_validate(body))
    assert list(told) == ["classes.b.health: is 'colour' and there is no 'health_profile'; add one"]


def test_a_time_of_its_own_lies_within_its_documents() -> None:
    """Also where something else of the policy is wrong; not where the time itself is."""
    body: dict[str, object] = {
        "profile": "test",
        "classes": {"a": {}},
        "effective": {"from": "2026-01-05T09:00", "until": "2026-01-05T09:30"},
    }
    read = read_policy(body, NOON)
    assert isinstance(read, tuple)
    assert [line.split(" (")[0] for line in read] == [
        "effective.from: is before this was signed",
        "effective.until: is before this was signed",
    ]
    assert all("2026-01-05T03:00:00" in line and line.endswith("write a later time or leave it out") for line in read)
    broken = read_policy(body | {"nonsense": 1}, NOON - 9_999, NOON - 9_000)
    assert isinstance(broken, tuple)
    assert [line.partition(":")[0] for line in broken] == ["nonsense", "effective.from"]
    untimed = read_policy(body | {"effective": {"from": "soon", "until": "2026-01-05T09:30"}}, NOON)
    assert isinstance(untimed, tuple)
    assert [line.partition(":")[0] for line in untimed] == ["effective.from"]
