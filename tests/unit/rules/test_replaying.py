"""A decision made again from its facts alone: the same answer, or a plain word that the facts do not tell it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.passes.outcome import Pass
from firmware.rules.facts import facts_of
from firmware.rules.hidden import open_hidden, seal_hidden
from firmware.rules.marks import Marks
from firmware.rules.replaying import NotTold, Replayer
from firmware.signed import facts as form
from tests.issuing import NOON
from tests.unit.rules.situations import Situation, decided, situations

if TYPE_CHECKING:
    from firmware.signed.facts import Facts

KEY = ec.generate_private_key(ec.SECP256R1())
FULL = settings(max_examples=60, deadline=None)


def told(situation: Situation, *, sealed: bool) -> Facts:
    """Write a situation down and read it again, as it comes out of an event."""
    asked, seal = situation.given, None
    if sealed and isinstance(asked.reading, Pass):
        seal = seal_hidden(asked.reading, KEY.public_key(), "gate-1", certificate=True)
    marks = None if asked.rules.policy is None else Marks.of(asked.rules.policy)
    facts = facts_of(asked, situation.decision, marks, "0" * 16, seal)
    body: dict[str, object] = {"area": "lobby", "decision": facts.decision.value, "class": facts.pass_class}
    text = json.dumps(facts.written(body, bounded=False))
    again = form.read(json.loads(text), body, "gate-1")
    assert again is not None
    assert again == (facts, facts.digest)
    return again[0]


@FULL
@given(situations())
def test_with_the_sealed_part_opened_every_decision_comes_out_the_same(situation: Situation) -> None:
    """Whatever was decided about whomever, wherever, its facts and its policy come to the same."""
    facts = told(situation, sealed=True)
    hidden = None if facts.sealed is None else open_hidden(facts.sealed, KEY, "gate-1")
    assert (hidden is None) is not isinstance(situation.given.reading, Pass)
    assert Replayer.of(situation.given.rules.policy).decide(facts, hidden) == situation.decision


@FULL
@given(situations())
def test_without_the_sealed_part_it_is_the_same_or_not_told_for_health_alone(situation: Situation) -> None:
    """Nothing else is ever missing under the policy that was in force."""
    again = Replayer.of(situation.given.rules.policy).decide(told(situation, sealed=False))
    if isinstance(again, NotTold):
        assert "health" in again.what
    else:
        assert again == situation.decision


@FULL
@given(situations(), st.data())
def test_what_everybody_reads_does_not_hang_on_health_or_on_who_is_blocked(
    situation: Situation, data: st.DataObject
) -> None:
    """Two people with the same answer for everybody leave the same facts, whatever their health."""
    reading = situation.given.reading
    if not isinstance(reading, Pass) or situation.decision.restricted:
        return
    other = replace(reading, health=None, health_ok_until=data.draw(st.none() | st.just(NOON + 99)))
    asked = replace(situation.given, reading=other)
    if decided(asked) == situation.decision:
        assert told(Situation(asked, situation.decision), sealed=False) == told(situation, sealed=False)


@FULL
@given(situations(), situations())
def test_under_another_policy_it_is_what_that_policy_says_or_not_told(situation: Situation, other: Situation) -> None:
    """A changed rule is judged by decide(), and nothing is guessed."""
    book = replace(situation.given.rules, policy=other.given.rules.policy)
    if situation.given.rules.policy is None or book.policy is None:
        return
    again = Replayer.of(book.policy).decide(told(situation, sealed=False))
    if not isinstance(again, NotTold):
        assert again == decided(replace(situation.given, rules=book))
