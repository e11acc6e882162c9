"""Decisions made again from told facts, table by table: what was told is believed, and nothing else is guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import pytest

from firmware.events import Decision, Direction, Outcome, Posture, Reason
from firmware.passes.health import Dose, HealthFacts
from firmware.rules.replay.again import NotTold, Replayer
from firmware.rules.replay.hidden import Hidden
from firmware.signed.facts import Facts
from tests.issuing import NOON
from tests.unit.rules.situations import policy

if TYPE_CHECKING:
    from firmware.rules.replay.marks import Marks

IN, OUT = Direction
ALLOW, VERIFY, DENY = Outcome.ALLOW, Outcome.VERIFY, Outcome.DENY
ONE, OTHER = "a" * 32, "b" * 32
WELL: Final = HealthFacts((Dose(date(2025, 6, 1), 3, 2),), born=date(1980, 1, 1))
STRANGE: Final = "9" * 16
ALLOWED: Final = Decision(ALLOW, IN)
LEFT: Final = Decision(ALLOW, OUT)


def denied(why: Reason, **more: Any) -> Decision:  # noqa: ANN401  whatever else an answer has
    """Refuse somebody who wants in."""
    return Decision(DENY, IN, why, **more)


def remarked(why: Reason, direction: Direction = IN) -> Decision:
    """Let somebody through with a remark."""
    return Decision(ALLOW, direction, remark=why)


def untold(*what: str) -> NotTold:
    """Leave it open."""
    return NotTold(what)


@dataclass
class Case:
    """What the answer is, of these facts, under this policy; `known` names parts that were told under it."""

    answer: Decision | NotTold
    facts: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = field(default_factory=dict)
    known: tuple[str, ...] = ()
    hidden: Hidden | None = None


def facts_of(case: Case, marks: Marks | None) -> Facts:
    """Write down what was told, with the marks of what it was told under."""
    said: dict[str, Any] = {
        "gate": "gate-1",
        "area": "lobby",
        "at": (NOON, NOON + 3),
        "decision": ALLOW,
        "direction": IN,
        "trust": "0" * 16,
        "format": "gp1",
        "class": "visitor",
    }
    if marks is not None:
        of = {"health_rules": marks.health.get("visitor"), "issuers": marks.issuers.get("visitor")}
        of |= {"policy": marks.policy, "blocklist": marks.blocklist, "passback": marks.passback}
        said |= {name: of[name] for name in case.known}
    return Facts.model_validate(said | case.facts)


def visitors(**rule: object) -> dict[str, Any]:
    """Ask this of visitors."""
    return {"classes": {"visitor": rule}}


BACK: Final = {"passback": {"mode": "hard"}}
ROOM: Final = {"capacity": {"lobby": {"places": 4, "gates": ["gate-1"]}}}
VAULT: Final = {"capacity": {"vault": {"places": 4, "gates": ["gate-1"]}}}
NEVER_OPEN: Final = [{"days": ["sun"], "from": "00:00", "until": "24:00"}]
UNSURE: Final = visitors(limits={"clock_s": 1})

PLAIN: dict[str, Case] = {
    "usual": Case(ALLOWED),
    "on the way out": Case(LEFT, {"direction": OUT}),
    "unreadable": Case(denied(Reason.UNKNOWN_FORMAT), {"unread": Reason.UNKNOWN_FORMAT, "format": None, "class": None}),
    "untrusted": Case(denied(Reason.BAD_SIGNATURE), {"unread": Reason.BAD_SIGNATURE}),
    "untrusted, going out": Case(
        remarked(Reason.BAD_SIGNATURE, OUT), {"unread": Reason.BAD_SIGNATURE, "class": None, "direction": OUT}
    ),
    "untrusted, closed": Case(
        denied(Reason.LOCKDOWN), {"unread": Reason.BAD_SIGNATURE, "class": None, "posture": Posture.LOCKDOWN}
    ),
    "no class and no reason": Case(denied(Reason.INTERNAL), {"class": None, "format": None}),
    "untrusted where it is only observed": Case(
        denied(Reason.BAD_SIGNATURE, observed=DENY),
        {"unread": Reason.BAD_SIGNATURE, "class": None},
        {"mode": "observe"},
    ),
    "no policy": Case(denied(Reason.NO_POLICY), {"revoked": None}, None),
    "no policy, expired": Case(denied(Reason.EXPIRED), {"validity": Reason.EXPIRED}, None),
    "no policy, going out": Case(remarked(Reason.NO_POLICY, OUT), {"direction": OUT, "alone": True}, None),
    "no policy, in company": Case(denied(Reason.NO_POLICY), {"beside": (), "again": True, "blocked": True}, None),
    "out of date": Case(denied(Reason.POLICY_EXPIRED), {"out_of_date": True}),
    "out of date in the first second there is": Case(
        denied(Reason.POLICY_EXPIRED), {"out_of_date": True, "at": (0, 0)}, visitors(limits={"clock_s": 1})
    ),
    "lists lost": Case(denied(Reason.LISTS_TOO_OLD), {"lists_lost": True}),
    "elsewhere": Case(denied(Reason.WRONG_AREA), {"elsewhere": True}),
    "not in this area": Case(denied(Reason.WRONG_AREA), {}, visitors(areas=["vault"])),
    "in this area": Case(ALLOWED, {}, visitors(areas=["lobby"])),
    "another gate": Case(denied(Reason.WRONG_GATE), {"other_gate": True}),
    "used": Case(denied(Reason.USED), {"used": True}),
    "observing": Case(Decision(ALLOW, IN, remark=Reason.USED, observed=DENY), {"observing": True, "used": True}),
    "closed": Case(denied(Reason.DISABLED), {"posture": Posture.DISABLED}),
    "waived": Case(remarked(Reason.USED), {"used": True, "waived": (Reason.USED,)}, visitors(verify=["used"])),
    "not waived": Case(Decision(VERIFY, IN, Reason.USED), {"used": True}, visitors(verify=["used"])),
    "no such class": Case(denied(Reason.CLASS_NOT_ADMITTED), {"class": "guest", "issuers": STRANGE}),
    "threat": Case(Decision(ALLOW, IN, duress=True), {}, {"classes": {"visitor": {"duress": "staff"}, "staff": {}}}),
    "proof": Case(ALLOWED, {"proof": "good"}, visitors(proof="holder")),
    "no proof": Case(denied(Reason.NO_PROOF), {}, visitors(proof="holder")),
    "replayed": Case(denied(Reason.REPLAYED), {"proof": "good", "replayed": True}),
    "revoked": Case(denied(Reason.REVOKED), {"revoked": True}),
    "revoked or not": Case(untold("revoked"), {"revoked": None}),
    "revoked or not, and expired": Case(denied(Reason.EXPIRED), {"revoked": None, "validity": Reason.EXPIRED}),
}

ASKED: dict[str, Case] = {
    "again": Case(denied(Reason.PASSBACK), {"again": True}, BACK, ("passback",)),
    "not again": Case(ALLOWED, {"again": False}, BACK, ("passback",)),
    "again under another rule": Case(untold("again"), {"again": True, "passback": STRANGE}, BACK),
    "again where nobody asked": Case(untold("again"), {}, BACK),
    "again where nobody asks": Case(ALLOWED, {"again": True, "passback": STRANGE}),
    "again, out": Case(remarked(Reason.PASSBACK, OUT), {"again": True, "direction": OUT}, BACK, ("passback",)),
    "room": Case(ALLOWED, {"room": (0, 0)}, ROOM),
    "room for one": Case(ALLOWED, {"room": (-3, 3)}, ROOM),
    "no place held": Case(denied(Reason.FULL), {"room": (-4, 0)}, ROOM),
    "people inside": Case(denied(Reason.FULL), {"room": (0, 4)}, ROOM),
    "room not told": Case(untold("room"), {}, ROOM),
    "room not told, out": Case(LEFT, {"direction": OUT}, ROOM),
    "room of elsewhere": Case(ALLOWED, {}, VAULT),
    "room told where nobody asks": Case(ALLOWED, {"room": (-4, 4)}),
    "trust": Case(ALLOWED, {"ages": (NOON - 57, 0, 0)}, visitors(limits={"trust_s": 60})),
    "trust too old": Case(denied(Reason.LISTS_TOO_OLD), {"ages": (NOON - 58, 0, 0)}, visitors(limits={"trust_s": 60})),
    "policy": Case(ALLOWED, {"ages": (1, NOON - 57, 1)}, visitors(limits={"policy_s": 60})),
    "policy too old": Case(
        denied(Reason.LISTS_TOO_OLD), {"ages": (NOON, NOON - 58, NOON)}, visitors(limits={"policy_s": 60})
    ),
    "no list": Case(denied(Reason.LISTS_TOO_OLD), {"ages": (NOON, NOON, None)}, visitors(limits={"revocations_s": 60})),
    "a list": Case(ALLOWED, {"ages": (1, 1, NOON)}, visitors(limits={"revocations_s": 60})),
    **{f"{one} not told": Case(untold("ages"), {}, visitors(limits={one: 60})) for one in ("trust_s", "policy_s")},
    "list not told": Case(untold("ages"), {}, visitors(limits={"revocations_s": 60})),
    "clock": Case(denied(Reason.CLOCK_UNTRUSTED), {}, UNSURE),
    "sure clock": Case(ALLOWED, {"at": (NOON, NOON + 1)}, UNSURE),
    "blocked": Case(denied(Reason.BLOCKED), {"blocked": True}, {"blocked": [ONE]}, ("blocklist",)),
    "unblocked": Case(ALLOWED, {"blocked": False}, {"blocked": [ONE]}, ("blocklist",)),
    "blocked or not": Case(untold("reference"), {}, {"blocked": [ONE]}, ("blocklist",)),
    "blocked elsewhere": Case(untold("reference"), {"blocked": True, "blocklist": STRANGE}, {"blocked": [ONE]}),
    "blocked where nobody is": Case(ALLOWED, {"blocked": True, "blocklist": STRANGE}),
    "blocked, opened": Case(denied(Reason.BLOCKED), {"blocked": False}, {"blocked": [ONE]}, hidden=Hidden(ONE)),
    "unblocked, opened": Case(ALLOWED, {"blocked": True}, {"blocked": [ONE]}, ("blocklist",), Hidden(OTHER)),
    "opened, and full or not": Case(untold("room"), {}, {"blocked": [ONE]} | ROOM, hidden=Hidden(OTHER)),
    "issuer": Case(ALLOWED, {"issuer": True}, visitors(issuers=["B", "A"]), ("issuers",)),
    "other issuer": Case(denied(Reason.CLASS_NOT_ADMITTED), {"issuer": False}, visitors(issuers=["A"]), ("issuers",)),
    "issuer not told": Case(untold("issuer"), {}, visitors(issuers=["A"])),
    "issuer of another list": Case(untold("issuer"), {"issuers": STRANGE}, visitors(issuers=["A"])),
    "issuer where nobody asks": Case(ALLOWED, {"issuer": False, "issuers": STRANGE}),
}

PAIR: Final[dict[str, Any]] = {"two_person": {"lobby": {}}}
ESCORT: Final = visitors(escort={"by": ["staff"]})
STAFF: Final = ("staff", 900, True, False, False)
THEMSELVES: Final = ("visitor", 5, True, True, True)

COMPANY: dict[str, Case] = {
    "a second": Case(ALLOWED, {"beside": (STAFF,)}, PAIR),
    "nobody": Case(denied(Reason.SECOND_PERSON), {"beside": ()}, PAIR),
    "themselves": Case(denied(Reason.SECOND_PERSON), {"beside": (THEMSELVES,)}, PAIR),
    "not told": Case(untold("company"), {}, PAIR),
    "of certain classes, not told": Case(
        untold("company"), {}, {"two_person": {"lobby": {"first": ["staff"], "second": ["guard"]}}}
    ),
    "elsewhere": Case(ALLOWED, {}, {"two_person": {"vault": {}}}),
    "an escort": Case(ALLOWED, {"beside": (STAFF,)}, ESCORT),
    "no escort": Case(denied(Reason.NO_ESCORT), {"beside": ()}, ESCORT),
    "an escort, not told": Case(untold("company"), {}, ESCORT),
    "an escort of others": Case(ALLOWED, {}, {"classes": {"visitor": {}, "child": {"escort": {"by": ["staff"]}}}}),
    "alone": Case(remarked(Reason.SECOND_PERSON, OUT), {"direction": OUT, "alone": True}, PAIR),
    "not alone": Case(LEFT, {"direction": OUT, "alone": False}, PAIR),
    "alone or not": Case(untold("company"), {"direction": OUT}, PAIR),
    "alone elsewhere": Case(LEFT, {"direction": OUT}, {"two_person": {"vault": {}}}),
    "alone where one may be": Case(LEFT, {"direction": OUT, "alone": True}),
    "not told, and refused for more": Case(denied(Reason.WRONG_AREA), {"elsewhere": True}, PAIR),
}

REQUIRED: Final = visitors(health="required")
OPEN: Final = visitors(health="required", verify=["health"])
COLOUR: Final = visitors(health="colour")
BY_RULES: Final = visitors(health="rules")
ILL: Final = denied(Reason.HEALTH)
LOOK: Final = Decision(VERIFY, IN, Reason.HEALTH)
KNOWN: Final = ("health_rules",)
RESTRICTED: Final = {"decision": DENY, "reason": Reason.HEALTH}
HEALTH: dict[str, Case] = {
    "well": Case(ALLOWED, {"health": "allow"}, REQUIRED, KNOWN),
    "ill": Case(ILL, {"health": "deny"}, REQUIRED, KNOWN),
    "passable": Case(untold("health"), {"health": "passable"}, REQUIRED, KNOWN),
    "not told": Case(untold("health"), {}, REQUIRED, KNOWN),
    "under other rules": Case(untold("health"), {"health": "deny", "health_rules": STRANGE}, REQUIRED),
    "where nobody asks": Case(ALLOWED, {"health": "deny", "health_rules": STRANGE}),
    "of no such class": Case(denied(Reason.CLASS_NOT_ADMITTED), {"health": "deny", "class": "guest"}, REQUIRED),
    "out": Case(remarked(Reason.HEALTH, OUT), {"health": "deny", "direction": OUT}, REQUIRED, KNOWN),
    "well, opened": Case(ALLOWED, {"health": "deny"}, REQUIRED, KNOWN, Hidden(ONE, health_ok_until=NOON + 4)),
    "ill, opened": Case(ILL, {"health": "allow"}, REQUIRED, KNOWN, Hidden(ONE, health_ok_until=NOON + 3)),
    "colour": Case(LOOK, {"health": "verify", **RESTRICTED}, COLOUR, KNOWN),
    "colour refused": Case(ILL, {"health": "deny", **RESTRICTED}, COLOUR, KNOWN),
    "colour not told": Case(untold("health"), RESTRICTED, COLOUR, KNOWN),
    "colour opened": Case(ALLOWED, RESTRICTED, COLOUR, (), Hidden(ONE, health=WELL)),
    "colour opened, and nothing is there": Case(ILL, {"health": "allow"}, COLOUR, KNOWN, Hidden(ONE)),
    "rules": Case(ILL, {"health": "deny"}, BY_RULES, KNOWN),
    "rules opened in part": Case(ALLOWED, {"health": "allow"}, BY_RULES, KNOWN, Hidden(ONE, health_ok_until=NOON + 9)),
    "rules opened whole": Case(ILL, {"health": "allow"}, BY_RULES, KNOWN, Hidden(ONE, whole=True)),
    "rules not told": Case(untold("health"), {}, BY_RULES, (), Hidden(ONE)),
    "an officer's yes": Case(remarked(Reason.HEALTH), {"health": "deny"}, OPEN, (*KNOWN, "policy")),
    "an officer's yes to more": Case(
        remarked(Reason.HEALTH),
        {"health": "deny", "waived": (Reason.HOURS,)},
        visitors(health="required", verify=["health", "hours"], hours=NEVER_OPEN),
        (*KNOWN, "policy"),
    ),
    "an officer's yes to a colour": Case(remarked(Reason.HEALTH), {"health": "verify"}, COLOUR, (*KNOWN, "policy")),
    "an officer's yes or none": Case(untold("waived"), {"health": "deny"}, OPEN, KNOWN),
    "an officer has not said yes": Case(LOOK, {"health": "deny", **RESTRICTED}, OPEN, (*KNOWN, "policy")),
    "an officer is not asked": Case(ILL, {"health": "deny"}, REQUIRED, (*KNOWN, "policy")),
    "an officer is asked for more": Case(
        ILL, {"health": "deny"}, visitors(health="required", verify=["hours"]), (*KNOWN, "policy")
    ),
    "an officer is not asked out": Case(
        remarked(Reason.HEALTH, OUT), {"health": "deny", "direction": OUT}, OPEN, KNOWN
    ),
    "two things": Case(untold("room", "health"), {}, REQUIRED | ROOM),
}

TABLES: Final = {
    f"{title}: {name}": case
    for title, table in {"plain": PLAIN, "asked": ASKED, "company": COMPANY, "health": HEALTH}.items()
    for name, case in table.items()
}


@pytest.mark.parametrize("name", TABLES)
def test_a_decision_comes_out_as_the_facts_tell(name: str) -> None:
    """Twice: what the first made of the policy serves the second."""
    case = TABLES[name]
    book = None if case.body is None else policy({"classes": {"visitor": {}}} | case.body)
    replayer = Replayer.of(book)
    facts = facts_of(case, replayer.marks)
    assert replayer.decide(facts, case.hidden) == case.answer
    assert replayer.decide(facts, case.hidden) == case.answer


def test_one_replayer_tells_classes_and_answers_apart() -> None:
    """It makes a policy of its own for each once, and changes nothing but the rule that was asked."""
    asks = {"health": "required", "verify": ["used"]}
    replayer = Replayer.of(book := policy({"classes": {"visitor": asks, "staff": {"health": "colour"}}}))
    assert replayer.marks is not None
    for pass_class, health, answer in (
        ("visitor", "deny", ILL),
        ("visitor", "allow", ALLOWED),
        ("staff", "deny", ILL),
        ("staff", "verify", LOOK),
        ("visitor", "deny", ILL),
    ):
        mark = replayer.marks.health[pass_class]
        told = {"class": pass_class, "health": health, "health_rules": mark, **RESTRICTED}
        assert replayer.decide(facts_of(Case(answer, told), None)) == answer
    made = {key: one.classes[key[0]] for key, one in replayer.answering.items()}
    assert {key: (one.health, set(one.verify)) for key, one in made.items()} == {
        ("visitor", "deny"): ("required", {"used"}),
        ("visitor", "allow"): (None, {"used"}),
        ("staff", "deny"): ("required", set()),
        ("staff", "verify"): ("required", {"health"}),
    }
    assert all(set(one.classes) == set(book.classes) for one in replayer.answering.values())


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("colour not told", {"allow", "verify", "deny"}),
        ("not told", {"allow", "deny"}),
        ("rules not told", {"allow", "deny"}),
        ("passable", {"allow", "verify"}),
    ],
)
def test_of_health_every_answer_is_tried_that_there_can_have_been(name: str, tried: set[str]) -> None:
    """And no other."""
    case = HEALTH[name]
    replayer = Replayer.of(policy(case.body or {}))
    replayer.decide(facts_of(case, replayer.marks), case.hidden)
    assert {health for _, health in replayer.answering} == tried
