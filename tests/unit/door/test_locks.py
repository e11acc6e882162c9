"""The face that leaf and lane share: lines, sensors, leases, and what belongs to the other kind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.door import locks
from firmware.door.lane_table import LaneTrigger
from firmware.door.leaf_table import Trigger
from firmware.door.machine import energised
from firmware.door.settings import Kind, Settings
from firmware.events import Contact, Direction, Line, Posture, PostureCommanded
from tests.unit.door.stage import HELD, LANE, NOW, OUT, STRIKE, play

if TYPE_CHECKING:
    from firmware.door.asked import DoorEvent

FREE = PostureCommanded(Posture.FREE_ACCESS)


@pytest.mark.parametrize(("kind", "lines"), [(kind, 2 if kind is Kind.TURNSTILE else 1) for kind in Kind])
def test_a_turnstile_has_a_line_for_each_way(kind: Kind, lines: int) -> None:
    """Every other kind has the one that frees its lock."""
    assert locks.lines(replace(STRIKE, kind=kind)) == tuple(Line)[:lines]


@pytest.mark.parametrize(
    ("settings", "event", "until_ms", "lines"),
    [
        (STRIKE, NOW, 5_099, {Line.RELAY}),
        (STRIKE, NOW, 5_100, set()),
        (LANE, NOW, 599, {Line.RELAY}),
        (LANE, OUT, 599, {Line.RELAY_OUT}),
        (LANE, OUT, 600, set()),
        (HELD, FREE, 90_000, {Line.RELAY}),
    ],
)
def test_a_door_says_which_lines_are_on(settings: Settings, event: DoorEvent, until_ms: int, lines: set[Line]) -> None:
    """A line is on while somebody may go by it or a posture holds it, and no other line is."""
    door, _ = play(settings, (100, event), (until_ms, None))
    assert energised(door) == lines


@pytest.mark.parametrize("settings", [STRIKE, LANE])
def test_sensors_of_passages_come_and_go_one_by_one(settings: Settings) -> None:
    """Each way is counted while its own sensor is to be believed."""
    one = locks.counts(locks.build(settings), Contact.PASSAGE_IN, seen=True)
    both = locks.counts(one, Contact.PASSAGE_OUT, seen=True)
    assert one.counted == {Direction.IN}
    assert both.counted == {Direction.IN, Direction.OUT}
    assert locks.counts(both, Contact.PASSAGE_IN, seen=False).counted == {Direction.OUT}


def test_only_a_held_lock_has_a_lease() -> None:
    """The lease ends five seconds after it was given or renewed, and is renewed after two."""
    assert locks.held_until(locks.build(LANE)) is None
    assert locks.held_until(play(STRIKE, (100, NOW))[0].lock) is None
    assert locks.held_until(play(HELD, (100, FREE))[0].lock) == (5_100, 2_100)
    assert locks.held_until(play(HELD, (100, FREE), (2_100, None))[0].lock) == (7_100, 4_100)


@pytest.mark.parametrize(("settings", "trigger"), [(STRIKE, LaneTrigger.TURN_OVER), (LANE, Trigger.WAY_OVER)])
def test_what_falls_due_at_another_kind_of_lock_is_a_mistake_of_ours(
    settings: Settings, trigger: Trigger | LaneTrigger
) -> None:
    """A leaf never hears of a lane's deadline, nor a lane of a leaf's."""
    kind = "lane" if settings is LANE else "leaf"
    with pytest.raises(TypeError, match=f"^{trigger} is nothing that falls due at a {kind}$"):
        locks.settle(locks.build(settings), trigger, 0)
