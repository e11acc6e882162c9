"""What a decision rested on stands in one of its records: where all of it may be read, or nowhere."""

from __future__ import annotations

import json

import pytest

from firmware.control.accounts import Knowledge
from firmware.control.judging import Judge
from firmware.control.witness import attested
from firmware.events import Contact, Decision, Direction, Outcome, Posture, PostureCommanded, Record
from firmware.records.kinds import DATA
from firmware.rules.company import TwoPersons
from firmware.rules.decide import Place, Rulebook
from firmware.rules.policy import ClassRule, Policy
from firmware.rules.presence import Presence
from firmware.rules.replay.again import Replayer
from firmware.signed import facts as form
from tests.issuing import AT_NOON, NOON, Issuer
from tests.unit.control.bench import Bench
from tests.unit.control.waiting import BOTH, Office

SICK = {"visitor": ClassRule(health="required"), "staff": ClassRule()}
UNDER_THREAT = {"visitor": ClassRule(duress="staff"), "staff": ClassRule(health="required")}


def policy(classes: dict[str, ClassRule]) -> Policy:
    """Make a policy of these classes."""
    return Policy(profile="test", classes=classes)


def facts_in(records: list[Record]) -> list[tuple[str, form.Facts]]:
    """Read the facts out of records as whoever gets the events does, and the kinds of those that hold any."""
    found = []
    for one in records:
        body = one.body | {"at": {"boot": "b", "boottime_ms": 0, "clock": "x", "earliest": NOON, "latest": NOON}}
        DATA[one.kind].model_validate_json(json.dumps({k: v for k, v in body.items() if v is not None}))
        if isinstance(written := one.body.get("facts"), dict):
            read = form.read(written, body, "gate-1")
            assert read is not None
            assert read[0].digest == read[1]
            found.append((one.kind, read[0]))
    return found


@pytest.mark.parametrize(
    ("classes", "changes", "kinds"),
    [
        (SICK, {}, ["follow-up"]),
        (SICK, {"health_ok_until": NOON + 99}, ["access"]),
        (SICK, {"pass_class": "staff"}, ["access"]),
        (UNDER_THREAT, {}, ["duress"]),
        (UNDER_THREAT, {"pass_class": "staff", "health_ok_until": NOON + 99}, ["duress"]),
        (UNDER_THREAT, {"pass_class": "staff"}, []),
    ],
)
@pytest.mark.parametrize("reader", ["outside", "inside"])
def test_the_facts_stand_where_all_of_them_may_be_read(
    classes: dict[str, ClassRule], changes: dict[str, object], kinds: list[str], reader: str
) -> None:
    """Refused for health: in the follow-up. Where passes are shown under threat: with the word about that."""
    bench = Bench(rules=Rulebook.unlimited(policy(classes)))
    bench.show(bench.issuer.code(None, **changes), reader=reader)
    found = facts_in(bench.journal.records)
    assert [kind for kind, _ in found] == kinds
    again = [Replayer.of(policy(classes)).decide(facts) for _, facts in found]
    assert again == [facts.answer for _, facts in found]
    assert all(facts.direction is (Direction.IN if reader == "outside" else Direction.OUT) for _, facts in found)


@pytest.mark.parametrize("posture", Posture)
def test_a_code_that_is_no_pass_has_facts_too(posture: Posture) -> None:
    """A poster under every posture; what it was is told though the posture alone decides."""
    bench = Bench()
    bench.controller.turn(PostureCommanded(posture))
    bench.show(b"poster")
    (found,) = [facts for _, facts in facts_in([one for one in bench.journal.records if one.kind == "access"])]
    assert (found.unread, found.posture) == ("unknown_format", posture)


def test_who_asks_by_a_button_has_none() -> None:
    """No rule was asked."""
    bench = Bench()
    bench.contact(Contact.REX)
    assert facts_in(bench.journal.records) == []


def test_an_officers_yes_is_a_decision_of_its_own() -> None:
    """Each time the pass is judged leaves its facts, with what was waived by then."""
    office = Office(BOTH)
    office.show()
    for _ in range(2):
        assert office.say(admit=True) is None
    found = [facts for _, facts in facts_in(office.bench.journal.records)]
    assert [(facts.decision, sorted(facts.waived)) for facts in found] == [
        (Outcome.VERIFY, []),
        (Outcome.VERIFY, ["hours"]),
        (Outcome.ALLOW, ["health", "hours"]),
    ]
    rules = policy({"visitor": BOTH})
    assert [Replayer.of(rules).decide(facts) for facts in found if facts.answer.restricted] == [
        facts.answer for facts in found if facts.answer.restricted
    ]


def test_what_cannot_be_said_keeps_nobody_out() -> None:
    """A gate whose name is no id decides as ever; that it could not say why is counted."""
    bench = Bench()
    place = Place("No Id", "lobby")
    issuer = Issuer()
    rules = Rulebook.unlimited(policy({"visitor": ClassRule()}))
    judge = Judge(Knowledge("run", place, {}, issuer.trust(), rules), Presence(), bench.controller.counts)
    _, decision = judge.judge((issuer.code(),), Direction.IN, AT_NOON, Posture.SECURE)
    assert (decision, judge.witness.facts(decision)) == (Decision(Outcome.ALLOW, Direction.IN), None)
    assert bench.controller.counts["internal"] == 1
    record = Record(1, "access", AT_NOON, {})
    assert attested([record], None, None) == [record]


def test_who_goes_in_together_leaves_the_facts_of_each() -> None:
    """Two who may not go in alone: what each was beside stands in their own record, and each is decided again."""
    rules = Policy(profile="test", classes={"visitor": ClassRule()}, two_person={"lobby": TwoPersons()})
    bench = Bench(rules=Rulebook.unlimited(rules))
    for number in (1, 2):
        bench.show(bench.issuer.code(None, pass_id=bytes([number]) * 12))
    found = [facts for _, facts in facts_in(bench.journal.records)]
    assert [(facts.decision, len(facts.beside or ())) for facts in found] == [
        (Outcome.DENY, 0),
        (Outcome.ALLOW, 1),
        (Outcome.ALLOW, 1),
    ]
    assert [Replayer.of(rules).decide(facts) for facts in found] == [facts.answer for facts in found]
