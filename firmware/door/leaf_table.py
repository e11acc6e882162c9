"""Every transition of a leaf: in which phase what makes it go where and do what. The code runs this table.

What is not in the table changes nothing in that phase. `firmware/door/README.md` prints it, and a test compares.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Phase(StrEnum):
    """Where a leaf is between closed and locked, and closed and locked again."""

    LOCKED = "locked"  # closed as far as anybody knows, the lock at rest
    UNLOCKED = "unlocked"  # somebody may go, nobody has opened yet
    OPEN = "open"  # opened by right
    PREALARM = "prealarm"  # open for long: please close
    HELD = "held"  # open for too long
    FORCED = "forced"  # opened without right
    FREE = "free"  # a posture holds the lock released, for everybody
    FREE_OPEN = "free_open"  # the same, and the leaf is open


class Trigger(StrEnum):
    """What can happen to a leaf."""

    GRANTED = "granted"  # somebody may go now
    CUT = "cut"  # a posture takes back what was granted to people going in
    LINE_OVER = "line_over"  # the lock's time is up, the way's is not
    WAY_OVER = "way_over"  # the time of the grants is up
    OPENED = "opened"  # the leaf left its frame
    OPENED_BY_RIGHT = "opened_by_right"  # the same where nobody can tell wrong from right, or a posture lets everybody
    CLOSED = "closed"  # the leaf is in its frame, nobody is left to go
    CLOSED_TOO_EARLY = "closed_too_early"  # the same, and somebody who was granted meanwhile still has to go
    PREALARM_DUE = "prealarm_due"
    HELD_DUE = "held_due"
    ASK_DUE = "ask_due"  # the request to close was made a while ago
    HOLD_BEGAN = "hold_began"  # a posture begins to hold the lock released
    HOLD_ENDED = "hold_ended"
    LENIENT = "lenient"  # a posture begins under which an open leaf is as it should be


class Act(StrEnum):
    """What a transition does, in the order of the table."""

    FREE_THE_WAY = "free the way"  # begin the lock's time or extend it
    RELEASE = "release"  # let the line fall; nobody may go any more
    FALL = "fall"  # let the line fall; whoever was granted may still open or go
    RELOCK = "relock"  # the same, on a door that locks as soon as it was opened
    HOLD = "hold"  # a lease of the line, renewed until the posture ends
    END_USED = "end used"  # grants end: the leaf was open
    END_UNUSED = "end unused"  # grants end: nobody went, or nobody can tell
    END_UNCOUNTED = "end uncounted"  # the same, but those whom a sensor will still see go stay until the leaf is shut
    END_ASSUMED = "end assumed"  # grants end: the way was free for everybody
    END_EARLIER = "end earlier"  # grants end that were there before the leaf opened
    END_CUT = "end cut"  # grants end: taken back
    START_CLOCK = "start clock"  # the time for which the leaf may stay open
    ASK_TO_CLOSE = "ask to close"
    RAISE_FORCED = "raise forced"
    CLEAR_FORCED = "clear forced"
    RAISE_HELD = "raise held"
    CLEAR_HELD = "clear held"


class Transition(NamedTuple):
    """One line of the table."""

    phase: Phase
    trigger: Trigger
    then: Phase
    acts: tuple[Act, ...]


def _row(phase: Phase, trigger: Trigger, then: Phase, *acts: Act) -> Transition:
    return Transition(phase, trigger, then, acts)


_P, _T, _A = Phase, Trigger, Act

TRANSITIONS: Final = (
    _row(_P.LOCKED, _T.GRANTED, _P.UNLOCKED, _A.FREE_THE_WAY),
    _row(_P.LOCKED, _T.OPENED, _P.FORCED, _A.RAISE_FORCED),
    _row(_P.LOCKED, _T.OPENED_BY_RIGHT, _P.OPEN, _A.START_CLOCK),
    _row(_P.LOCKED, _T.HOLD_BEGAN, _P.FREE, _A.HOLD, _A.END_ASSUMED),
    _row(_P.UNLOCKED, _T.GRANTED, _P.UNLOCKED, _A.FREE_THE_WAY),
    _row(_P.UNLOCKED, _T.CUT, _P.LOCKED, _A.RELEASE, _A.END_CUT),
    _row(_P.UNLOCKED, _T.LINE_OVER, _P.UNLOCKED, _A.FALL),
    _row(_P.UNLOCKED, _T.WAY_OVER, _P.LOCKED, _A.RELEASE, _A.END_UNUSED),
    _row(_P.UNLOCKED, _T.OPENED, _P.OPEN, _A.RELOCK, _A.START_CLOCK),
    _row(_P.UNLOCKED, _T.OPENED_BY_RIGHT, _P.OPEN, _A.RELOCK, _A.START_CLOCK),
    _row(_P.UNLOCKED, _T.HOLD_BEGAN, _P.FREE, _A.HOLD, _A.END_ASSUMED),
    _row(_P.OPEN, _T.GRANTED, _P.OPEN, _A.FREE_THE_WAY, _A.START_CLOCK),
    _row(_P.OPEN, _T.CUT, _P.OPEN, _A.RELEASE, _A.END_USED),
    _row(_P.OPEN, _T.LINE_OVER, _P.OPEN, _A.FALL),
    _row(_P.OPEN, _T.WAY_OVER, _P.OPEN, _A.RELEASE, _A.END_UNCOUNTED),
    _row(_P.OPEN, _T.CLOSED, _P.LOCKED, _A.RELEASE, _A.END_USED),
    _row(_P.OPEN, _T.CLOSED_TOO_EARLY, _P.UNLOCKED, _A.END_EARLIER),
    _row(_P.OPEN, _T.PREALARM_DUE, _P.PREALARM, _A.ASK_TO_CLOSE),
    _row(_P.OPEN, _T.HOLD_BEGAN, _P.FREE_OPEN, _A.HOLD, _A.END_USED),
    _row(_P.PREALARM, _T.GRANTED, _P.OPEN, _A.FREE_THE_WAY, _A.START_CLOCK),
    _row(_P.PREALARM, _T.CUT, _P.PREALARM, _A.RELEASE, _A.END_USED),
    _row(_P.PREALARM, _T.LINE_OVER, _P.PREALARM, _A.FALL),
    _row(_P.PREALARM, _T.WAY_OVER, _P.PREALARM, _A.RELEASE, _A.END_UNCOUNTED),
    _row(_P.PREALARM, _T.CLOSED, _P.LOCKED, _A.RELEASE, _A.END_USED),
    _row(_P.PREALARM, _T.CLOSED_TOO_EARLY, _P.UNLOCKED, _A.END_EARLIER),
    _row(_P.PREALARM, _T.HELD_DUE, _P.HELD, _A.RAISE_HELD, _A.ASK_TO_CLOSE),
    _row(_P.PREALARM, _T.ASK_DUE, _P.PREALARM, _A.ASK_TO_CLOSE),
    _row(_P.PREALARM, _T.HOLD_BEGAN, _P.FREE_OPEN, _A.HOLD, _A.END_USED),
    _row(_P.PREALARM, _T.LENIENT, _P.OPEN, _A.START_CLOCK),
    _row(_P.HELD, _T.GRANTED, _P.HELD, _A.FREE_THE_WAY),
    _row(_P.HELD, _T.CUT, _P.HELD, _A.RELEASE, _A.END_USED),
    _row(_P.HELD, _T.LINE_OVER, _P.HELD, _A.FALL),
    _row(_P.HELD, _T.WAY_OVER, _P.HELD, _A.RELEASE, _A.END_UNCOUNTED),
    _row(_P.HELD, _T.CLOSED, _P.LOCKED, _A.CLEAR_HELD, _A.RELEASE, _A.END_USED),
    _row(_P.HELD, _T.CLOSED_TOO_EARLY, _P.UNLOCKED, _A.CLEAR_HELD, _A.END_EARLIER),
    _row(_P.HELD, _T.ASK_DUE, _P.HELD, _A.ASK_TO_CLOSE),
    _row(_P.HELD, _T.HOLD_BEGAN, _P.FREE_OPEN, _A.CLEAR_HELD, _A.HOLD, _A.END_USED),
    _row(_P.HELD, _T.LENIENT, _P.OPEN, _A.CLEAR_HELD, _A.START_CLOCK),
    _row(_P.FORCED, _T.GRANTED, _P.FORCED, _A.FREE_THE_WAY),
    _row(_P.FORCED, _T.CUT, _P.FORCED, _A.RELEASE, _A.END_USED),
    _row(_P.FORCED, _T.LINE_OVER, _P.FORCED, _A.FALL),
    _row(_P.FORCED, _T.WAY_OVER, _P.FORCED, _A.RELEASE, _A.END_UNCOUNTED),
    _row(_P.FORCED, _T.CLOSED, _P.LOCKED, _A.CLEAR_FORCED, _A.RELEASE, _A.END_USED),
    _row(_P.FORCED, _T.CLOSED_TOO_EARLY, _P.UNLOCKED, _A.CLEAR_FORCED, _A.END_EARLIER),
    _row(_P.FORCED, _T.HOLD_BEGAN, _P.FREE_OPEN, _A.CLEAR_FORCED, _A.HOLD, _A.END_USED),
    _row(_P.FORCED, _T.LENIENT, _P.OPEN, _A.CLEAR_FORCED, _A.START_CLOCK),
    _row(_P.FREE, _T.GRANTED, _P.FREE, _A.END_ASSUMED),
    _row(_P.FREE, _T.OPENED, _P.FREE_OPEN),
    _row(_P.FREE, _T.OPENED_BY_RIGHT, _P.FREE_OPEN),
    _row(_P.FREE, _T.HOLD_ENDED, _P.LOCKED, _A.RELEASE),
    _row(_P.FREE_OPEN, _T.GRANTED, _P.FREE_OPEN, _A.END_ASSUMED),
    _row(_P.FREE_OPEN, _T.CLOSED, _P.FREE),
    _row(_P.FREE_OPEN, _T.HOLD_ENDED, _P.OPEN, _A.RELEASE, _A.START_CLOCK),
)
TABLE: Final[Mapping[tuple[Phase, Trigger], Transition]] = {(row.phase, row.trigger): row for row in TRANSITIONS}
