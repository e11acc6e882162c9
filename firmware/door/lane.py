"""A turnstile's lane: grants take their turns, each with an impulse for its way. It runs `lane_table.py`. Pure.

One person at a time: whoever goes out stands before whoever comes in, and the queue is bounded. The turnstile's own
mechanics let one person through an impulse; READY and PASS inputs, where they are wired, say when and whether.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.door.asked import Granted, Noticed, Said
from firmware.door.lane_table import LANE_TABLE, LaneAct, LanePhase, LaneTrigger
from firmware.events import Alarm, Direction, EndGrant, Energise, Line, Reason, Release

if TYPE_CHECKING:
    from firmware.door.settings import Settings

MOST_WAITING: Final = 8
READY_WITHIN_MS: Final = 5_000
"""A turnstile that is not ready by then gets no impulse for somebody going in; one going out gets it all the same."""

REST_MS: Final = 200
"""Two impulses are two only if the line rested between them."""

UNSEEN: Final = 3
"""After so many turns in a row in which nobody was seen, a PASS contact is not believed to see anybody."""


@dataclass(frozen=True, slots=True)
class Lane:
    """All that is known of one lane; times in ms.

    `ready` is None while no READY contact can be believed, `counted` tells which ways a PASS contact sees people go.
    `lenient` says that a posture lets everybody through, by arms that dropped or without them. Until `rest_ms` the
    lines rest after an impulse; `unseen` counts the turns in a row in which nobody was seen.
    """

    settings: Settings
    phase: LanePhase = LanePhase.EMPTY
    queue: tuple[Granted, ...] = ()
    turn: Granted | None = None
    line_ms: int | None = None
    until_ms: int | None = None
    ready: bool | None = None
    counted: frozenset[Direction] = frozenset()
    lenient: bool = False
    rest_ms: int | None = None
    unseen: int = 0

    @property
    def released(self) -> bool:
        """Whether one of the lines is on."""
        return self.line_ms is not None


Step = tuple[Lane, tuple[Said, ...]]


def line_of(direction: Direction) -> Line:
    """Say which line lets people go this way."""
    return Line.RELAY if direction is Direction.IN else Line.RELAY_OUT


def deadlines(lane: Lane) -> list[tuple[int, LaneTrigger]]:
    """List what falls due by itself and when (ms)."""
    found: list[tuple[int, LaneTrigger]] = []
    if lane.line_ms is not None:
        found.append((lane.line_ms, LaneTrigger.LINE_OVER))
    if lane.until_ms is not None and lane.turn is not None:
        out = lane.turn.direction is Direction.OUT
        found.append((lane.until_ms, LaneTrigger.TURN_OVER_OUT if out else LaneTrigger.TURN_OVER))
    if lane.rest_ms is not None:
        found.append((lane.rest_ms, LaneTrigger.RESTED))
    return found


def settle(lane: Lane, trigger: LaneTrigger, now_ms: int) -> Step:
    """Do what fell due, and let the next one have the turn."""
    if trigger is LaneTrigger.RESTED:
        lane = replace(lane, rest_ms=None)
    return _go_on(*fire(lane, trigger, now_ms), now_ms)


def grant(lane: Lane, granted: Granted, now_ms: int) -> Step:
    """Take a place in the queue; of one that is full the last going in goes without, or whoever comes."""
    out = [one for one in (*lane.queue, granted) if one.direction is Direction.OUT]
    others = [one for one in (*lane.queue, granted) if one.direction is Direction.IN]
    kept, gone = (*out, *others)[:MOST_WAITING], (*out, *others)[MOST_WAITING:]
    said = tuple(EndGrant(one.grant, "annulled", Reason.NOT_READY) for one in gone)
    return _go_on(replace(lane, queue=kept), said, now_ms)


def became_ready(lane: Lane, now_ms: int, *, ready: bool | None) -> Step:
    """Hear of the READY contact; None: it is not to be believed, and nobody waits for what a broken wire says."""
    lane = replace(lane, ready=ready)
    return (lane, ()) if ready is False else fire(lane, LaneTrigger.READY, now_ms)


def passed(lane: Lane, direction: Direction, now_ms: int) -> tuple[Lane, tuple[Said, ...], bool]:
    """Hear of a passage; the last value says whether it was this person's turn, or everybody's."""
    expected = lane.phase is LanePhase.TURNING and lane.turn is not None and lane.turn.direction is direction
    if not expected:
        return lane, (), lane.lenient
    return *_go_on(*fire(lane, LaneTrigger.PASSED, now_ms), now_ms), True


def cut(lane: Lane, reason: Reason, now_ms: int) -> Step:
    """Take back what was granted to people going in; whoever goes out keeps the place."""
    gone = tuple(one for one in lane.queue if one.direction is Direction.IN)
    lane = replace(lane, queue=tuple(one for one in lane.queue if one not in gone))
    said: tuple[Said, ...] = ()
    if lane.turn is not None and lane.turn.direction is Direction.IN:
        lane, said = fire(lane, LaneTrigger.CUT, now_ms)
    said += tuple(EndGrant(one.grant, "annulled") for one in gone)
    said = tuple(replace(one, reason=reason) if isinstance(one, EndGrant) else one for one in said)
    return _go_on(lane, said, now_ms)


def end(lane: Lane) -> tuple[Said, ...]:
    """End every grant that is still open, and let both lines fall."""
    turn = () if lane.turn is None else (EndGrant(lane.turn.grant, "assumed"),)
    waiting = tuple(EndGrant(one.grant, "annulled", Reason.NOT_READY) for one in lane.queue)
    return (Release(Line.RELAY), Release(Line.RELAY_OUT), *turn, *waiting)


def fire(lane: Lane, trigger: LaneTrigger, now_ms: int) -> Step:
    """Run one line of the table; what it does not list changes nothing."""
    row = LANE_TABLE.get((lane.phase, trigger))
    if row is None:
        return lane, ()
    said: tuple[Said, ...] = ()
    for act in row.acts:
        lane, more = _do(act, lane, now_ms)
        said += more
    return replace(lane, phase=row.then), said


def _go_on(lane: Lane, said: tuple[Said, ...], now_ms: int) -> Step:
    """Give the turn to whoever is first, if it is nobody's."""
    if lane.phase is not LanePhase.EMPTY or not lane.queue or lane.rest_ms is not None:
        return lane, said
    lane, more = fire(lane, LaneTrigger.NEXT_NOT_READY if lane.ready is False else LaneTrigger.NEXT_READY, now_ms)
    return lane, said + more


