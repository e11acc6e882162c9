"""A leaf: every line of its table once, and that nothing happens which is not in it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from firmware.door import leaf as leaves
from firmware.door.leaf_acts import LEASE_MS, Leaf
from firmware.door.leaf_table import TABLE, TRANSITIONS, Phase, Trigger, _row
from firmware.door.settings import Settings
from firmware.events import EndGrant, Energise, Hold, Release
from tests.unit.door.stories import ASK, FORCED, HELD, NOT_FORCED, NOT_HELD, REASON, ended, tell_leaf

if TYPE_CHECKING:
    from firmware.door.asked import Said

SETTINGS = Settings(
    unlock_ms=20_000, max_unlock_ms=40_000, long_unlock_ms=30_000, held_ms=9_000, prealarm_ms=7_000, continuous=True
)
LEAF = Leaf(SETTINGS, watched=True)

P, T = Phase, Trigger
OPENED = ("0 in", "1000 opened")
ASKED = (*OPENED, "3000 due")
TOO_LONG = (*ASKED, "8000 due", "10000 due")
REOPENED = ("0 in", "1000 opened", "2000 out")
BROKEN = ("1000 opened",)
BROKEN_GRANTED = (*BROKEN, "2000 in")
CUT_USED = (Release(), EndGrant("a", "inferred", REASON))
ROWS: dict[tuple[Phase, Trigger], tuple[tuple[str, ...], tuple[Said, ...]]] = {
    (P.LOCKED, T.GRANTED): (("0 in",), (Energise(20_000),)),
    (P.LOCKED, T.OPENED): (BROKEN, (FORCED,)),
    (P.LOCKED, T.OPENED_BY_RIGHT): (("0 lost", "1000 opened"), ()),
    (P.LOCKED, T.HOLD_BEGAN): (("0 hold",), (Hold(LEASE_MS),)),
    (P.UNLOCKED, T.GRANTED): (("0 in", "3000 in"), (Energise(20_000),)),
    (P.UNLOCKED, T.CUT): (("0 in", "3000 cut"), (Release(), EndGrant("a", "annulled", REASON))),
    (P.UNLOCKED, T.LINE_OVER): (("0 in", "20000 due"), (Release(),)),
    (P.UNLOCKED, T.WAY_OVER): (("0 in", "20000 due", "20500 due"), ended("annulled", "a")),
    (P.UNLOCKED, T.OPENED): (OPENED, ()),
    (P.UNLOCKED, T.OPENED_BY_RIGHT): (("0 lost", "0 in", "1000 opened"), ()),
    (P.UNLOCKED, T.HOLD_BEGAN): (("0 in", "1000 hold"), (Hold(LEASE_MS), *ended("assumed", "a"))),
    (P.OPEN, T.GRANTED): (REOPENED, (Energise(20_000),)),
    (P.OPEN, T.CUT): ((*OPENED, "2000 cut"), CUT_USED),
    (P.OPEN, T.LINE_OVER): (("0 in", "19000 opened", "20000 due"), (Release(),)),
    (P.OPEN, T.WAY_OVER): (("0 in", "19000 opened", "20000 due", "20500 due"), ended("inferred", "a")),
    (P.OPEN, T.CLOSED): ((*OPENED, "2000 closed"), (Release(), *ended("inferred", "a"))),
    (P.OPEN, T.CLOSED_TOO_EARLY): ((*REOPENED, "3000 closed"), ended("inferred", "a")),
    (P.OPEN, T.PREALARM_DUE): (ASKED, (ASK,)),
    (P.OPEN, T.HOLD_BEGAN): ((*OPENED, "2000 hold"), (Hold(LEASE_MS), *ended("inferred", "a"))),
    (P.PREALARM, T.GRANTED): ((*ASKED, "3500 out"), (Energise(20_000),)),
    (P.PREALARM, T.CUT): ((*ASKED, "3500 cut"), CUT_USED),
    (P.PREALARM, T.LINE_OVER): (("0 in", "17000 opened", "19000 due", "20000 due"), (Release(),)),
    (P.PREALARM, T.WAY_OVER): (
        ("0 in", "17000 opened", "19000 due", "20000 due", "20500 due"),
        ended("inferred", "a"),
    ),
    (P.PREALARM, T.CLOSED): ((*ASKED, "3500 closed"), (Release(), *ended("inferred", "a"))),
    (P.PREALARM, T.CLOSED_TOO_EARLY): ((*REOPENED, "4000 due", "4500 closed"), ended("inferred", "a")),
    (P.PREALARM, T.HELD_DUE): (TOO_LONG, (HELD, ASK)),
    (P.PREALARM, T.ASK_DUE): ((*ASKED, "8000 due"), (ASK,)),
    (P.PREALARM, T.HOLD_BEGAN): ((*ASKED, "3500 hold"), (Hold(LEASE_MS), *ended("inferred", "a"))),
    (P.PREALARM, T.LENIENT): ((*ASKED, "3500 relents"), ()),
    (P.HELD, T.GRANTED): ((*TOO_LONG, "11000 out"), (Energise(20_000),)),
    (P.HELD, T.CUT): ((*TOO_LONG, "11000 cut"), CUT_USED),
    (P.HELD, T.LINE_OVER): (("0 in", "10500 opened", "12500 due", "17500 due", "19500 due", "20000 due"), (Release(),)),
    (P.HELD, T.WAY_OVER): (
        ("0 in", "10500 opened", "12500 due", "17500 due", "19500 due", "20000 due", "20500 due"),
        ended("inferred", "a"),
    ),
    (P.HELD, T.CLOSED): ((*TOO_LONG, "11000 closed"), (NOT_HELD, Release(), *ended("inferred", "a"))),
    (P.HELD, T.CLOSED_TOO_EARLY): ((*TOO_LONG, "11000 out", "12000 closed"), (NOT_HELD, *ended("inferred", "a"))),
    (P.HELD, T.ASK_DUE): ((*TOO_LONG, "15000 due"), (ASK,)),
    (P.HELD, T.HOLD_BEGAN): ((*TOO_LONG, "11000 hold"), (NOT_HELD, Hold(LEASE_MS), *ended("inferred", "a"))),
    (P.HELD, T.LENIENT): ((*TOO_LONG, "11000 relents"), (NOT_HELD,)),
    (P.FORCED, T.GRANTED): (BROKEN_GRANTED, (Energise(20_000),)),
    (P.FORCED, T.CUT): ((*BROKEN_GRANTED, "3000 cut"), CUT_USED),
    (P.FORCED, T.LINE_OVER): ((*BROKEN_GRANTED, "22000 due"), (Release(),)),
    (P.FORCED, T.WAY_OVER): ((*BROKEN_GRANTED, "22000 due", "22500 due"), ended("inferred", "a")),
    (P.FORCED, T.CLOSED): ((*BROKEN, "2000 closed"), (NOT_FORCED,)),
    (P.FORCED, T.CLOSED_TOO_EARLY): ((*BROKEN_GRANTED, "3000 closed"), (NOT_FORCED,)),
    (P.FORCED, T.HOLD_BEGAN): ((*BROKEN_GRANTED, "3000 hold"), (NOT_FORCED, Hold(LEASE_MS), *ended("inferred", "a"))),
    (P.FORCED, T.LENIENT): ((*BROKEN, "2000 relents"), (NOT_FORCED,)),
    (P.FREE, T.GRANTED): (("0 hold", "1000 in"), ended("assumed", "a")),
    (P.FREE, T.OPENED): (("0 hold", "1000 opened"), ()),
    (P.FREE, T.OPENED_BY_RIGHT): (("0 lost", "0 hold", "1000 opened"), ()),
    (P.FREE, T.HOLD_ENDED): (("0 hold", "1000 unhold"), (Release(),)),
    (P.FREE_OPEN, T.GRANTED): (("0 hold", "1000 opened", "2000 in"), ended("assumed", "a")),
    (P.FREE_OPEN, T.CLOSED): (("0 hold", "1000 opened", "2000 closed"), ()),
    (P.FREE_OPEN, T.HOLD_ENDED): (("0 hold", "1000 opened", "2000 unhold"), (Release(),)),
}
"""A story for each line of the table, ending in the word that fires it, and what the leaf says then."""


def test_every_line_of_the_table_has_its_story() -> None:
    """No transition is without a story that fires it, none stands twice, and no story fires what is not there."""
    assert len(TABLE) == len(TRANSITIONS)
    assert set(ROWS) == set(TABLE)


@pytest.mark.parametrize(("phase", "trigger"), ROWS, ids=[f"{phase}-{trigger}" for phase, trigger in ROWS])
def test_a_transition_goes_where_the_table_says(phase: Phase, trigger: Trigger) -> None:
    """Told in its phase, the word leads to the phase of the table and says exactly what the table promises."""
    story, expected = ROWS[phase, trigger]
    before, after, said = tell_leaf(LEAF, *story)
    assert (before.phase, after.phase, said) == (phase, TABLE[phase, trigger].then, expected)


def leaf_in(phase: Phase) -> Leaf:
    """Bring a leaf into a phase by the first story that passes through it."""
    return next(tell_leaf(LEAF, *story)[0] for (first, _), (story, _) in ROWS.items() if first is phase)


@pytest.mark.parametrize(("phase", "trigger"), [pair for pair in product(Phase, Trigger) if pair not in TABLE])
def test_what_is_not_in_the_table_changes_nothing(phase: Phase, trigger: Trigger) -> None:
    """A trigger that a phase does not list leaves the leaf as it is, and says nothing."""
    leaf = leaf_in(phase)
    assert leaves.fire(leaf, trigger, 60_000) == (leaf, ())


def test_a_line_of_the_table_is_what_is_written_in_it() -> None:
    """Phase, trigger, next phase and acts stand where they are read."""
    assert tuple(_row(row.phase, row.trigger, row.then, *row.acts) for row in TRANSITIONS) == TRANSITIONS
