"""decide() at a gate that is installed and not active yet: it refuses by posture alone, and says what it would have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.events import NO_ENTRY, Decision, Direction, Outcome, Posture, Reason
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.issuing import AT_NOON
from tests.unit.rules.test_decide import ORDER, PASS, USED, rulebook
from tests.unit.rules.test_postures import FORCED, IDS, POLICY, READINGS, RULES, STAFF

if TYPE_CHECKING:
    from firmware.passes.outcome import Pass, Reading

ACTIVE = Place("gate-1", "lobby")
INSTALLED = Place("gate-1", "lobby", observing=True)
CLOSED = rulebook(hours=[{"days": ["sun"], "from": "00:00", "until": "24:00"}], verify=["hours"])
IN, OUT = Direction.IN, Direction.OUT


@pytest.mark.parametrize(("reason", "reading", "rules"), ORDER, ids=[f"{n}-{row[0]}" for n, row in enumerate(ORDER)])
def test_whatever_would_refuse_is_only_remarked(reason: Reason, reading: Reading, rules: Rulebook) -> None:
    """Every reason of the order, in its order: the way is open, and the remark is what an active gate would say."""
    decided = decide(reading, IN, AT_NOON, INSTALLED, rules, USED)
    assert decided == Decision(Outcome.ALLOW, IN, remark=reason, observed=Outcome.DENY)


def test_an_officer_is_not_asked_by_a_gate_that_observes() -> None:
    """Nobody waits; what would have been asked is recorded."""
    decided = decide(PASS, IN, AT_NOON, INSTALLED, CLOSED, Presence())
    assert decided == Decision(Outcome.ALLOW, IN, remark=Reason.HOURS, observed=Outcome.VERIFY)


def test_a_good_pass_is_observed_to_be_good() -> None:
    """Whoever compares the days before and after counts these too."""
    assert decide(replace(PASS, pass_class="staff"), IN, AT_NOON, INSTALLED, RULES, Presence()) == Decision(
        Outcome.ALLOW, IN, observed=Outcome.ALLOW
    )


@pytest.mark.parametrize("posture", NO_ENTRY)
@pytest.mark.parametrize("place", [ACTIVE, INSTALLED])
def test_a_posture_that_keeps_people_out_is_never_softened(posture: Posture, place: Place) -> None:
    """Fire, evacuation, lockdown and disabled hold at a gate that observes as at any other."""
    decided = decide(PASS, IN, AT_NOON, place, CLOSED, Presence(), posture)
    assert (decided.outcome, decided.reason) == (Outcome.DENY, NO_ENTRY[posture])
    assert decided.observed is (Outcome.DENY if place.observing else None)


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("posture", Posture)
@pytest.mark.parametrize("row", READINGS, ids=IDS)
def test_what_is_observed_is_what_an_active_gate_decides(
    row: tuple[Reading, Reason | None], posture: Posture, direction: Direction
) -> None:
    """For every reading, posture and way: the same outcome, the same reason, the same call for help."""
    active = decide(row[0], direction, AT_NOON, ACTIVE, RULES, Presence(), posture)
    there = decide(row[0], direction, AT_NOON, INSTALLED, RULES, Presence(), posture)
    if direction is OUT:
        assert there == active
    else:
        assert there.observed is active.outcome
        assert {there.reason, there.remark} == {active.reason, active.remark}
        assert there.duress is active.duress


def test_a_call_for_help_is_heard_by_a_gate_that_observes() -> None:
    """A pass shown under threat tells, whatever the gate's stage."""
    assert decide(FORCED, IN, AT_NOON, INSTALLED, RULES, Presence()).duress


@pytest.mark.parametrize("shown", [FORCED, replace(FORCED, areas=("vault",))])
def test_a_call_for_help_is_heard_under_a_policy_that_observes(shown: Pass) -> None:
    """Whether the pass opens or not."""
    soft = Rulebook.unlimited(Policy.model_validate(POLICY | {"mode": "observe"}))
    assert decide(shown, IN, AT_NOON, ACTIVE, soft, Presence()).duress


@pytest.mark.parametrize("posture", [*NO_ENTRY, Posture.FREE_ACCESS])
def test_under_a_posture_an_observing_policy_changes_nothing(posture: Posture) -> None:
    """It says what the posture says, and that this is what is observed."""
    soft = Rulebook.unlimited(Policy.model_validate(POLICY | {"mode": "observe"}))
    enforced = decide(STAFF, IN, AT_NOON, ACTIVE, RULES, Presence(), posture)
    assert enforced.observed is None
    observed = decide(STAFF, IN, AT_NOON, ACTIVE, soft, Presence(), posture)
    assert observed == replace(enforced, observed=enforced.outcome)
