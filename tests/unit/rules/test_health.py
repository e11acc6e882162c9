"""What the colour of somebody's health comes to at the door: per area, on the whole interval, by default nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import NEVER, Colour, Decision, Direction, Instant, Outcome, Posture, Reason
from firmware.passes.health import Dose, HealthFacts, Test, TestKind
from firmware.passes.outcome import Pass
from firmware.rules.decide import Place, Rulebook, decide
from firmware.rules.health_action import colour_shown
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.unit.rules.colours import profile

if TYPE_CHECKING:
    from collections.abc import Mapping

NOON = int(datetime(2022, 8, 1, 5, tzinfo=UTC).timestamp())
AT_NOON = Instant(0, NOON, NOON)
TODAY = date(2022, 8, 1)
BORN = date(1990, 1, 1)
PLACE = Place("gate-1", "lobby")


def doses(number: int, *, day: date = date(2022, 1, 1)) -> HealthFacts:
    """Take so many doses of a two-dose vaccine."""
    return HealthFacts(doses=(Dose(day, number, 2),) if number else (), born=BORN)


ILL = replace(doses(3), tests=(Test(TODAY, TestKind.PCR, positive=True),))
BY_COLOUR: Mapping[Colour, HealthFacts] = {
    Colour.GREEN: doses(3),
    Colour.YELLOW: doses(2),
    Colour.RED: doses(1),
    Colour.BLACK: ILL,
}


def rules(*, rule: dict[str, object] | None = None, **changes: object) -> Rulebook:
    """Make a policy whose visitors are judged by colour."""
    found = profile(**changes).model_dump(by_alias=True, exclude_none=True)
    classes = {"visitor": {"health": "colour", **(rule or {})}}
    return Rulebook.unlimited(
        Policy.model_validate({"profile": "test", "classes": classes, "health_profile": found}),
    )


COLOURS = rules()


def holder(facts: HealthFacts | None) -> Pass:
    """Give somebody a pass with these facts."""
    areas = ("lobby", "vault", "clinic")
    return Pass("gp1", "a" * 32, "visitor", areas, (), NOON - 9, 0, NOON * 2, NEVER, health=facts)


def ask(
    credential: Pass,
    book: Rulebook = COLOURS,
    now: Instant = AT_NOON,
    place: Place = PLACE,
    waived: frozenset[Reason] = frozenset(),
) -> Decision:
    """Ask for the way in."""
    return decide(credential, Direction.IN, now, place, book, Presence(), Posture.SECURE, waived)


DEFAULTS = {
    Colour.GREEN: (Outcome.ALLOW, None),
    Colour.YELLOW: (Outcome.VERIFY, Reason.HEALTH),
    Colour.RED: (Outcome.DENY, Reason.HEALTH),
    Colour.BLACK: (Outcome.DENY, Reason.HEALTH),
}


@pytest.mark.parametrize("colour", Colour)
def test_each_colour_comes_to_its_action(colour: Colour) -> None:
    """Green gets in, yellow asks an officer, red and black stay out."""
    decision = ask(holder(BY_COLOUR[colour]))
    assert (decision.outcome, decision.reason) == DEFAULTS[colour]


def test_red_and_black_are_the_same_answer() -> None:
    """Nothing that everybody reads tells them apart; the colour for the few does."""
    red, black = holder(BY_COLOUR[Colour.RED]), holder(BY_COLOUR[Colour.BLACK])
    assert ask(red) == ask(black)
    assert ask(red).shown.reason is Reason.SEE_OFFICER
    assert COLOURS.policy is not None
    assert colour_shown(red, COLOURS.policy, "lobby", AT_NOON) is Colour.RED
    assert colour_shown(black, COLOURS.policy, "lobby", AT_NOON) is Colour.BLACK


def test_an_area_can_ask_for_more_or_less() -> None:
    """What stands for an area counts there and nowhere else."""
    book = rules(areas={"vault": {"yellow": "deny"}, "clinic": {"red": "allow", "black": "allow"}})
    yellow = holder(BY_COLOUR[Colour.YELLOW])
    assert ask(yellow, book).outcome is Outcome.VERIFY
    assert ask(yellow, book, place=Place("gate-1", "vault")).outcome is Outcome.DENY
    ill = holder(ILL)
    assert ask(ill, book, place=Place("gate-1", "clinic")).outcome is Outcome.ALLOW


UNKNOWN = [None, HealthFacts(), replace(doses(3), born=None), replace(doses(3), born=date(2018, 1, 1))]


@pytest.mark.parametrize("facts", UNKNOWN)
def test_who_has_no_colour_stays_out(facts: HealthFacts | None) -> None:
    """No certificate, no facts, no birth date, too young for the bands: denied, whatever the actions are."""
    lenient = {colour.value: "allow" for colour in Colour}
    decision = ask(holder(facts), rules(actions=lenient))
    assert (decision.outcome, decision.reason) == (Outcome.DENY, Reason.HEALTH)
    assert lenient["red"] == "allow"
    assert ask(holder(BY_COLOUR[Colour.RED]), rules(actions=lenient)).outcome is Outcome.ALLOW


MIDNIGHT = int(datetime(2022, 8, 1, 17, tzinfo=UTC).timestamp())
"""The first second of 2 August in Jakarta."""


def test_the_stricter_end_of_the_interval_counts() -> None:
    """A colour that ends at midnight has ended for a clock that may be past it; days are those of the policy's zone."""
    recovered = replace(doses(2), recoveries=(date(2022, 5, 4),))
    before, after = Instant(0, MIDNIGHT - 1, MIDNIGHT - 1), Instant(0, MIDNIGHT, MIDNIGHT)
    assert ask(holder(recovered), now=before).outcome is Outcome.ALLOW
    assert ask(holder(recovered), now=after).outcome is Outcome.VERIFY
    assert ask(holder(recovered), now=Instant(0, MIDNIGHT - 1, MIDNIGHT)).outcome is Outcome.VERIFY
    ill = replace(doses(2), tests=(Test(date(2022, 7, 23), TestKind.PCR, positive=True),))
    assert ask(holder(ill), now=after).outcome is Outcome.VERIFY
    assert ask(holder(ill), now=Instant(0, MIDNIGHT - 1, MIDNIGHT)).outcome is Outcome.DENY
    beyond = replace(holder(doses(3)), expires=NEVER + 2)
    assert ask(beyond, now=Instant(0, NOON, NEVER)).outcome is Outcome.DENY