def _do(act: LaneAct, lane: Lane, now_ms: int) -> Step:
    """Do one thing of a transition."""
    match act:
        case LaneAct.TAKE:
            first, *queue = lane.queue
            return replace(lane, turn=first, queue=tuple(queue), until_ms=now_ms + READY_WITHIN_MS), ()
        case LaneAct.PULSE if (turn := lane.turn) is not None:
            span_ms, free_ms = lane.settings.pulse_ms, lane.settings.free_ms(long=turn.long)
            lane = replace(lane, line_ms=now_ms + span_ms, until_ms=now_ms + free_ms)
            return lane, (Energise(span_ms, line_of(turn.direction)),)
        case LaneAct.FALL if lane.turn is not None and lane.released:
            return replace(lane, line_ms=None, rest_ms=now_ms + REST_MS), (Release(line_of(lane.turn.direction)),)
        case LaneAct.RAISE_NOT_READY | LaneAct.CLEAR_NOT_READY:
            return lane, (Noticed(Alarm.NOT_READY, act is LaneAct.RAISE_NOT_READY),)
        case LaneAct.END_CONFIRMED | LaneAct.END_UNSEEN | LaneAct.END_NOT_READY | LaneAct.END_CUT if lane.turn:
            ended = _end(act, lane, lane.turn)
            unseen = {LaneAct.END_CONFIRMED: 0, LaneAct.END_UNSEEN: lane.unseen + 1}.get(act, lane.unseen)
            return replace(lane, turn=None, until_ms=None, unseen=unseen), (ended,)
        case _:
            return lane, ()


def _end(act: LaneAct, lane: Lane, turn: Granted) -> EndGrant:
    """Say how a turn ended."""
    match act:
        case LaneAct.END_CONFIRMED:
            return EndGrant(turn.grant, "confirmed")
        case LaneAct.END_NOT_READY:
            return EndGrant(turn.grant, "annulled", Reason.NOT_READY)
        case LaneAct.END_UNSEEN if turn.direction not in lane.counted or lane.unseen >= UNSEEN:
            return EndGrant(turn.grant, "assumed")
        case LaneAct.END_CUT if lane.phase is LanePhase.TURNING:
            return EndGrant(turn.grant, "assumed")
        case _:
            return EndGrant(turn.grant, "annulled")
