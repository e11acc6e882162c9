"""Whose passes count as one of a class, whether anybody knows who shows them, and how sure the clock has to be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from firmware.events import NEVER, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.freshness import Limits
from firmware.rules.policy import ClassRule, Policy
from firmware.rules.presence import Presence
from tests.issuing import AT_NOON, NOON, Issuer

if TYPE_CHECKING:
    from firmware.passes.outcome import Reading

PLACE = Place("gate-1", "lobby")
KEY = bytes.fromhex("00112233445566ab")
PASS = Pass(
    *("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, NOON - 3600, NOON + 3600, NEVER),
    issuer=KEY,
    issuer_name="city-hall",
)
FOREIGN = replace(PASS, format="hc1")
ALLOWED = Decision(Outcome.ALLOW, Direction.IN)


def rules(rule: ClassRule, *, mode: str = "enforce") -> Rulebook:
    """Make a policy that takes one format beside our own, whichever the gate can read already."""
    policy = Policy(profile="test", classes={"visitor": rule})
    return Rulebook.unlimited(policy.model_copy(update={"formats": ("gp1", "hc1"), "mode": mode}))


def ask(
    reading: Reading, rule: ClassRule, now: Instant = AT_NOON, direction: Direction = Direction.IN, **more: object
) -> Decision:
    """Ask for the way in, or out."""
    waived = frozenset({Reason.IDENTITY}) if more.get("waived") else frozenset[Reason]()
    place, posture = Place("gate-1", "lobby", observing=bool(more.get("observing"))), Posture.SECURE
    return decide(reading, direction, now, place, rules(rule), Presence(), posture, waived)


def only(**narrowed: object) -> ClassRule:
    """Narrow whose passes count."""
    return ClassRule().model_copy(update=narrowed)


ISSUERS: list[tuple[frozenset[str], Reason | None]] = [
    (frozenset({"city-hall"}), None),
    (frozenset({"00112233445566ab"}), None),
    (frozenset({"harbour", "city-hall"}), None),
    (frozenset({"harbour"}), Reason.CLASS_NOT_ADMITTED),
    (frozenset({"City-Hall"}), Reason.CLASS_NOT_ADMITTED),
    (frozenset({"00112233445566AB"}), Reason.CLASS_NOT_ADMITTED),
    (frozenset({"00112233445566"}), Reason.CLASS_NOT_ADMITTED),
]


@pytest.mark.parametrize(("issuers", "reason"), ISSUERS)
def test_a_class_may_be_narrowed_to_issuers(issuers: frozenset[str], reason: Reason | None) -> None:
    """By name or by the id of the key, letter by letter; without a list every trusted one counts."""
    assert ask(PASS, ClassRule(issuers=issuers)).reason is reason
    assert ask(PASS, ClassRule()) == ALLOWED


def test_an_issuer_without_a_name_is_not_one_of_any() -> None:
    """Nothing is taken for the empty name."""
    assert ask(replace(PASS, issuer=b"", issuer_name=""), ClassRule(issuers=frozenset({"x"}))).outcome is Outcome.DENY
    with pytest.raises(ValidationError):
        ClassRule(issuers=frozenset({""}))


def test_a_pass_of_our_own_says_whose_it_is() -> None:
    """Name and key id are those of the key on the trust list that signed it."""
    issuer = Issuer()
    bench = rules(ClassRule(issuers=frozenset({issuer.trusted().issuer})))
    assert _shown(issuer, bench) == ALLOWED
    assert _shown(issuer, rules(ClassRule(issuers=frozenset({issuer.trusted().key_id.hex()})))) == ALLOWED
    assert _shown(issuer, rules(ClassRule(issuers=frozenset({"somebody-else"})))).reason is Reason.CLASS_NOT_ADMITTED


def _shown(issuer: Issuer, book: Rulebook) -> Decision:
    return decide(read(issuer.code(), issuer.trust()), Direction.IN, AT_NOON, PLACE, book, Presence())


def test_a_class_may_be_narrowed_to_formats() -> None:
    """What the policy takes and the class does not is no pass of that class."""
    matched = {"verify": frozenset({"identity"})}
    assert ask(FOREIGN, only(formats=("gp1",), **matched)).reason is Reason.CLASS_NOT_ADMITTED
    assert ask(FOREIGN, only(formats=("hc1",), **matched)).reason is Reason.IDENTITY
    assert ask(PASS, only(formats=("hc1",), **matched)).reason is Reason.CLASS_NOT_ADMITTED
    assert ask(PASS, only(formats=("gp1",))) == ALLOWED


@pytest.mark.parametrize("name", ["hc1", "shc", "vdsnc", "divoc", "another"])
def test_a_certificate_that_can_be_copied_lets_nobody_in_by_itself(name: str) -> None:
    """Whatever its format is, if it is not our own."""
    rule, foreign = ClassRule(), replace(PASS, format=name)
    book = Rulebook.unlimited(Policy(profile="test", classes={"visitor": rule}).model_copy(update={"formats": (name,)}))
    refused = decide(foreign, Direction.IN, AT_NOON, PLACE, book, Presence())
    assert refused == Decision(Outcome.DENY, Direction.IN, Reason.IDENTITY)


def test_an_officer_may_match_it() -> None:
    """Asked where the policy leaves it to them, allowed with their yes and with the remark, refused without that."""
    left = ClassRule(verify=frozenset({"identity"}))
    assert ask(FOREIGN, left) == Decision(Outcome.VERIFY, Direction.IN, Reason.IDENTITY)
    assert ask(FOREIGN, left, waived=True) == Decision(Outcome.ALLOW, Direction.IN, remark=Reason.IDENTITY)
    assert ask(FOREIGN, ClassRule(), waived=True) == Decision(Outcome.DENY, Direction.IN, Reason.IDENTITY)
    assert ask(PASS, left) == ALLOWED


def test_a_yes_to_who_it_is_answers_nothing_about_health() -> None:
    """Health is named first; each takes its own yes, and one that is not left to officers refuses."""
    both = ClassRule(health="required", verify=frozenset({"health", "identity"}))
    assert ask(FOREIGN, both).reason is Reason.HEALTH
    assert ask(FOREIGN, both, waived=True) == Decision(Outcome.VERIFY, Direction.IN, Reason.HEALTH)
    refused = ask(FOREIGN, ClassRule(health="required", verify=frozenset({"identity"})), waived=True)
    assert refused == Decision(Outcome.DENY, Direction.IN, Reason.HEALTH)


def test_an_observing_policy_softens_no_identity() -> None:
    """It is no rule of health: a copied certificate opens nothing, whatever is being tried out."""
    book = rules(ClassRule(), mode="observe")
    said = decide(FOREIGN, Direction.IN, AT_NOON, PLACE, book, Presence())
    assert (said.outcome, said.reason) == (Outcome.DENY, Reason.IDENTITY)


def test_whoever_leaves_by_a_certificate_leaves() -> None:
    """With the remark, as with anything odd."""
    out = ask(FOREIGN, ClassRule(), direction=Direction.OUT)
    assert out == Decision(Outcome.ALLOW, Direction.OUT, remark=Reason.IDENTITY)


UNSURE = [
    (Instant(0, NOON - 30, NOON + 30, "rtc"), 60, None),
    (Instant(0, NOON - 30, NOON + 31, "rtc"), 60, Reason.CLOCK_UNTRUSTED),
    (Instant(0, NOON, NOON + 61, "rtc"), 60, Reason.CLOCK_UNTRUSTED),
    (Instant(0, NOON - 1800, NOON + 1800, "none"), None, None),
]


@pytest.mark.parametrize(("now", "clock_s", "reason"), UNSURE)
def test_a_clock_that_is_too_unsure_lets_nobody_in_and_everybody_out(
    now: Instant, clock_s: int | None, reason: Reason | None
) -> None:
    """Though the pass is valid at every moment that it can be now."""
    rule = ClassRule() if clock_s is None else ClassRule(limits=Limits(clock_s=clock_s))
    assert ask(PASS, rule, now).reason is reason
    assert ask(PASS, rule, now, Direction.OUT) == Decision(Outcome.ALLOW, Direction.OUT, remark=reason)


def test_no_officer_waives_the_time() -> None:
    """It stands with the pass's own validity, before everything that a policy may leave to somebody."""
    late = Instant(0, NOON, NOON + 61, "rtc")
    left = ClassRule(limits=Limits(clock_s=60, trust_s=60), verify=frozenset({"lists_too_old"}))
    assert ask(replace(PASS, trust_issued=1), left, late).reason is Reason.CLOCK_UNTRUSTED
    assert ask(replace(PASS, trust_issued=1), left).reason is Reason.LISTS_TOO_OLD
    assert ask(replace(PASS, expires=NOON), left, late).reason is Reason.EXPIRED


def test_a_gate_that_only_watches_says_what_the_clock_would_have_refused() -> None:
    """An installed gate lets in and keeps the remark."""
    rule = ClassRule(limits=Limits(clock_s=1))
    said = ask(PASS, rule, Instant(0, NOON, NOON + 2), observing=True)
    assert (said.outcome, said.observed, said.remark) == (Outcome.ALLOW, Outcome.DENY, Reason.CLOCK_UNTRUSTED)
