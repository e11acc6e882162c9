"""What is written down of a colour: what it comes to in the very area of the gate."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from firmware.events import Decision, Direction, Instant, Outcome, Reason
from firmware.passes.health import HealthFacts
from firmware.passes.outcome import Pass
from firmware.rules.decide import Place, Rulebook
from firmware.rules.health.profile import Actions
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from firmware.rules.replay.facts import Given, facts_of
from firmware.rules.replay.marks import Marks
from tests.issuing import NOON
from tests.unit.rules.colours import profile
from tests.unit.rules.situations import REFERENCES

BODY: Final[dict[str, Any]] = {"profile": "p", "classes": {"visitor": {"health": "colour"}}}
MILD_IN_THE_VAULT: Final = profile().model_copy(update={"areas": {"vault": Actions(red="verify", black="verify")}})
ADULT: Final = HealthFacts(born=date(1980, 1, 1))
RED: Final = Pass("hc1", REFERENCES[0], "visitor", None, (), 1, 2, NOON + 9, NOON + 9, health=ADULT)
REFUSED: Final = Decision(Outcome.DENY, Direction.IN, Reason.HEALTH)


@pytest.mark.parametrize(("area", "health"), [("lobby", "deny"), ("vault", "verify")])
def test_a_colour_is_told_by_what_it_comes_to_here(area: str, health: str) -> None:
    """One area may leave to an officer what another refuses."""
    policy = Policy.model_validate(BODY | {"health_profile": MILD_IN_THE_VAULT})
    now, place = Instant(5, NOON, NOON, "rtc"), Place("gate-1", area)
    given = Given(RED, Direction.IN, now, place, Rulebook.unlimited(policy), Presence())
    assert facts_of(given, REFUSED, Marks.of(policy), "0" * 16).health == health
