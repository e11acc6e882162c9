"""decide() under postures and under duress: nobody in, everybody in, and the pass that opens and tells."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NEVER, NO_ENTRY, Decision, Direction, Outcome, Posture, Reason
from firmware.passes.outcome import Pass, Reading, Unreadable, Untrusted
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.issuing import AT_NOON, NOON

PLACE = Place("gate-1", "lobby")
POLICY = {"profile": "test", "classes": {"staff": {}, "forced": {"duress": "staff"}}}
RULES = Rulebook.unlimited(Policy.model_validate(POLICY))
STAFF = Pass("gp1", "a" * 32, "staff", ("lobby",), (), NOON - 9, NOON - 3600, NOON + 3600, NEVER)
FORCED = replace(STAFF, pass_class="forced")
EXPIRED = replace(FORCED, expires=NOON)
READINGS: list[tuple[Reading, Reason | None]] = [
    (STAFF, None),
    (FORCED, None),
    (replace(STAFF, expires=NOON), Reason.EXPIRED),
    (replace(STAFF, areas=("vault",)), Reason.WRONG_AREA),
    (Unreadable(Reason.NO_CODE), Reason.NO_CODE),
    (Untrusted(Reason.BAD_SIGNATURE, "gp1"), Reason.BAD_SIGNATURE),
]
IDS = [str(reason or "good") for _, reason in READINGS]


def ask(reading: Reading, posture: Posture, direction: Direction = Direction.IN, rules: Rulebook = RULES) -> Decision:
    """Ask under a posture."""
    return decide(reading, direction, AT_NOON, PLACE, rules, Presence(), posture)


@pytest.mark.parametrize("posture", NO_ENTRY)
@pytest.mark.parametrize(("reading", "odd"), READINGS, ids=IDS)
def test_nobody_goes_in_where_a_posture_says_so(reading: Reading, odd: Reason | None, posture: Posture) -> None:
    """The posture's own reason outranks whatever is right or wrong with the pass; a call for help is still heard."""
    duress = reading is FORCED
    assert ask(reading, posture) == Decision(Outcome.DENY, Direction.IN, reason=NO_ENTRY[posture], duress=duress)
    assert odd is not NO_ENTRY[posture]


@pytest.mark.parametrize(("reading", "odd"), READINGS, ids=IDS)
def test_under_free_access_everybody_goes_in_and_what_is_odd_is_remarked(reading: Reading, odd: Reason | None) -> None:
    """No code is refused; the record still says what would have been."""
    decision = ask(reading, Posture.FREE_ACCESS)
    assert (decision.outcome, decision.reason, decision.remark) == (Outcome.ALLOW, None, odd)


@pytest.mark.parametrize(("reading", "odd"), READINGS, ids=IDS)
def test_a_secure_door_decides_by_the_pass(reading: Reading, odd: Reason | None) -> None:
    """Without another posture only a good pass goes in, and nothing is remarked about it."""
    decision = ask(reading, Posture.SECURE)
    assert (decision.outcome is Outcome.ALLOW, decision.reason, decision.remark) == (odd is None, odd, None)


@pytest.mark.parametrize("posture", Posture)
@pytest.mark.parametrize(("reading", "odd"), READINGS, ids=IDS)
def test_no_posture_keeps_anybody_inside(reading: Reading, odd: Reason | None, posture: Posture) -> None:
    """The way out is open under all of them, with the same remark as ever."""
    decision = ask(reading, posture, Direction.OUT)
    assert (decision.outcome, decision.reason, decision.remark) == (Outcome.ALLOW, None, odd)


DURESS: list[tuple[str, Reading, Posture, Direction, bool]] = [
    ("it opens and tells", FORCED, Posture.SECURE, Direction.IN, True),
    ("also on the way out", FORCED, Posture.SECURE, Direction.OUT, True),
    ("also where everybody may", FORCED, Posture.FREE_ACCESS, Direction.IN, True),
    ("another class does not", STAFF, Posture.SECURE, Direction.IN, False),
    ("an expired one tells, out", EXPIRED, Posture.SECURE, Direction.OUT, True),
    ("and in", EXPIRED, Posture.SECURE, Direction.IN, True),
    ("and where everybody may", EXPIRED, Posture.FREE_ACCESS, Direction.IN, True),
    ("and behind a lockdown", FORCED, Posture.LOCKDOWN, Direction.IN, True),
    ("what is no pass does not", Unreadable(Reason.NO_CODE), Posture.FREE_ACCESS, Direction.IN, False),
    ("nor what is forged", Untrusted(Reason.BAD_SIGNATURE, "gp1"), Posture.SECURE, Direction.IN, False),
]


@pytest.mark.parametrize(("name", "reading", "posture", "direction", "told"), DURESS, ids=[row[0] for row in DURESS])
def test_a_pass_shown_under_threat_tells_whatever_else_is_wrong(
    name: str,
    reading: Reading,
    posture: Posture,
    direction: Direction,
    told: bool,  # noqa: FBT001  a table
) -> None:
    """Every pass of the class whose signature holds tells of duress; a forged one must not raise that alarm."""
    assert (ask(reading, posture, direction).duress, bool(name)) == (told, True)


def test_nobody_can_tell_a_forced_pass_from_a_good_one_by_the_door() -> None:
    """But for duress itself the two decisions are the same."""
    assert replace(ask(FORCED, Posture.SECURE), duress=False) == ask(STAFF, Posture.SECURE)


def test_without_a_policy_nobody_is_under_duress() -> None:
    """A gate that knows no classes lets nobody in, and out without a word."""
    decision = ask(FORCED, Posture.SECURE, Direction.OUT, Rulebook())
    assert (decision.outcome, decision.remark, decision.duress) == (Outcome.ALLOW, Reason.NO_POLICY, False)


@given(st.sampled_from(READINGS), st.sampled_from(Posture), st.sampled_from(Direction))
def test_a_refusal_always_has_its_reason(
    row: tuple[Reading, Reason | None], posture: Posture, direction: Direction
) -> None:
    """Whoever is not let through is told why, and whoever is, is told nothing."""
    decision = ask(row[0], posture, direction)
    assert (decision.reason is None) == (decision.outcome is Outcome.ALLOW)
