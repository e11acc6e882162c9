"""What an officer may wave through: exactly what the policy leaves to them, and nothing that refuses besides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NEVER, NO_ENTRY, WAIVABLE, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.freshness import Limits
from firmware.rules.hours import DayOff, Hours
from firmware.rules.passback import AntiPassback
from firmware.rules.policy import ClassRule, Policy
from firmware.rules.presence import Presence
from tests.issuing import AT_NOON, NOON

PLACE = Place("gate-1", "lobby")
PASS = Pass("gp1", "a" * 32, "visitor", ("lobby",), (), NOON - 9, NOON - 3600, NOON + 3600, NEVER)
SUNDAY = Hours.model_validate({"days": ["sun"], "from": "00:00", "until": "24:00"})
NOBODY: frozenset[Reason] = frozenset()
USED_UP = Presence({PASS.reference: (1, NOON + 3600)})
INSIDE = replace(PASS, reference="b" * 32)
USED_UP.area.moves.note(INSIDE.reference, Direction.IN, AT_NOON)
ONE_WAY = AntiPassback(mode="hard")
HOLIDAY = DayOff.model_validate({"date": "2026-01-05", "kind": "public_holiday", "name": "A Monday"})
ODD: dict[Reason, tuple[Pass, ClassRule]] = {
    Reason.LISTS_TOO_OLD: (replace(PASS, trust_issued=NOON - 61), ClassRule(limits=Limits(trust_s=60))),
    Reason.WRONG_GATE: (replace(PASS, gates=("gate-9",)), ClassRule()),
    Reason.HOLIDAY: (PASS, ClassRule(holidays="closed")),
    Reason.HOURS: (PASS, ClassRule(hours=(SUNDAY,))),
    Reason.HEALTH: (PASS, ClassRule(health="required")),
    Reason.IDENTITY: (replace(PASS, format="hc1"), ClassRule()),
    Reason.USED: (replace(PASS, entries=1), ClassRule()),
    Reason.PASSBACK: (INSIDE, ClassRule()),
}


def rules(rule: ClassRule, *left: Reason) -> Rulebook:
    """Leave these reasons to an officer."""
    rule = rule.model_copy(update={"verify": frozenset(reason.value for reason in left)})
    policy = Policy(profile="test", classes={"visitor": rule}, calendar=(HOLIDAY,), passback=ONE_WAY)
    return Rulebook.unlimited(policy.model_copy(update={"formats": ("gp1", "hc1")}))


def ask(reading: Reading, book: Rulebook, waived: frozenset[Reason] = NOBODY, now: Instant = AT_NOON) -> Decision:
    """Ask for the way in."""
    return decide(reading, Direction.IN, now, PLACE, book, USED_UP, waived=waived)


def test_every_reason_that_can_be_waived_has_its_case_here() -> None:
    """The cases are the closed list."""
    assert set(ODD) == WAIVABLE


@pytest.mark.parametrize("reason", ODD)
def test_what_is_left_to_an_officer_asks_and_an_officers_yes_lets_in(reason: Reason) -> None:
    """Refused without the policy's leave, asked with it, allowed with the yes; the remark keeps what was odd."""
    credential, rule = ODD[reason]
    assert ask(credential, rules(rule)) == Decision(Outcome.DENY, Direction.IN, reason)
    assert ask(credential, rules(rule), frozenset({reason})) == Decision(Outcome.DENY, Direction.IN, reason)
    assert ask(credential, rules(rule, reason)) == Decision(Outcome.VERIFY, Direction.IN, reason)
    yes = ask(credential, rules(rule, reason), frozenset({reason}))
    assert yes == Decision(Outcome.ALLOW, Direction.IN, remark=reason)


@pytest.mark.parametrize("reason", ODD)
@pytest.mark.parametrize("posture", NO_ENTRY)
def test_no_yes_outranks_a_posture(reason: Reason, posture: Posture) -> None:
    """In a lockdown an officer lets nobody in from afar."""
    credential, rule = ODD[reason]
    book = rules(rule, reason)
    said = decide(credential, Direction.IN, AT_NOON, PLACE, book, USED_UP, posture, frozenset({reason}))
    assert said == Decision(Outcome.DENY, Direction.IN, NO_ENTRY[posture])


