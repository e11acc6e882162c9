"""A decision made again from its facts alone: the same answer, or a plain word that the facts do not tell it."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.events import Decision, Direction, Instant, Outcome, Reason
from firmware.passes.outcome import Pass
from firmware.rules.companions import Companion
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.occupancy import Occupancy
from firmware.rules.presence import Presence
from firmware.rules.replay import again
from firmware.rules.replay.again import NotTold, Replayer
from firmware.rules.replay.facts import Given, facts_of
from firmware.rules.replay.hidden import open_hidden, seal_hidden
from firmware.rules.replay.marks import Marks
from firmware.signed import facts as form
from tests.issuing import AT_NOON, NOON
from tests.unit.rules.situations import Situation, decided, policy, situations

if TYPE_CHECKING:
    from firmware.rules.policy import Policy
    from firmware.signed.facts import Facts

KEY = ec.generate_private_key(ec.SECP256R1())
FULL = settings(max_examples=40, deadline=None)


def told(situation: Situation, *, sealed: bool) -> Facts:
    """Write a situation down and read it again, as it comes out of an event."""
    asked, seal = situation.given, None
    if sealed and isinstance(asked.reading, Pass):
        seal = seal_hidden(asked.reading, KEY.public_key(), "gate-1", certificate=True)
    marks = None if asked.rules.policy is None else Marks.of(asked.rules.policy)
    facts = facts_of(asked, situation.decision, marks, "0" * 16, seal)
    body: dict[str, object] = {"area": "lobby", "decision": facts.decision.value, "class": facts.pass_class}
    text = json.dumps(facts.written(body, bounded=False))
    read = form.read(json.loads(text), body, "gate-1")
    assert read is not None
    assert read == (facts, facts.digest)
    return read[0]


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
    once_more = Replayer.of(situation.given.rules.policy).decide(told(situation, sealed=False))
    if isinstance(once_more, NotTold):
        assert "health" in once_more.what
    else:
        assert once_more == situation.decision


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
    once_more = Replayer.of(book.policy).decide(told(situation, sealed=False))
    if not isinstance(once_more, NotTold):
        assert once_more == decided(replace(situation.given, rules=book))


READ: dict[type, set[str]] = {
    Pass: {
        *("format", "reference", "pass_class", "areas", "gates", "issued", "not_before", "expires", "trust_until"),
        *("entries", "health_ok_until", "trust_issued", "health", "certificate"),
        *("issuer", "issuer_name", "revocation_ids", "holder_key", "presented"),
    },
    Presence: {"taken", "since", "area", "subject", "proofs"},
    Occupancy: {"gate", "own", "moves", "siblings", "under_way"},
    Place: {"gate", "area", "observing", "groups"},
    Rulebook: {
        *("policy", "issued", "expires", "revocations_issued", "revocations", "revocations_lost", "earlier"),
    },
    Instant: {"earliest", "latest"},
    Companion: {"reference", "pass_class", "apart_ms", "goes_in", "ahead"},
}
"""What decide() reads of each thing that it is given; it is in the facts, as it is or as what follows."""

UNREAD: dict[type, set[str]] = {
    Pass: {"accessible", "holder"},
    Presence: {"came_in", "gathering"},
    Occupancy: {"rule", "refused", "_asked_ms", "_answered", "_told"},
    Place: set(),
    Rulebook: {"version"},
    Instant: {"ms", "source"},
    Companion: set(),
}
"""What it does not read."""


@pytest.mark.parametrize("given_to_it", READ)
def test_nothing_that_decide_is_given_was_forgotten(given_to_it: type) -> None:
    """Whoever adds an input decides here whether it is a fact, and then `replay/facts.py` has to tell it."""
    assert {one.name for one in fields(given_to_it)} == READ[given_to_it] | UNREAD[given_to_it]


def test_decide_takes_nothing_else() -> None:
    """A tenth argument would be a fact too."""
    names = ["reading", "direction", "now", "place", "rules", "presence", "posture", "waived", "beside"]
    assert list(inspect.signature(decide).parameters) == names
    assert [one.name for one in fields(Decision)] == ["outcome", "direction", "reason", "remark", "duress", "observed"]


PASS = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON, NOON - 9, NOON + 9, NOON + 99)


def facts_under(body: dict[str, object], **changes: object) -> Facts:
    """Decide about a pass at noon under a policy, and write it down."""
    book = Rulebook.unlimited(policy({"classes": {"visitor": body}}))
    asked = Given(replace(PASS, **changes), Direction.IN, AT_NOON, Place("gate-1", "lobby"), book, Presence())  # type: ignore[arg-type]
    return told(Situation(asked, decided(asked)), sealed=False)


def test_a_pass_leaves_nothing_by_which_it_is_known_again() -> None:
    """Another pass with other dates, entries and number, to which the same applies, leaves the same facts."""
    other = {"reference": "b" * 32, "issued": 5, "not_before": 7, "expires": NOON + 5, "entries": 9, "issuer": b"x"}
    assert facts_under({}, **other) == facts_under({})


@pytest.mark.parametrize(
    ("asks", "missing"),
    [
        ({"health": "required"}, "health"),
        ({"limits": {"trust_s": 60}}, "ages"),
        ({"escort": {"by": ["visitor"]}}, "company"),
    ],
)
def test_what_was_not_asked_then_is_not_guessed_now(asks: dict[str, object], missing: str) -> None:
    """A rule that asks something new gets no answer, where the answer hangs on it."""
    once_more = Replayer.of(policy({"classes": {"visitor": asks}})).decide(facts_under({}))
    assert once_more == NotTold((missing,))


def test_what_was_not_asked_then_does_not_matter_where_something_else_refuses() -> None:
    """All ways in which it can have been come to one answer, which is told."""
    asks = {"health": "required", "areas": ["vault"]}
    once_more = Replayer.of(policy({"classes": {"visitor": asks}})).decide(facts_under({}))
    assert once_more == Decision(Outcome.DENY, Direction.IN, Reason.WRONG_AREA)


def test_an_officers_yes_to_health_is_told_only_where_health_is() -> None:
    """Asked a second question, whoever was ill leaves what anybody else leaves; it comes out the same all the same."""
    asks = {"health": "required", "verify": ["health", "identity"]}
    book = Rulebook.unlimited(policy({"classes": {"visitor": asks}, "formats": ["gp1", "hc1"]}))
    stranger, yes = replace(PASS, format="hc1", areas=None), frozenset({Reason.HEALTH})
    found = []
    for until, waived in ((None, yes), (NOON + 9, frozenset[Reason]())):
        one = replace(stranger, health_ok_until=until)
        asked = Given(one, Direction.IN, AT_NOON, Place("gate-1", "lobby"), book, Presence(), waived=waived)
        found.append(told(Situation(asked, decided(asked)), sealed=False))
        hidden = open_hidden(seal_hidden(one, KEY.public_key(), "gate-1", certificate=True), KEY, "gate-1")
        for opened in (None, hidden):
            assert Replayer.of(book.policy).decide(found[-1], opened) == found[-1].answer
    assert found[0].reason is Reason.IDENTITY
    assert found[0] == found[1]


def test_a_changed_word_of_the_facts_changes_their_digest() -> None:
    """Answer, place, time and documents are all under it."""
    facts = facts_under({})
    other = {"decision": Outcome.DENY, "area": "vault", "at": (NOON, NOON + 1), "policy": "1" * 16, "gate": "gate-2"}
    digests = {facts.model_copy(update={name: value}).digest for name, value in other.items()}
    assert len(digests | {facts.digest}) == len(other) + 1


def policy_of(**changes: object) -> Policy:
    """Make a policy that asks for everything that has a mark of its own."""
    body: dict[str, object] = {"classes": {"visitor": {"health": "colour"}}, "blocked": ["b" * 32], "passback": {}}
    return policy(body | changes)


def test_marks_follow_what_a_policy_says_and_nothing_else() -> None:
    """The order of what is blocked is nothing; one more rule changes the mark of the whole and of its own part only."""
    one, other = ["b" * 32, "c" * 32], ["c" * 32, "b" * 32]
    assert Marks.of(policy_of(blocked=one)) == Marks.of(policy_of(blocked=other))
    plain, changed = Marks.of(policy_of()), Marks.of(policy_of(passback={"reset": "03:00"}))
    assert (plain.policy != changed.policy, plain.passback != changed.passback) == (True, True)
    assert (plain.blocklist, plain.health) == (changed.blocklist, changed.health)


@pytest.mark.parametrize("text", ["", "!", "AAAA", "A" * 300])
def test_a_sealed_part_that_is_none_opens_to_nothing(text: str) -> None:
    """Whoever altered it gets no decision by it."""
    assert open_hidden(text, KEY, "gate-1") is None


def test_a_sealed_part_has_one_length_and_opens_for_its_gate_and_key_only() -> None:
    """A pass that says much and one that says nothing look alike; of one that says too much nothing is sealed."""
    public = KEY.public_key()
    long = {"v": [{"dt": "2026-01-01", "ci": "x" * 900}], "nam": {"fn": "nobody"}}
    passes = [PASS, replace(PASS, certificate={"v": [{"dt": "2026-01-01"}]}), replace(PASS, certificate=long)]
    sealed = [seal_hidden(one, public, "gate-1", certificate=True) for one in passes]
    assert len({len(one) for one in sealed}) == 1
    opened = [open_hidden(one, KEY, "gate-1") for one in sealed]
    assert [one and one.reference for one in opened] == ["a" * 32, "a" * 32, None]
    assert open_hidden(sealed[0], KEY, "gate-2") is None
    assert open_hidden(sealed[0], ec.generate_private_key(ec.SECP256R1()), "gate-1") is None


def test_no_name_is_sealed_with_a_certificate() -> None:
    """No rule asks for it, so the health office does not get it either."""
    named = replace(PASS, certificate={"v": [{"dt": "2026-01-01"}], "nam": {"fn": "nobody"}})
    opened = open_hidden(seal_hidden(named, KEY.public_key(), "gate-1", certificate=True), KEY, "gate-1")
    assert opened is not None
    assert opened.certificate == {"v": [{"dt": "2026-01-01"}]}


def test_the_table_of_facts_names_each_of_them() -> None:
    """The page of the folder and the form are one list."""
    page = (Path(again.__file__).parent / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)}
    assert told == {one.alias or name for name, one in form.Written.model_fields.items()}
