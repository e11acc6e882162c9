"""Short stories of a leaf or a lane, each word with its time: "1000 opened". Told through the rooms' own functions."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

from firmware.door import lane as lanes
from firmware.door import leaf as leaves
from firmware.door.asked import Granted, Noticed
from firmware.door.leaf_table import Trigger
from firmware.events import Alarm, Direction, EndGrant, PlaySound, Reason, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.door.asked import Said
    from firmware.door.lane import Lane
    from firmware.door.leaf_acts import Leaf
    from firmware.events import Result

REASON: Final = Reason.LOCKDOWN
"""Why a story's posture takes grants back."""

ASK = PlaySound(Signal.CLOSE_DOOR)
FORCED, NOT_FORCED = Noticed(Alarm.FORCED, active=True), Noticed(Alarm.FORCED, active=False)
HELD, NOT_HELD = Noticed(Alarm.HELD, active=True), Noticed(Alarm.HELD, active=False)


def ended(result: Result, *grants: str) -> tuple[EndGrant, ...]:
    """Name the ends of grants."""
    return tuple(EndGrant(grant, result) for grant in grants)


def grant_of(word: str, names: Iterator[str]) -> Granted:
    """Make the grant that a word names; the grants of a story are called a, b, c."""
    way = Direction.OUT if "out" in word else Direction.IN
    return Granted(next(names), way, long="long" in word)


def tell_leaf(leaf: Leaf, *story: str) -> tuple[Leaf, Leaf, tuple[Said, ...]]:
    """Tell a story; return the leaf before the last word, after it, and what the last word made it say."""
    said: tuple[Said, ...] = ()
    before, names = leaf, map(chr, count(ord("a")))
    for line in story:
        at, word = line.split(" ", 1)
        before = leaf
        leaf, said = _leaf_word(leaf, word, int(at), names)
    return before, leaf, said


def _leaf_word(leaf: Leaf, word: str, now_ms: int, names: Iterator[str]) -> tuple[Leaf, tuple[Said, ...]]:  # noqa: PLR0911  a table
    match word:
        case "in" | "out" | "long in" | "long out":
            return leaves.grant(leaf, grant_of(word, names), now_ms)
        case "opened" | "closed":
            return leaves.moved(leaf, now_ms, opened=word == "opened")
        case "lost":
            return leaves.unwatched(leaf), ()
        case "cut":
            return leaves.cut(leaf, REASON, now_ms)
        case "hold" | "unhold":
            return leaves.hold(leaf, now_ms, begins=word == "hold")
        case "lenient" | "strict":
            return leaves.lenience(leaf, now_ms, lenient=word == "lenient"), ()
        case "relents":
            return leaves.fire(leaf, Trigger.LENIENT, now_ms)
        case "goes in" | "goes out":
            leaf, said, _ = leaves.passed(leaf, Direction(word.removeprefix("goes ")))
            return leaf, said
        case "due":
            trigger = next(trigger for due_ms, trigger in leaves.deadlines(leaf) if due_ms == now_ms)
            return leaves.settle(leaf, trigger, now_ms)
        case _:
            raise ValueError(word)


def tell_lane(lane: Lane, *story: str) -> tuple[Lane, Lane, tuple[Said, ...]]:
    """Tell a story; return the lane before the last word, after it, and what the last word made it say."""
    said: tuple[Said, ...] = ()
    before, names = lane, map(chr, count(ord("a")))
    for line in story:
        at, word = line.split(" ", 1)
        before = lane
        lane, said = _lane_word(lane, word, int(at), names)
    return before, lane, said


def _lane_word(lane: Lane, word: str, now_ms: int, names: Iterator[str]) -> tuple[Lane, tuple[Said, ...]]:
    match word:
        case "in" | "out" | "long in" | "long out":
            return lanes.grant(lane, grant_of(word, names), now_ms)
        case "ready" | "not ready" | "broken":
            return lanes.became_ready(lane, now_ms, ready=None if word == "broken" else word == "ready")
        case "cut":
            return lanes.cut(lane, REASON, now_ms)
        case "goes in" | "goes out":
            lane, said, _ = lanes.passed(lane, Direction(word.removeprefix("goes ")), now_ms)
            return lane, said
        case "due":
            trigger = next(trigger for due_ms, trigger in lanes.deadlines(lane) if due_ms == now_ms)
            return lanes.settle(lane, trigger, now_ms)
        case _:
            raise ValueError(word)
