"""A leaf with a lock: a strike, a maglock, or the gate behind a motor. It runs the table in `leaf_table.py`. Pure.

It decides what the lock's line does and how each grant ends. It knows postures only as held or not held, and it hears
of its own leaf and of passages; it never decides who may go.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.door import way as ways
from firmware.door.asked import Granted, Noticed, Said
from firmware.door.leaf_table import TABLE, Act, Phase, Trigger
from firmware.door.settings import Relock, Settings
from firmware.events import Alarm, Direction, EndGrant, Energise, Hold, PlaySound, Reason, Release, Signal

if TYPE_CHECKING:
    from firmware.door.way import Holder, Way
    from firmware.events import Result

LEASE_MS: Final = 5_000
"""How long a hold lasts without being renewed: what a hung gate leaves open closes after that."""

RENEWED_MS: Final = 2_000
REST_MS: Final = 500
"""How long the line rests before somebody whose time the maximum cut short gets a new one."""

ASKED_AGAIN_MS: Final = 5_000
"""How often people are asked to close a leaf that stays open."""

_OPEN_PHASES: Final = frozenset({Phase.OPEN, Phase.PREALARM, Phase.HELD, Phase.FORCED, Phase.FREE_OPEN})
_ASKING: Final = frozenset({Phase.PREALARM, Phase.HELD})
_HELD_FREE: Final = frozenset({Phase.FREE, Phase.FREE_OPEN})


@dataclass(frozen=True, slots=True)
class Leaf:
    """All that is known of one leaf; times in ms, None while unset.

    `watched` says that a sensor tells where the leaf is, `counted` which ways a sensor sees people go.

    `opened_ms` is when it was opened, `held_by_ms` when it must be shut, `renew_ms` when the hold's lease is renewed,
    `owed_ms` when those who were cut short get their time, `ask_ms` when people are asked again to close. `lenient`
    stops the clock of an open leaf.
    """

    settings: Settings
    phase: Phase = Phase.LOCKED
    watched: bool = False
    counted: frozenset[Direction] = frozenset()
    lenient: bool = False
    holders: tuple[Holder, ...] = ()
    way: Way | None = None
    opened_ms: int | None = None
    held_by_ms: int | None = None
    renew_ms: int | None = None
    owed_ms: int | None = None
    ask_ms: int | None = None

    @property
    def released(self) -> bool:
        """Whether the lock's line is on."""
        return self.phase in _HELD_FREE or (self.way is not None and self.way.on)

    @property
    def secure(self) -> bool:
        """Whether the door is closed and locked as far as anybody knows."""
        return self.phase is Phase.LOCKED

    @property
    def open(self) -> bool:
        """Whether the leaf is known to be out of its frame."""
        return self.phase in _OPEN_PHASES


Step = tuple[Leaf, tuple[Said, ...]]


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
            again = tuple(ways.hold_of(one.granted, leaf.settings, now_ms, again=True) for one in leaf.holders)
            return fire(replace(leaf, holders=again, owed_ms=None), trigger, now_ms)
        case Trigger.HOLD_BEGAN:
            return replace(leaf, renew_ms=now_ms + RENEWED_MS), (Hold(LEASE_MS),)
        case _:
            return fire(leaf, trigger, now_ms)


def grant(leaf: Leaf, granted: Granted, now_ms: int) -> Step:
    """Free the way for somebody."""
    holder = ways.hold_of(granted, leaf.settings, now_ms)
    leaf, said = fire(replace(leaf, holders=(*leaf.holders, holder)), Trigger.GRANTED, now_ms)
    return replace(leaf, owed_ms=None), said


def unwatched(leaf: Leaf) -> Leaf:
    """Hear that the sensor of the leaf is not to be believed any more."""
    return replace(leaf, watched=False)


def moved(leaf: Leaf, now_ms: int, *, opened: bool) -> Step:
    """Hear of the leaf; the first word of its sensor is no news, for nobody knows what was before."""
    first, leaf = not leaf.watched, replace(leaf, watched=True)
    if not opened:
        meanwhile = leaf.way is not None and leaf.way.on and _after(leaf.holders, leaf.opened_ms)
        return fire(leaf, Trigger.CLOSED_TOO_EARLY if meanwhile else Trigger.CLOSED, now_ms)
    by_right = first or leaf.lenient or leaf.settings.free_handle
    return fire(leaf, Trigger.OPENED_BY_RIGHT if by_right else Trigger.OPENED, now_ms)


def counts(leaf: Leaf, direction: Direction, *, seen: bool) -> Leaf:
    """Hear whether a sensor that sees people go this way is there and to be believed."""
    return replace(leaf, counted=leaf.counted | {direction} if seen else leaf.counted - {direction})


def passed(leaf: Leaf, direction: Direction) -> tuple[Leaf, tuple[Said, ...], bool]:
    """Hear of a passage; the last value says whether somebody was granted it, or everybody is."""
    holder = next((one for one in leaf.holders if one.granted.direction is direction), None)
    if holder is None:
        return leaf, (), leaf.phase in _HELD_FREE or leaf.lenient
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
        leaf = replace(leaf, holders=staying, owed_ms=leaf.owed_ms if staying else None)
        return leaf, tuple(EndGrant(one.granted.grant, "annulled", reason) for one in going_in)
    leaf, said = fire(leaf, Trigger.CUT, now_ms)
    return leaf, tuple(replace(one, reason=reason) if isinstance(one, EndGrant) else one for one in said)