def test_an_officer_may_admit_yellow_and_nobody_else() -> None:
    """A yes counts for what the colour leaves to an officer; red stays out whatever is waived."""
    yes = frozenset({Reason.HEALTH})
    assert ask(holder(BY_COLOUR[Colour.YELLOW]), waived=yes) == Decision(
        Outcome.ALLOW, Direction.IN, remark=Reason.HEALTH
    )
    assert ask(holder(BY_COLOUR[Colour.RED]), waived=yes).outcome is Outcome.DENY
    assert ask(holder(None), waived=yes).outcome is Outcome.DENY


@given(colour=st.sampled_from(Colour), used=st.booleans(), elsewhere=st.booleans())
def test_a_later_refusal_outranks_a_colour_that_asks(colour: Colour, used: bool, elsewhere: bool) -> None:  # noqa: FBT001  hypothesis names them
    """Whatever else refuses turns the question into a refusal, before the colour and after it."""
    credential = replace(holder(BY_COLOUR[colour]), entries=1, gates=("gate-9",) if elsewhere else ())
    presence = Presence({credential.reference: (1, NOON)} if used else {})
    decision = decide(credential, Direction.IN, AT_NOON, PLACE, COLOURS, presence)
    if used or elsewhere:
        assert decision.outcome is Outcome.DENY
        asked = colour is Colour.YELLOW and used and not elsewhere
        assert decision.reason is Reason.USED or not asked
    else:
        assert decision.outcome is DEFAULTS[colour][0]


FACTS = st.sampled_from([None, *BY_COLOUR.values(), *UNKNOWN])


@given(FACTS, st.integers(-800, 800))
def test_nobody_is_kept_inside_for_a_colour(facts: HealthFacts | None, days: int) -> None:
    """The way out opens for every colour on every day."""
    now = Instant(0, NOON + days * 86_400, NOON + days * 86_400 + 5)
    decision = decide(holder(facts), Direction.OUT, now, PLACE, COLOURS, Presence())
    assert (decision.outcome, decision.reason) == (Outcome.ALLOW, None)


def test_another_class_is_not_asked() -> None:
    """Facts in a pass are looked at only where its class asks for a colour."""
    book = Rulebook.unlimited(Policy.model_validate({"profile": "test", "classes": {"visitor": {}}}))
    assert ask(holder(ILL), book) == Decision(Outcome.ALLOW, Direction.IN)
    assert book.policy is not None
    assert colour_shown(holder(ILL), book.policy, "lobby", AT_NOON) is None


def test_a_change_of_rules_takes_effect_at_its_midnight() -> None:
    """Two doses are green until the last second of 16 July 2022 in Jakarta and yellow from the next on."""
    change = int(datetime(2022, 7, 16, 17, tzinfo=UTC).timestamp())
    credential = holder(doses(2))
    assert ask(credential, now=Instant(0, change - 1, change - 1)).outcome is Outcome.ALLOW
    assert ask(credential, now=Instant(0, change, change)).outcome is Outcome.VERIFY
    assert timedelta(seconds=change + 7 * 3600) % timedelta(days=1) == timedelta(0)
