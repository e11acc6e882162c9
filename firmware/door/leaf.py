"""A leaf with a lock: a strike, a maglock, or the gate behind a motor. It runs the table in `leaf_table.py`. Pure.

It decides what the lock's line does and how each grant ends. It knows postures only as held or not held, and it hears
of its own leaf and of passages; it never decides who may go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware.door import way as ways
from firmware.door.leaf_acts import (
    ASKED_AGAIN_MS,
    HELD_FREE,
    LEASE_MS,
    OPEN_PHASES,
    RENEWED_MS,
    Leaf,
    Step,
    after,
    do,
    ends,
)
from firmware.door.leaf_table import TABLE, Phase, Trigger
from firmware.events import Direction, EndGrant, Hold, Reason, Release

if TYPE_CHECKING:
    from firmware.door.asked import Granted, Said

_ASKING: Final = frozenset({Phase.PREALARM, Phase.HELD})


def deadlines(leaf: Leaf) -> list[tuple[int, Trigger]]:
    """List what falls due by itself and when (ms), the lock's line first."""
    found: list[tuple[int, Trigger]] = []
    if leaf.way is not None:
        if leaf.way.on and leaf.way.line_ms < leaf.way.until_ms:
            found.append((leaf.way.line_ms, Trigger.LINE_OVER))
        found.append((leaf.way.until_ms, Trigger.WAY_OVER))
    if leaf.owed_ms is not None:
        found.append((leaf.owed_ms, Trigger.GRANTED))
    if leaf.renew_ms is not None:
        found.append((leaf.renew_ms, Trigger.HOLD_BEGAN))
    if leaf.held_by_ms is not None and not leaf.lenient:
        if leaf.phase is Phase.OPEN:
            found.append((leaf.held_by_ms - leaf.settings.prealarm_ms, Trigger.PREALARM_DUE))
        elif leaf.phase is Phase.PREALARM:
            found.append((leaf.held_by_ms, Trigger.HELD_DUE))
    if leaf.ask_ms is not None and not leaf.lenient:
        found.append((leaf.ask_ms, Trigger.ASK_DUE))
    return found


def settle(leaf: Leaf, trigger: Trigger, now_ms: int) -> Step:
    """Do what fell due."""
    match trigger:
        case Trigger.GRANTED:
            again = tuple(
                replace(one, given_ms=now_ms, wants_ms=ways.hold_of(one.granted, leaf.settings, now_ms).wants_ms)
                for one in leaf.holders
            )
            return fire(replace(leaf, holders=again, owed_ms=None), trigger, now_ms)
        case Trigger.WAY_OVER if leaf.way is not None and now_ms - leaf.way.until_ms > ways.GRACE_MS:
            return fire(replace(_doubted(leaf), late_ms=now_ms), trigger, now_ms)
        case Trigger.HOLD_BEGAN:
            return replace(leaf, renew_ms=now_ms + RENEWED_MS), (Hold(LEASE_MS),)
        case _:
            return fire(leaf, trigger, now_ms)


def grant(leaf: Leaf, granted: Granted, now_ms: int) -> Step:
    """Free the way for somebody."""
    holder = replace(ways.hold_of(granted, leaf.settings, now_ms), opened=leaf.open, doubted=not leaf.watched)
    leaf = replace(leaf, holders=(*leaf.holders, holder))
    rests = leaf.rest_ms is not None and now_ms < leaf.rest_ms and leaf.phase not in HELD_FREE
    if rests and granted.direction is Direction.IN:
        return replace(leaf, owed_ms=leaf.rest_ms), ()
    leaf, said = fire(leaf, Trigger.GRANTED, now_ms)
    return replace(leaf, owed_ms=None), said


def unwatched(leaf: Leaf) -> Leaf:
    """Hear that the sensor of the leaf is not to be believed any more."""
    return replace(_doubted(leaf), watched=False)


def _doubted(leaf: Leaf) -> Leaf:
    """Note that of whoever may go now nobody can tell any more whether they went."""
    return replace(leaf, holders=tuple(replace(one, doubted=True) for one in leaf.holders))