def hold(leaf: Leaf, now_ms: int, *, begins: bool) -> Step:
    """Begin or end to hold the lock released."""
    return fire(leaf, Trigger.HOLD_BEGAN if begins else Trigger.HOLD_ENDED, now_ms)


def lenience(leaf: Leaf, now_ms: int, *, lenient: bool) -> Leaf:
    """Stop or start the clock of an open leaf; it starts anew."""
    if leaf.lenient and not lenient and leaf.phase in {Phase.OPEN, Phase.PREALARM}:
        leaf = replace(leaf, held_by_ms=now_ms + leaf.settings.held_ms)
    return replace(leaf, lenient=lenient)


def end(leaf: Leaf) -> tuple[Said, ...]:
    """End every grant that is still open, in order, and let the line fall."""
    return (Release(), *_ends(leaf, leaf.holders))


def fire(leaf: Leaf, trigger: Trigger, now_ms: int) -> Step:
    """Run one line of the table; what it does not list changes nothing."""
    row = TABLE.get((leaf.phase, trigger))
    if row is None:
        return leaf, ()
    said: tuple[Said, ...] = ()
    for act in row.acts:
        leaf, more = _do(act, leaf, now_ms)
        said += more
    opened_ms = (leaf.opened_ms if leaf.opened_ms is not None else now_ms) if row.then in _OPEN_PHASES else None
    ask_ms = leaf.ask_ms if row.then in _ASKING else None
    return replace(leaf, phase=row.then, opened_ms=opened_ms, ask_ms=ask_ms), said


def _do(act: Act, leaf: Leaf, now_ms: int) -> Step:
    """Do one thing of a transition."""
    match act:
        case Act.FREE_THE_WAY | Act.RELEASE | Act.FALL | Act.RELOCK | Act.HOLD:
            return _move(act, leaf, now_ms)
        case Act.START_CLOCK:
            return replace(leaf, held_by_ms=now_ms + leaf.settings.held_ms + _more_time(leaf)), ()
        case Act.ASK_TO_CLOSE:
            return replace(leaf, ask_ms=now_ms + ASKED_AGAIN_MS), (PlaySound(Signal.CLOSE_DOOR),)
        case Act.RAISE_FORCED | Act.CLEAR_FORCED:
            return leaf, (Noticed(Alarm.FORCED, act is Act.RAISE_FORCED),)
        case Act.RAISE_HELD | Act.CLEAR_HELD:
            return leaf, (Noticed(Alarm.HELD, act is Act.RAISE_HELD),)
        case _:
            return _end(act, leaf, now_ms)


def _move(act: Act, leaf: Leaf, now_ms: int) -> Step:
    """Do what a transition does to the lock's line."""
    way = leaf.way
    match act:
        case Act.FREE_THE_WAY:
            way = ways.free(way, leaf.holders, leaf.settings, now_ms, watched=leaf.watched)
            return replace(leaf, way=way), (Energise(way.line_ms - now_ms),)
        case Act.HOLD:
            return replace(leaf, way=None, owed_ms=None, renew_ms=now_ms + RENEWED_MS), (Hold(LEASE_MS),)
        case Act.RELEASE:
            return replace(leaf, way=None, renew_ms=None), (Release(),) if leaf.released else ()
        case Act.RELOCK if leaf.settings.relock is Relock.ON_CLOSE:
            return leaf, ()
        case _:
            return (leaf, ()) if way is None or not way.on else (replace(leaf, way=way.fallen()), (Release(),))


def _end(act: Act, leaf: Leaf, now_ms: int) -> Step:
    """End the grants that an act is about; those whose time was cut short wait for their own instead."""
    match act:
        case Act.END_UNUSED:
            owed = tuple(one for one in leaf.holders if one.wants_ms > now_ms and not one.again)
            rest = replace(leaf, holders=owed, owed_ms=now_ms + REST_MS if owed else None)
            return rest, _ends(leaf, tuple(one for one in leaf.holders if one not in owed))
        case Act.END_EARLIER:
            later = tuple(one for one in leaf.holders if _after((one,), leaf.opened_ms))
            return replace(leaf, holders=later), _ends(leaf, tuple(one for one in leaf.holders if one not in later))
        case Act.END_CUT | Act.END_ASSUMED:
            result: Result = "annulled" if act is Act.END_CUT else "assumed"
            return replace(leaf, holders=()), tuple(EndGrant(one.granted.grant, result) for one in leaf.holders)
        case _:
            return replace(leaf, holders=()), _ends(leaf, leaf.holders)


def _ends(leaf: Leaf, holders: tuple[Holder, ...]) -> tuple[EndGrant, ...]:
    """End grants by what the sensors know: only one that sees people, or the leaf, can tell that nobody went."""
    return tuple(EndGrant(one.granted.grant, _result(leaf, one.granted.direction)) for one in holders)


def _result(leaf: Leaf, direction: Direction) -> Result:
    if direction in leaf.counted:
        return "annulled"
    if leaf.open:
        return "inferred"
    return "annulled" if leaf.watched else "assumed"


def _after(holders: tuple[Holder, ...], opened_ms: int | None) -> bool:
    """Say whether one of them came when the leaf was already open."""
    return opened_ms is not None and any(one.given_ms > opened_ms for one in holders)


def _more_time(leaf: Leaf) -> int:
    """Say how much longer the leaf may stay open where somebody asked for more time."""
    if not any(one.granted.long for one in leaf.holders):
        return 0
    return leaf.settings.free_ms(long=True) - leaf.settings.unlock_ms
