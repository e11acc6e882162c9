"""Every transition of a turnstile's lane: who turns, who waits, and what ends a turn. The code runs this table.

What is not in the table changes nothing in that phase. `firmware/door/README.md` prints it, and a test compares.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class LanePhase(StrEnum):
    """Where a lane is."""

    EMPTY = "empty"  # nobody's turn
    ASKING = "asking"  # somebody's turn, the turnstile is not ready
    TURNING = "turning"  # the turnstile was told, the person may go


class LaneTrigger(StrEnum):
    """What can happen in a lane."""

    NEXT_READY = "next, ready"  # somebody waits and the turnstile is ready, or nobody can tell
    NEXT_NOT_READY = "next, not ready"
    READY = "ready"  # or its word is not to be believed any more
    LINE_OVER = "line_over"  # the impulse's time is up
    RESTED = "rested"  # the line has been at rest long enough to be told apart from the impulse before
    PASSED = "passed"  # the turnstile says that the person went
    TURN_OVER = "turn_over"  # the time of the turn is up
    TURN_OVER_OUT = "turn_over, going out"  # the same for somebody who goes out
    CUT = "cut"  # a posture takes back what was granted to somebody going in


class LaneAct(StrEnum):
    """What a transition does, in the order of the table."""

    TAKE = "take"  # the first of the queue has its turn
    PULSE = "pulse"  # an impulse on the line of that way, and the time of the turn begins
    FALL = "fall"  # let the line fall
    END_CONFIRMED = "end confirmed"
    END_UNSEEN = "end unseen"  # nobody went, or nobody can tell
    END_NOT_READY = "end not ready"
    END_CUT = "end cut"
    RAISE_NOT_READY = "raise not ready"
    CLEAR_NOT_READY = "clear not ready"


class LaneTransition(NamedTuple):
    """One line of the table."""

    phase: LanePhase
    trigger: LaneTrigger
    then: LanePhase
    acts: tuple[LaneAct, ...]


def _row(phase: LanePhase, trigger: LaneTrigger, then: LanePhase, *acts: LaneAct) -> LaneTransition:
    return LaneTransition(phase, trigger, then, acts)


_P, _T, _A = LanePhase, LaneTrigger, LaneAct

LANE_TRANSITIONS: Final = (
    _row(_P.EMPTY, _T.NEXT_READY, _P.TURNING, _A.TAKE, _A.CLEAR_NOT_READY, _A.PULSE),
    _row(_P.EMPTY, _T.NEXT_NOT_READY, _P.ASKING, _A.TAKE),
    _row(_P.EMPTY, _T.READY, _P.EMPTY, _A.CLEAR_NOT_READY),
    _row(_P.ASKING, _T.READY, _P.TURNING, _A.CLEAR_NOT_READY, _A.PULSE),
    _row(_P.ASKING, _T.TURN_OVER, _P.EMPTY, _A.RAISE_NOT_READY, _A.END_NOT_READY),
    _row(_P.ASKING, _T.TURN_OVER_OUT, _P.TURNING, _A.RAISE_NOT_READY, _A.PULSE),
    _row(_P.ASKING, _T.CUT, _P.EMPTY, _A.END_CUT),
    _row(_P.TURNING, _T.READY, _P.TURNING, _A.CLEAR_NOT_READY),
    _row(_P.TURNING, _T.LINE_OVER, _P.TURNING, _A.FALL),
    _row(_P.TURNING, _T.PASSED, _P.EMPTY, _A.FALL, _A.END_CONFIRMED),
    _row(_P.TURNING, _T.TURN_OVER, _P.EMPTY, _A.FALL, _A.END_UNSEEN),
    _row(_P.TURNING, _T.TURN_OVER_OUT, _P.EMPTY, _A.FALL, _A.END_UNSEEN),
    _row(_P.TURNING, _T.CUT, _P.EMPTY, _A.FALL, _A.END_CUT),
)

LANE_TABLE: Final[Mapping[tuple[LanePhase, LaneTrigger], LaneTransition]] = {
    (row.phase, row.trigger): row for row in LANE_TRANSITIONS
}