def moved(leaf: Leaf, now_ms: int, *, opened: bool) -> Step:
    """Hear of the leaf; the first word of its sensor is no news, for nobody knows what was before."""
    first, leaf = not leaf.watched, replace(leaf, watched=True)
    if not opened:
        meanwhile = leaf.way is not None and leaf.way.on and after(leaf.holders, leaf.opened_ms)
        return fire(leaf, Trigger.CLOSED_TOO_EARLY if meanwhile else Trigger.CLOSED, now_ms)
    late = leaf.late_ms is not None and now_ms - leaf.late_ms <= ways.GRACE_MS
    by_right = first or late or leaf.lenient or leaf.settings.free_handle
    leaf = replace(leaf, holders=tuple(replace(one, opened=True) for one in leaf.holders))
    return fire(leaf, Trigger.OPENED_BY_RIGHT if by_right else Trigger.OPENED, now_ms)


def passed(leaf: Leaf, direction: Direction) -> tuple[Leaf, tuple[Said, ...], bool]:
    """Hear of a passage; the last value says whether somebody was granted it, or everybody is."""
    holder = next((one for one in leaf.holders if one.granted.direction is direction), None)
    if holder is None:
        return leaf, (), leaf.phase in HELD_FREE or leaf.lenient
    staying = tuple(one for one in leaf.holders if one is not holder)
    leaf = replace(leaf, holders=staying, owed_ms=leaf.owed_ms if staying else None)
    return leaf, (EndGrant(holder.granted.grant, "confirmed"),), True


def cut(leaf: Leaf, reason: Reason, now_ms: int) -> Step:
    """Take back what was granted to people going in; whoever goes out keeps the way."""
    going_in = tuple(one for one in leaf.holders if one.granted.direction is Direction.IN)
    if not going_in:
        return leaf, ()
    if len(going_in) < len(leaf.holders) or leaf.owed_ms is not None:
        staying = tuple(one for one in leaf.holders if one not in going_in)
        said: tuple[Said, ...] = ends(leaf, going_in)
        way = ways.left(leaf.way, staying) if leaf.way is not None and staying else leaf.way
        leaf = replace(leaf, holders=staying, way=way, owed_ms=leaf.owed_ms if staying else None)
    else:
        leaf, said = fire(leaf, Trigger.CUT, now_ms)
    return leaf, tuple(replace(one, reason=reason) if isinstance(one, EndGrant) else one for one in said)


def hold(leaf: Leaf, now_ms: int, *, begins: bool) -> Step:
    """Begin or end to hold the lock released."""
    return fire(leaf, Trigger.HOLD_BEGAN if begins else Trigger.HOLD_ENDED, now_ms)


def lenience(leaf: Leaf, now_ms: int, *, lenient: bool) -> Leaf:
    """Stop or start the clock of an open leaf; it starts anew, and so does asking people to close it."""
    ask_ms = None if leaf.ask_ms is None else now_ms + ASKED_AGAIN_MS
    return replace(leaf, lenient=lenient, held_by_ms=now_ms + leaf.settings.held_ms, ask_ms=ask_ms)


def end(leaf: Leaf) -> tuple[Said, ...]:
    """End every grant that is still open, in order, and let the line fall."""
    return (Release(), *ends(leaf, leaf.holders))


def fire(leaf: Leaf, trigger: Trigger, now_ms: int) -> Step:
    """Run one line of the table; what it does not list changes nothing."""
    row = TABLE.get((leaf.phase, trigger))
    if row is None:
        return leaf, ()
    said: tuple[Said, ...] = ()
    for act in row.acts:
        leaf, more = do(act, leaf, now_ms)
        said += more
    opened_ms = (leaf.opened_ms if leaf.opened_ms is not None else now_ms) if row.then in OPEN_PHASES else None
    ask_ms = leaf.ask_ms if row.then in _ASKING else None
    owed_ms = leaf.owed_ms if leaf.holders else None
    return replace(leaf, phase=row.then, opened_ms=opened_ms, ask_ms=ask_ms, owed_ms=owed_ms), said
