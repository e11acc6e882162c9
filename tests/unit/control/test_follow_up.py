"""What is said of a person only to a few, judged from the gate's records and its log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from firmware.events import Signal
from firmware.passes.outcome import Pass
from firmware.passes.reading import read_first
from firmware.rules.decide import Rulebook
from firmware.rules.policy import ClassRule, Policy
from tests.issuing import NOON
from tests.unit.control.bench import Bench

if TYPE_CHECKING:
    import pytest

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
