"""Whose pass is an officer's word: which classes, and for what the pass has to be good by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.events import NEVER, Decision, Direction, Outcome
from firmware.passes.outcome import Pass
from firmware.rules.capacity import AreaCapacity
from firmware.rules.decide import Place, Rulebook
from firmware.rules.officers import vouched
from firmware.rules.policy import Policy
from firmware.rules.presence import Presence
from tests.issuing import AT_NOON, NOON

PLACE = Place("gate-1", "vault")
BODY: dict[str, object] = {
    "profile": "test",
    "officers": ["staff"],
    "classes": {
        "staff": {},
        "forced": {"duress": "staff"},
        "visitor": {},
        "hidden": {"duress": "visitor"},
    },
}
PASS = Pass("gp1", "a" * 32, "staff", ("vault",), (), NOON - 9, 0, NEVER, NEVER)
YES = Decision(Outcome.ALLOW, Direction.IN)
SUNDAYS = [{"days": ["sun"], "from": "00:00", "until": "24:00"}]
WORDS: dict[str, tuple[Pass, dict[str, object], Decision | None]] = {
    "an officer's": (PASS, {}, YES),
    "under threat": (replace(PASS, pass_class="forced"), {}, replace(YES, duress=True)),
    "a visitor's": (replace(PASS, pass_class="visitor"), {}, None),
    "a visitor's under threat": (replace(PASS, pass_class="hidden"), {}, None),
    "of no class": (replace(PASS, pass_class="unknown"), {}, None),
    "of another area": (replace(PASS, areas=("lobby",)), {}, None),
    "blocked": (PASS, {"blocked": [PASS.reference]}, None),
    "out of hours": (PASS, {"classes": {"staff": {"hours": SUNDAYS}}}, None),
    "of somebody inside": (PASS, {"passback": {"mode": "hard"}}, YES),
    "where it is full": (PASS, {"capacity": {"vault": AreaCapacity(places=1, gates=("gate-1",))}}, YES),
    "where two are asked for": (PASS, {"two_person": {"vault": {}}}, YES),
    "of somebody with an escort": (
        PASS,
        {"classes": {"staff": {"escort": {"by": ["visitor"]}}, "visitor": {}}},
        YES,
    ),
    "that is used up": (replace(PASS, entries=1), {}, None),
}


@pytest.mark.parametrize("case", WORDS)
def test_whose_pass_is_an_officers_word(case: str) -> None:
    """Good for itself at this gate, whoever is inside and whoever comes along."""
    shown, more, said = WORDS[case]
    presence = Presence({PASS.reference: (1, NEVER)})
    presence.area.gate = "gate-1"
    presence.area.moves.note(PASS.reference, Direction.IN, AT_NOON)
    presence.area.let_in("another")
    rules = Rulebook.unlimited(Policy.model_validate(BODY | more))
    assert vouched(shown, AT_NOON, PLACE, rules, presence) == said


def test_nobody_is_an_officer_without_a_policy_and_by_an_earlier_one_until_the_next_begins() -> None:
    """The policy of now says who is."""
    assert vouched(PASS, AT_NOON, PLACE, Rulebook(), Presence()) is None
    now = Rulebook.unlimited(Policy.model_validate(BODY))
    later = Policy.model_validate(BODY | {"officers": [], "effective": {"from": "2099-01-01T00:00"}})
    waiting = replace(Rulebook.unlimited(later), earlier=(now,))
    assert vouched(PASS, AT_NOON, PLACE, waiting, Presence()) == YES
