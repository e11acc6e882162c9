"""What is written down of a decision, table by table: each fact as it was, and none that tells more than the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from firmware.events import NEVER, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.passes.outcome import Pass, Presented, Reading, Unreadable, Untrusted
from firmware.rules.companions import Companion
from firmware.rules.decide import Place, Rulebook
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.passback import Last
from firmware.rules.presence import Presence
from firmware.rules.replay.facts import Given, facts_of
from firmware.rules.replay.marks import Marks
from firmware.signed.facts import Facts
from tests.issuing import NOON
from tests.unit.rules.situations import policy

if TYPE_CHECKING:
    from collections.abc import Iterable

IN, OUT = Direction
ALLOW, VERIFY, DENY = Outcome.ALLOW, Outcome.VERIFY, Outcome.DENY
ALLOWED: Final = Decision(ALLOW, IN)
LEFT: Final = Decision(ALLOW, OUT)
ILL: Final = Decision(DENY, IN, Reason.HEALTH)
ONE, OTHER = "a" * 32, "b" * 32
NOW: Final = Instant(5, NOON, NOON + 3, "rtc")
LISTED: Final = (("uci", b"listed"),)
PASS: Final = Pass(
    *("gp1", ONE, "visitor", ("lobby", "vault"), ("gate-0", "gate-1"), 1, 2, NEVER, NEVER),
    trust_issued=77,
    issuer_name="Ministry",
    issuer=b"\x0a",
)
PLACE: Final = Place("gate-1", "lobby", groups=frozenset({"east"}))
KEYED: Final = replace(PASS, holder_key=b"k")


class OneListed:
    """A list of revoked passes with one pass of the first second on it."""

    false_hit_rate = 0.0

    def revoked(self, names: Iterable[tuple[str, bytes]], issued: int) -> str | None:
        """Say whether it is that one."""
        return "uci" if names == LISTED and issued == 1 else None


@dataclass
class Case:
    """One decision with all that is not as usual, and what of its facts is not as usual."""

    told: dict[str, Any]
    reading: Reading = PASS
    decision: Decision = ALLOWED
    body: dict[str, Any] | None = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    sealed: str | None = None


def inside(people: int) -> Presence:
    """Remember nobody, and count so many people."""
    return Presence(area=Occupancy("gate-1", Ledger("e", entered=people)))


def went(direction: Direction, at: int) -> Presence:
    """Remember the last move of the holder."""
    known = inside(1)
    known.area.moves.here[ONE] = Last(direction, at)
    return known


def told_elsewhere() -> Presence:
    """Remember what a sibling told of the holder, by the name that the pass has at this very moment."""
    known = inside(0)
    known.area.moves.elsewhere["x"] = Last(IN, NOON - 120)
    known.area.moves.entries["x"] = {("gate-2", NOON - 120)}
    known.subject = lambda reference, now: "x" if (reference, now) == (ONE, NOW) else None
    return known


def proven(at: int) -> Presence:
    """Remember a proof."""
    known = inside(0)
    known.proofs.newest[ONE] = at
    return known


def judged(case: Case) -> tuple[Facts, Facts]:
    """Return the facts as they come and as they should."""
    rulebook = Rulebook(issued=6, expires=NEVER + 1, revocations_issued=8)
    marks = None
    if case.body is not None:
        rulebook = replace(rulebook, policy=policy({"classes": {"visitor": {}}} | case.body))
        assert rulebook.policy is not None
        marks = Marks.of(rulebook.policy)
    rulebook = replace(rulebook, **case.rules)
    values: dict[str, Any] = {"now": NOW, "place": PLACE, "presence": inside(0)} | case.given
    given = Given(case.reading, case.decision.direction, rules=rulebook, **values)
    parts: dict[str, str | None] = {}
    if marks is not None:
        parts = {name: getattr(marks, name) for name in ("passback", "blocklist") if name in case.told}
        parts |= {"issuers": marks.issuers["visitor"]} if "issuer" in case.told else {}
        parts |= {"health_rules": marks.health["visitor"]} if "health" in case.told else {}
    usual: dict[str, Any] = {
        "gate": "gate-1",
        "area": "lobby",
        "at": (NOON, NOON + 3),
        "decision": case.decision.outcome,
        "direction": case.decision.direction,
        "reason": case.decision.reason,
        "remark": case.decision.remark,
        "trust": "5" * 16,
        "policy": marks and marks.policy,
        "format": "gp1",
        "class": "visitor",
    }
    expected = Facts.model_validate(usual | case.told | parts)
    return facts_of(given, case.decision, marks, "5" * 16, case.sealed), expected


UNREAD: Final[dict[str, Any]] = {"format": None, "class": None, "unread": Reason.UNKNOWN_FORMAT}
ODD: Final = Decision(VERIFY, IN, Reason.HOURS, Reason.USED, duress=True, observed=DENY)
SOME: Final = frozenset({Reason.USED, Reason.HEALTH, Reason.HOURS})

OF_ALL: dict[str, Case] = {
    "usual": Case({}),
    "no policy": Case({}, body=None),
    "no policy, and too old": Case({}, body=None, rules={"expires": 0}),
    "signed later": Case({"out_of_date": True}, rules={"issued": NOON + 4}),
    "signed now": Case({}, rules={"issued": NOON + 3}),
    "over now": Case({"out_of_date": True}, rules={"expires": NOON + 3}),
    "over next": Case({}, rules={"expires": NOON + 4}),
    "no clock": Case(
        {"at": (NOON, None)},
        replace(PASS, expires=NEVER + 1, trust_until=NEVER + 1),
        given={"now": Instant(5, NOON, NEVER)},
    ),
    "all of an answer": Case({"duress": True, "observed": DENY}, decision=ODD),
    "observing": Case({"observing": True}, given={"place": replace(PLACE, observing=True)}),
    "posture": Case({"posture": Posture.FREE_ACCESS}, given={"posture": Posture.FREE_ACCESS}),
    "waived": Case({"waived": (Reason.HOURS, Reason.USED)}, given={"waived": SOME}),
    "waived, and health told": Case({"waived": tuple(sorted(SOME))}, decision=ILL, given={"waived": SOME}),
    "sealed": Case({"sealed": "abc"}, sealed="abc"),
    "unreadable": Case(UNREAD, reading=Unreadable(Reason.UNKNOWN_FORMAT)),
    "untrusted": Case(UNREAD | {"format": "hc1"}, reading=Untrusted(Reason.UNKNOWN_FORMAT, "hc1")),
}

OF_PASSES: dict[str, Case] = {
    "expired": Case({"validity": Reason.EXPIRED}, replace(PASS, expires=NOON)),
    "elsewhere": Case({"elsewhere": True}, replace(PASS, areas=("vault",))),
    "no areas": Case({}, replace(PASS, areas=None)),
    "another gate": Case({"other_gate": True}, replace(PASS, gates=("gate-2",))),
    "any gate": Case({}, replace(PASS, gates=())),
    "used": Case({"used": True}, replace(PASS, entries=1), given={"presence": Presence({ONE: (1, NEVER)})}),
    "used elsewhere": Case({"used": True}, replace(PASS, entries=1), given={"presence": told_elsewhere()}),
    "replayed elsewhere": Case(
        {"proof": Reason.STALE, "replayed": True},
        replace(KEYED, presented=Presented(NOON - 120, "lobby")),
        given={"presence": told_elsewhere()},
    ),
    "unused": Case({}, replace(PASS, entries=1)),
    "no proof": Case({"proof": Reason.NO_PROOF}, KEYED),
    "no proof asked of the pass": Case({}, body={"classes": {"visitor": {"proof": "holder"}}}),
    "proof": Case({"proof": "good"}, replace(KEYED, presented=Presented(NOON, "lobby"))),
    "proof for a group": Case({"proof": "good"}, replace(KEYED, presented=Presented(NOON, "east"))),
    "proof for elsewhere": Case({"proof": Reason.BAD_PROOF}, replace(KEYED, presented=Presented(NOON, "vault"))),
    "old proof": Case({"proof": Reason.STALE}, replace(KEYED, presented=Presented(NOON - 99, "lobby"))),
    "replayed": Case(
        {"proof": "good", "replayed": True},
        replace(KEYED, presented=Presented(NOON, "lobby")),
        given={"presence": proven(NOON)},
    ),
    "lists lost": Case({"lists_lost": True}, rules={"revocations_lost": True}),
}

NAMED: Final = replace(PASS, revocation_ids=LISTED)
LISTS: Final[dict[str, Any]] = {"revocations": OneListed()}
LOCKED: Final = {"posture": Posture.LOCKDOWN}
REVOKED: dict[str, Case] = {
    "no list": Case({}, NAMED),
    "implied": Case({"revoked": False}, NAMED, rules=LISTS),
    "restricted": Case({"revoked": True}, NAMED, ILL, rules=LISTS),
    "another": Case({"revoked": False}, PASS, ILL, rules=LISTS),
    "before": Case({"revoked": None}, NAMED, Decision(DENY, IN, Reason.POLICY_EXPIRED), rules=LISTS),
    "before, on the way out": Case({"revoked": None}, NAMED, Decision(ALLOW, OUT, remark=Reason.EXPIRED), rules=LISTS),
    "a remark goes first": Case(
        {"revoked": False}, NAMED, Decision(DENY, IN, Reason.EXPIRED, Reason.USED), rules=LISTS
    ),
    "after": Case({"revoked": False}, NAMED, Decision(DENY, IN, Reason.USED), rules=LISTS),
    "closed": Case(
        {"revoked": None, "posture": Posture.LOCKDOWN},
        *(NAMED, Decision(DENY, IN, Reason.LOCKDOWN)),
        rules=LISTS,
        given=LOCKED,
    ),
    "closed, on the way out": Case({"posture": Posture.LOCKDOWN}, NAMED, LEFT, rules=LISTS, given=LOCKED),
    "open": Case({"posture": Posture.FREE_ACCESS}, NAMED, ALLOWED, rules=LISTS, given={"posture": Posture.FREE_ACCESS}),
}


def visitors(**rule: object) -> dict[str, Any]:
    """Ask this of visitors."""
    return {"classes": {"visitor": rule}}


def beside(*of: Companion) -> dict[str, Any]:
    """Let them stand at the reader."""
    return {"beside": of}


STAFF: Final = Companion(OTHER, "staff", 900, goes_in=True, ahead=False)
SAME: Final = Companion(ONE, "visitor", 5, goes_in=False, ahead=True)
PAIR: Final[dict[str, Any]] = {"two_person": {"lobby": {}}}
ROOM: Final[dict[str, Any]] = {"capacity": {"lobby": {"places": 9, "gates": ["gate-1", "gate-2"]}}}
BACKED: Final[dict[str, Any]] = {"passback": {}}
BACK: Final[dict[str, Any]] = {"again": True, "passback": ""}
IS_IN: Final = {"presence": went(IN, NOON - 120)}

ASKED: dict[str, Case] = {
    "ages": Case({"ages": (77, 6, 8)}, body=visitors(limits={"trust_s": 60})),
    "ages without a list": Case(
        {"ages": (77, 6, None)}, body=visitors(limits={"policy_s": 60}), rules={"revocations_issued": None}
    ),
    "a limit of the clock": Case({}, body=visitors(limits={"clock_s": 60})),
    "no such class": Case({}, body={"classes": {"staff": {"limits": {"trust_s": 60}, "issuers": ["x"]}}}),
    "issuer by name": Case({"issuer": True}, body=visitors(issuers=["Ministry", "x"])),
    "issuer by key": Case({"issuer": True}, body=visitors(issuers=["0a", "x"])),
    "other issuer": Case({"issuer": False}, body=visitors(issuers=["x"])),
    "again": Case(BACK, body={"passback": {}}, given=IS_IN),
    "again, whoever is exempt": Case(BACK, body={"passback": {"mode": "hard", "exempt": ["visitor"]}}, given=IS_IN),
    "again, though it is off": Case(BACK, body={"passback": {"mode": "off"}}, given=IS_IN),
    "again, in time": Case(BACK, body={"passback": {"mode": "timed", "minutes": 3}}, given=IS_IN),
    "again, seen elsewhere": Case(BACK, body={"passback": {}}, given={"presence": told_elsewhere()}),
    "again, on a day that began there": Case(
        BACK, body={"passback": {}}, given={"presence": went(IN, NOON - 4 * 3600)}
    ),
    "not in time": Case(
        {"again": False, "passback": ""}, body={"passback": {"mode": "timed", "minutes": 1}}, given=IS_IN
    ),
    "not again": Case({"again": False, "passback": ""}, decision=LEFT, body={"passback": {}}, given=IS_IN),
    "never seen": Case({"again": False, "passback": ""}, body={"passback": {}}),
    "room": Case({"room": (-2, 2)}, body=ROOM, given={"presence": inside(2)}),
    "room elsewhere": Case({}, body={"capacity": {"vault": {"places": 9, "gates": ["gate-1"]}}}),
    "one is left": Case({"alone": True}, decision=LEFT, body=PAIR, given={"presence": inside(2)}),
    "two are left": Case({"alone": False}, decision=LEFT, body=PAIR, given={"presence": inside(3)}),
    "one is left where one may be": Case(
        {}, decision=LEFT, body={"two_person": {"vault": {}}}, given={"presence": inside(2)}
    ),
    "nobody beside, and nobody asks": Case({}, body={"two_person": {"vault": {}}}),
    "nobody beside of two": Case({"beside": ()}, body=PAIR),
    "nobody beside who escorts": Case({"beside": ()}, body=visitors(escort={"by": ["staff"]})),
    "an escort of others": Case({}, body={"classes": {"visitor": {}, "child": {"escort": {"by": ["staff"]}}}}),
    "an escort on the way out": Case({}, decision=LEFT, body=visitors(escort={"by": ["staff"]})),
    "somebody beside": Case(
        {"beside": (("staff", 900, True, False, False), ("visitor", 5, False, True, True))}, given=beside(STAFF, SAME)
    ),
    "somebody beside on the way out": Case(
        {"beside": (("staff", 900, True, False, False),)}, decision=LEFT, given=beside(STAFF)
    ),
    "blocked": Case({"blocked": True, "blocklist": ""}, decision=ILL, body={"blocked": [ONE]}),
    "not blocked": Case({"blocked": False, "blocklist": ""}, decision=ILL, body={"blocked": [OTHER]}),
    "implied unblocked": Case({"blocked": False, "blocklist": ""}, body={"blocked": [ONE]}),
    "not told": Case({}, decision=Decision(DENY, IN, Reason.EXPIRED), body={"blocked": [ONE]}),
    "ill": Case({"health": "deny"}, decision=ILL, body=visitors(health="required")),
    "well, and told": Case(
        {"health": "allow"}, replace(PASS, health_ok_until=NEVER), ILL, body=visitors(health="required")
    ),
    "well, implied": Case({"health": "allow"}, body=visitors(health="required")),
    "health not told": Case({}, decision=Decision(DENY, IN, Reason.HOURS), body=visitors(health="required")),
}

EACH: Final = visitors(limits={"trust_s": 60}, issuers=["x"], health="required")
EVERYTHING: Final = EACH | BACKED | ROOM | PAIR | {"blocked": [ONE]}
ALL_TOLD: Final = {"ages": (77, 6, 8), "issuer": False, "health": "allow", "blocked": False, "blocklist": ""} | BACK
TOGETHER: dict[str, Case] = {
    "in": Case(ALL_TOLD | {"room": (-1, 1), "beside": ()}, body=EVERYTHING, given=IS_IN),
    "out": Case(
        ALL_TOLD | {"room": (-2, 2), "alone": True, "again": False},
        decision=LEFT,
        body=EVERYTHING,
        given={"presence": inside(2)},
    ),
}

HEALTH: list[tuple[Decision, Posture, str | None]] = [
    (ALLOWED, Posture.SECURE, "allow"),
    (ALLOWED, Posture.FREE_ACCESS, "allow"),
    (ALLOWED, Posture.LOCKDOWN, None),
    (LEFT, Posture.LOCKDOWN, "allow"),
    (Decision(ALLOW, OUT, remark=Reason.FULL), Posture.SECURE, "allow"),
    (Decision(ALLOW, OUT, remark=Reason.HOURS), Posture.SECURE, None),
    (Decision(ALLOW, OUT, remark=Reason.HOURS), Posture.LOCKDOWN, None),
    (Decision(ALLOW, IN, remark=Reason.HOURS), Posture.SECURE, "allow"),
    (Decision(ALLOW, IN, remark=Reason.HOURS), Posture.FREE_ACCESS, None),
    (Decision(ALLOW, IN, remark=Reason.USED), Posture.FREE_ACCESS, "passable"),
    (Decision(VERIFY, IN, Reason.HOURS), Posture.SECURE, "passable"),
    (Decision(DENY, IN, Reason.HOURS), Posture.SECURE, None),
    (Decision(DENY, IN, Reason.HOURS, Reason.USED), Posture.SECURE, "passable"),
    (Decision(DENY, IN, Reason.USED, Reason.HOURS), Posture.SECURE, None),
    *((Decision(DENY, IN, why), Posture.SECURE, "passable") for why in (Reason.PASSBACK, Reason.FULL, Reason.IDENTITY)),
    (Decision(DENY, IN, Reason.SECOND_PERSON), Posture.SECURE, "passable"),
    (Decision(ALLOW, IN, remark=Reason.HOURS, observed=DENY), Posture.SECURE, None),
    (Decision(ALLOW, IN, remark=Reason.HOURS, observed=VERIFY), Posture.SECURE, "passable"),
    (Decision(ALLOW, IN, remark=Reason.HOURS, observed=ALLOW), Posture.SECURE, "allow"),
    (Decision(ALLOW, IN, remark=Reason.FULL, observed=DENY), Posture.SECURE, "passable"),
]

TABLES: Final = {
    f"{title}: {name}": case
    for title, table in {"all": OF_ALL, "pass": OF_PASSES, "revoked": REVOKED, "asked": ASKED, "each": TOGETHER}.items()
    for name, case in table.items()
}


@pytest.mark.parametrize("name", TABLES)
def test_facts_are_told_as_they_were(name: str) -> None:
    """What the table does not name is as usual."""
    found, expected = judged(TABLES[name])
    assert found == expected


@pytest.mark.parametrize(("decision", "posture", "health"), HEALTH)
def test_an_answer_tells_of_health_what_it_implies(decision: Decision, posture: Posture, health: str | None) -> None:
    """Whatever the health of whoever it is about."""
    told: dict[str, Any] = {"posture": posture, "observed": decision.observed} | ({"health": health} if health else {})
    case = Case(told, decision=decision, body=visitors(health="required"), given={"posture": posture})
    found, expected = judged(case)
    assert found == expected


def test_of_a_policy_without_marks_nothing_is_told() -> None:
    """It was no policy of ours."""
    given = Given(PASS, IN, NOW, PLACE, Rulebook(policy({"classes": {"visitor": {}}, **PAIR})), inside(0))
    found = facts_of(given, ALLOWED, None, "5" * 16)
    assert (found.policy, found.pass_class, found.beside) == (None, "visitor", None)
