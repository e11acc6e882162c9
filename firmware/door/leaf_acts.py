"""A leaf as a value, and what each act of its table does to it: the lock's line, the grants, the clocks. Pure.

When an act is due is none of its business: `leaf.py` runs the table.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from firmware.door import way as ways
from firmware.door.asked import Noticed, Said
from firmware.door.leaf_table import Act, Phase
from firmware.door.settings import Relock, Settings
from firmware.events import Alarm, Direction, EndGrant, Energise, Hold, PlaySound, Release, Signal

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

OPEN_PHASES: Final = frozenset({Phase.OPEN, Phase.PREALARM, Phase.HELD, Phase.FORCED, Phase.FREE_OPEN})
HELD_FREE: Final = frozenset({Phase.FREE, Phase.FREE_OPEN})


@dataclass(frozen=True, slots=True)
class Leaf:
    """All that is known of one leaf; times in ms, None while unset.

    `watched` says that a sensor tells where the leaf is, `counted` which ways a sensor sees people go.

    `opened_ms` is when it was opened, `held_by_ms` when it must be shut, `renew_ms` when the hold's lease is renewed,
    `owed_ms` when those who were cut short get their time, `ask_ms` when people are asked again to close. `lenient`
    stops the clock of an open leaf. Before `rest_ms` the line rests after its maximum; at `late_ms` a turn came so late
    that what happened meanwhile is not known yet.
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
    rest_ms: int | None = None
    late_ms: int | None = None

    @property
    def released(self) -> bool:
        """Whether the lock's line is on."""
        return self.phase in HELD_FREE or (self.way is not None and self.way.on)

    @property
    def secure(self) -> bool:
        """Whether the door is known to be closed and locked."""
        return self.watched and self.phase is Phase.LOCKED and not self.holders

    @property
    def open(self) -> bool:
        """Whether the leaf is known to be out of its frame."""
        return self.phase in OPEN_PHASES


Step = tuple[Leaf, tuple[Said, ...]]


def do(act: Act, leaf: Leaf, now_ms: int) -> Step:
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
            return replace(leaf, way=None, renew_ms=now_ms + RENEWED_MS), (Hold(LEASE_MS),)
        case Act.RELEASE:
            rest_ms = _rest_ms(leaf, now_ms)
            return replace(leaf, way=None, renew_ms=None, rest_ms=rest_ms), (Release(),) if leaf.released else ()
        case Act.RELOCK if leaf.settings.relock is Relock.ON_CLOSE:
            return leaf, ()
        case _ if way is None or not way.on:
            return leaf, ()
        case _:
            return replace(leaf, way=way.fallen(), rest_ms=_rest_ms(leaf, now_ms)), (Release(),)


def _rest_ms(leaf: Leaf, now_ms: int) -> int | None:
    """Say until when the line rests that falls now, if it falls because of its maximum."""
    way = leaf.way
    if way is None or not way.on or leaf.settings.impulse or now_ms - way.rose_ms < leaf.settings.max_unlock_ms:
        return leaf.rest_ms
    return now_ms + REST_MS


def _end(act: Act, leaf: Leaf, now_ms: int) -> Step:
    """End the grants that an act is about; those whose time was cut short wait for their own instead."""
    match act:
        case Act.END_UNUSED:
            owed = tuple(one for one in leaf.holders if one.wants_ms > now_ms)
            rest = replace(leaf, holders=owed, owed_ms=now_ms + REST_MS)
            return rest, ends(leaf, tuple(one for one in leaf.holders if one not in owed))
        case Act.END_UNCOUNTED:
            owing = leaf.owed_ms is not None
            owed = tuple(one for one in leaf.holders if owing and one.wants_ms > now_ms)
            staying = tuple(one for one in leaf.holders if one.granted.direction in leaf.counted or one in owed)
            return replace(leaf, holders=staying), ends(leaf, tuple(one for one in leaf.holders if one not in staying))
        case Act.END_EARLIER:
            later = tuple(one for one in leaf.holders if after((one,), leaf.opened_ms))
            return replace(leaf, holders=later), ends(leaf, tuple(one for one in leaf.holders if one not in later))
        case Act.END_ASSUMED:
            return replace(leaf, holders=()), tuple(EndGrant(one.granted.grant, "assumed") for one in leaf.holders)
        case _:
            return replace(leaf, holders=()), ends(leaf, leaf.holders)


def ends(leaf: Leaf, holders: tuple[Holder, ...]) -> tuple[EndGrant, ...]:
    """End grants by what is known of the leaf; what is given back must be sure never to have been used."""
    return tuple(EndGrant(one.granted.grant, _result(leaf, one)) for one in holders)


def _result(leaf: Leaf, holder: Holder) -> Result:
    if holder.opened:
        return "inferred"
    return "annulled" if leaf.watched and not holder.doubted else "assumed"


def after(holders: tuple[Holder, ...], opened_ms: int | None) -> bool:
    """Say whether one of them came when the leaf was already open."""
    return opened_ms is not None and any(one.given_ms > opened_ms for one in holders)


def _more_time(leaf: Leaf) -> int:
    """Say how much longer the leaf may stay open where somebody asked for more time."""
    if not any(one.granted.long for one in leaf.holders):
        return 0
    return leaf.settings.free_ms(long=True) - leaf.settings.unlock_ms