def test_a_later_refusal_outranks_an_earlier_question() -> None:
    """Hours are left to an officer and stand before health, which is not: refused for health."""
    both = ClassRule(hours=(SUNDAY,), health="required")
    assert ask(PASS, rules(both, Reason.HOURS)) == Decision(Outcome.DENY, Direction.IN, Reason.HEALTH)
    waived = frozenset({Reason.HOURS})
    assert ask(PASS, rules(both, Reason.HOURS), waived) == Decision(Outcome.DENY, Direction.IN, Reason.HEALTH)


def test_two_questions_take_two_answers() -> None:
    """The first is asked first; a yes to it leads to the second, and only both let in."""
    both = rules(ClassRule(hours=(SUNDAY,), health="required"), Reason.HOURS, Reason.HEALTH)
    assert ask(PASS, both).reason is Reason.HOURS
    assert ask(PASS, both, frozenset({Reason.HOURS})) == Decision(Outcome.VERIFY, Direction.IN, Reason.HEALTH)
    assert ask(PASS, both, frozenset({Reason.HEALTH})) == Decision(Outcome.VERIFY, Direction.IN, Reason.HOURS)
    yes = ask(PASS, both, frozenset({Reason.HOURS, Reason.HEALTH}))
    assert yes == Decision(Outcome.ALLOW, Direction.IN, remark=Reason.HEALTH)
    assert yes.shown.remark is Reason.SEE_OFFICER


def test_leaving_asks_nobody() -> None:
    """Whoever is inside gets out, and what is odd about them is remarked upon as if nothing were left to an officer."""
    sick = rules(ClassRule(health="required"), Reason.HEALTH)
    said = decide(replace(PASS, entries=1), Direction.OUT, AT_NOON, PLACE, sick, USED_UP)
    assert said == Decision(Outcome.ALLOW, Direction.OUT, remark=Reason.HEALTH)


SPANS = st.builds(
    lambda middle, half: Instant(0, middle - half, middle + half, "rtc"),
    st.integers(NOON - 4000, NOON + 4000),
    st.integers(0, 4000),
)
SHOWN: st.SearchStrategy[Reading] = st.one_of(
    st.builds(Unreadable, st.sampled_from(Reason)),
    st.builds(Untrusted, st.sampled_from(Reason), st.just("gp1")),
    st.builds(
        replace,
        st.just(PASS),
        pass_class=st.sampled_from(["visitor", "nobody"]),
        areas=st.sampled_from([("lobby",), ("vault",)]),
        gates=st.sampled_from([(), ("gate-9",)]),
        entries=st.sampled_from([None, 1, 2]),
        reference=st.sampled_from([PASS.reference, INSIDE.reference]),
        health_ok_until=st.sampled_from([None, NOON, NOON + 10_000]),
    ),
)
RULES = st.builds(
    ClassRule,
    hours=st.sampled_from([None, (SUNDAY,)]),
    health=st.sampled_from([None, "required"]),
    verify=st.frozensets(st.sampled_from(["wrong_gate", "hours", "health", "used", "passback"])),
)


@given(SHOWN, RULES, st.booleans(), SPANS, st.frozensets(st.sampled_from(Reason)))
def test_a_waiver_turns_nothing_but_its_own_question_into_a_yes(
    reading: Reading,
    rule: ClassRule,
    blocked: bool,  # noqa: FBT001  drawn by hypothesis
    now: Instant,
    waived: frozenset[Reason],
) -> None:
    """What was refused stays refused for the same reason, what was allowed stays allowed, whatever is waived.

    And where a waiver lets in, each reason it took was asked about before, one after the other.
    """
    names = frozenset({PASS.reference}) if blocked else frozenset[str]()
    book = Rulebook.unlimited(Policy(profile="test", classes={"visitor": rule}, blocked=names, passback=ONE_WAY))
    before, after = ask(reading, book, now=now), ask(reading, book, waived, now)
    match before.outcome:
        case Outcome.ALLOW | Outcome.DENY:
            assert after == before
        case Outcome.VERIFY:
            assert before.reason is not None
            assert after.outcome is not Outcome.DENY
            asked, yes = before, NOBODY
            while asked.outcome is Outcome.VERIFY and asked.reason in waived:
                assert asked.reason not in yes
                yes |= {asked.reason}
                asked = ask(reading, book, yes, now)
            assert (asked.outcome, asked.reason) == (after.outcome, after.reason)
