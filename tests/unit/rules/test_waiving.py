"""What an officer may wave through: exactly what the policy leaves to them, and nothing that refuses besides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.events import NEVER, NO_ENTRY, WAIVABLE, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.passes.outcome import Pass, Reading
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


def test_two_questions_take_two_answers() -> None:
    """The first is asked first; a yes to it leads to the second, and only both let in."""
    both = rules(ClassRule(hours=(SUNDAY,), health="required"), Reason.HOURS, Reason.HEALTH)
    assert ask(PASS, both).reason is Reason.HOURS
    assert ask(PASS, both, frozenset({Reason.HOURS})) == Decision(Outcome.VERIFY, Direction.IN, Reason.HEALTH)
    assert ask(PASS, both, frozenset({Reason.HEALTH})) == Decision(Outcome.VERIFY, Direction.IN, Reason.HOURS)
    yes = ask(PASS, both, frozenset({Reason.HOURS, Reason.HEALTH}))
    assert yes == Decision(Outcome.ALLOW, Direction.IN, remark=Reason.HEALTH)
    assert yes.shown.remark is Reason.SEE_OFFICER


def test_of_several_yeses_the_one_that_few_may_read_is_told() -> None:
    """Wherever it stands among them; and a policy that only observes knows of them too."""
    asks = rules(ClassRule(health="required"), Reason.HEALTH, Reason.PASSBACK)
    assert ask(INSIDE, asks, frozenset({Reason.HEALTH, Reason.PASSBACK})).remark is Reason.HEALTH
    closed = rules(ClassRule(hours=(SUNDAY,)), Reason.HOURS)
    assert closed.policy is not None
    soft = replace(closed, policy=closed.policy.model_copy(update={"mode": "observe"}))
    yes = ask(PASS, soft, frozenset({Reason.HOURS}))
    assert yes == Decision(Outcome.ALLOW, Direction.IN, remark=Reason.HOURS, observed=Outcome.ALLOW)


def test_leaving_asks_nobody() -> None:
    """Whoever is inside gets out, and what is odd about them is remarked upon as if nothing were left to an officer."""
    sick = rules(ClassRule(health="required"), Reason.HEALTH)
    said = decide(replace(PASS, entries=1), Direction.OUT, AT_NOON, PLACE, sick, USED_UP)
    assert said == Decision(Outcome.ALLOW, Direction.OUT, remark=Reason.HEALTH)
