"""What is said of a person only to a few, judged from the gate's records and its log."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from firmware.control.accounts import Accounts, Knowledge
from firmware.control.counting import Counting
from firmware.events import NEVER, Colour, Direction, Signal
from firmware.passes.health import HealthFacts, Test, TestKind
from firmware.passes.outcome import Pass
from firmware.passes.reading import read_first
from firmware.records.restricted import FollowUp
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import ClassRule, Policy
from firmware.rules.presence import Presence
from firmware.trust.keys import TrustSet
from tests.issuing import AT_NOON, NOON
from tests.unit.control.bench import Bench
from tests.unit.rules.colours import profile as shipped_profile

if TYPE_CHECKING:
    import pytest

    from firmware.events import Record

HEALTH = Rulebook.unlimited(Policy(profile="health", classes={"visitor": ClassRule(health="required")}))


def test_a_refusal_for_health_leaves_the_gate_in_a_restricted_record_only(caplog: pytest.LogCaptureFixture) -> None:
    """Access record, log line and lamp say that an officer is wanted; the follow-up says why."""
    caplog.set_level(logging.INFO)
    bench = Bench(rules=HEALTH)
    record = bench.show(bench.issuer.code())
    assert (record.body["decision"], record.body["reason"]) == ("deny", "see_officer")
    assert [one.kind for one in bench.journal.records] == ["access", "follow-up"]
    told = bench.journal.records[1].body
    assert (told["reason"], told["class"], told["reader"]) == ("health", "visitor", "outside")
    assert ("light", Signal.SEE_OFFICER) in [(kind, what) for _, kind, what in bench.heard]
    assert "see_officer" in caplog.text
    assert "health" not in caplog.text.replace("see_officer", "")


def test_a_blocked_pass_cannot_be_told_from_one_refused_for_health() -> None:
    """What everybody reads of the two is the same, byte for byte."""
    bench = Bench(rules=HEALTH)
    code = bench.issuer.code()
    _, reading = read_first((code,), bench.issuer.trust())
    assert isinstance(reading, Pass)
    policy = Policy(profile="x", classes={"visitor": ClassRule()}, blocked=frozenset({reading.reference}))
    blocked = Bench(trust=bench.issuer.trust(), rules=Rulebook.unlimited(policy))
    assert blocked.show(code).body == bench.show(code).body
    assert [one.body["reason"] for one in blocked.journal.records[1:]] == ["blocked"]


def test_who_is_healthy_leaves_no_follow_up() -> None:
    """A pass that vouches for it gets in as any other."""
    bench = Bench(rules=HEALTH)
    record = bench.show(bench.issuer.code(health_ok_until=NOON + 60))
    assert record.body["decision"] == "allow"
    assert [one.kind for one in bench.journal.records] == ["access"]


ILL = HealthFacts(tests=(Test(date(2026, 1, 5), TestKind.PCR, positive=True),), born=date(1990, 1, 1))
UNVACCINATED = HealthFacts(born=date(1990, 1, 1))


def told_of(facts: HealthFacts | None) -> list[Record]:
    """Record the refusal of a pass with these facts."""
    policy = Policy(
        profile="colours", classes={"visitor": ClassRule(health="colour")}, health_profile=shipped_profile()
    )
    knowledge = Knowledge("run", Place("gate-1", "lobby"), {}, TrustSet(), Rulebook.unlimited(policy))
    presence = Presence()
    accounts = Accounts(knowledge, presence, Counting(presence))
    shown = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON, NOON, NOON + 9, NEVER, health=facts)
    decision = decide(shown, Direction.IN, AT_NOON, knowledge.place, knowledge.rules, Presence())
    decided = accounts.decided(decision, shown, "outside", AT_NOON)
    return [decided, *accounts.restricted(decided, decision, shown, AT_NOON)]


def test_the_colour_behind_a_refusal_is_told_in_the_restricted_record_only() -> None:
    """Red and black leave the same access record; the follow-up tells them apart, and of no facts it tells nothing."""
    (black, black_told), (red, red_told), (_, unknown_told) = (told_of(facts) for facts in (ILL, UNVACCINATED, None))
    assert black == red
    assert (black_told.body["colour"], red_told.body["colour"]) == ("black", "red")
    assert replace(black_told, body={}) == replace(red_told, body={})
    assert "colour" not in unknown_told.body
    at = {"boot": "b", "boottime_ms": 0, "clock": "none"}
    assert FollowUp.model_validate(black_told.body | {"at": at}, strict=False).colour is Colour.BLACK
