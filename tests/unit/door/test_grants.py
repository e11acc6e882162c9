"""What grants do to the lock, through a whole door: pulses, records, and what stands in the way of who comes in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.door.asked import DoorEvent, Granted, Refused
from firmware.door.machine import step
from firmware.door.way import GRACE_MS
from firmware.events import (
    Contact,
    ContactChanged,
    Direction,
    EndGrant,
    Energise,
    Hold,
    Level,
    Line,
    Posture,
    PostureCommanded,
    Reason,
    RecordCommitted,
    Release,
)
from tests.unit.door.stage import CLOSED, HELD, IN, LANE, NOW, OPENED, OUT, STRIKE, Heard, lock, off, on, play

if TYPE_CHECKING:
    from firmware.door.settings import Settings

COMMITTED = RecordCommitted(1)
LOCKDOWN = PostureCommanded(Posture.LOCKDOWN)
C = Contact
Script = list[tuple[int, DoorEvent | None]]


LOCKS: dict[str, tuple[Settings, Script, Heard]] = {
    "a pulse is as long as configured": (
        STRIKE,
        [(100, OUT), (9_000, None)],
        [(100, Energise(5_000)), (5_100, Release()), (5_100, EndGrant("out", "assumed"))],
    ),
    "whom the maximum cut short gets a second one": (
        STRIKE,
        [(0, OUT), (4_000, Granted("b", Direction.OUT)), (20_000, None)],
        [
            (0, Energise(5_000)),
            (4_000, Energise(4_000)),
            (8_000, Release()),
            (8_000, EndGrant("out", "assumed")),
            (8_500, Energise(5_000)),
            (13_500, Release()),
            (13_500, EndGrant("b", "assumed")),
        ],
    ),
    "a refusal beside an open door does not close it": (
        STRIKE,
        [(100, OUT), (1_000, Refused(Reason.USED)), (3_000, None)],
        [(100, Energise(5_000))],
    ),
    "a lockdown turns away who waits": (
        STRIKE,
        [(100, IN), (200, LOCKDOWN), (210, COMMITTED)],
        [(200, EndGrant("in", "annulled", Reason.LOCKDOWN))],
    ),
    "and who comes": (
        STRIKE,
        [(100, LOCKDOWN), (200, NOW)],
        [(200, EndGrant("now", "annulled", Reason.LOCKDOWN))],
    ),
    "never who goes": (STRIKE, [(100, LOCKDOWN), (200, OUT)], [(200, Energise(5_000))]),
    "not even by record": (
        STRIKE,
        [(100, replace(OUT, token=1)), (200, on(C.SUPPLY)), (300, COMMITTED)],
        [(300, Energise(5_000))],
    ),
    "a weak supply starts nothing for who comes": (
        STRIKE,
        [(100, IN), (150, on(C.SUPPLY)), (200, COMMITTED)],
        [(200, EndGrant("in", "annulled", Reason.UNDERVOLTAGE))],
    ),
    "a broken supply wire starts nothing either, while it was weak": (
        STRIKE,
        [(0, on(C.SUPPLY)), (100, ContactChanged(C.SUPPLY, Level.CUT)), (200, NOW)],
        [(200, EndGrant("now", "annulled", Reason.UNDERVOLTAGE))],
    ),
    "the other door stands before the supply": (
        STRIKE,
        [(0, on(C.SUPPLY)), (50, on(C.INTERLOCK)), (100, NOW)],
        [(100, EndGrant("now", "annulled", Reason.INTERLOCK))],
    ),
    "a good supply takes nothing back": (STRIKE, [(100, NOW), (200, off(C.SUPPLY))], [(100, Energise(5_000))]),
    "a lockdown ends a hold": (
        HELD,
        [(0, PostureCommanded(Posture.FREE_ACCESS)), (100, LOCKDOWN)],
        [(0, Hold(5_000)), (100, Release())],
    ),
    "a lock that is not made for it is not held": (STRIKE, [(0, PostureCommanded(Posture.FREE_ACCESS))], []),
    "a fire that is over ends its hold": (
        HELD,
        [(0, on(C.FIRE)), (100, ContactChanged(C.FIRE, Level.CUT)), (200, off(C.FIRE))],
        [(0, Hold(5_000)), (200, Release())],
    ),
    "a turnstile waits for its word": (
        LANE,
        [(0, off(C.READY)), (100, OUT), (200, on(C.READY))],
        [(200, Energise(500, Line.RELAY_OUT))],
    ),
    "but not for a wire that broke": (
        LANE,
        [(0, ContactChanged(C.READY, Level.CUT)), (100, OUT)],
        [(100, Energise(500, Line.RELAY_OUT))],
    ),
    "a sensor confirms a passage": (
        STRIKE,
        [(100, OUT), (200, on(C.PASSAGE_OUT)), (300, ContactChanged(C.PASSAGE_OUT, Level.CUT))],
        [(100, Energise(5_000)), (200, EndGrant("out", "confirmed"))],
    ),
    "once a passage": (
        STRIKE,
        [(100, OUT), (150, Granted("b", Direction.OUT)), (200, on(C.PASSAGE_OUT)), (300, on(C.PASSAGE_OUT))],
        [(100, Energise(5_000)), (150, Energise(5_000)), (200, EndGrant("out", "confirmed"))],
    ),
    "a passage sensor alone cannot tell that nobody went": (
        STRIKE,
        [(0, off(C.PASSAGE_OUT)), (100, OUT), (9_000, None)],
        [(100, Energise(5_000)), (5_100, Release()), (5_100, EndGrant("out", "assumed"))],
    ),
    "a passage through a leaf that is said to be shut uses the grant all the same": (
        STRIKE,
        [(0, CLOSED), (100, OUT), (200, on(C.PASSAGE_OUT)), (9_000, None)],
        [(100, Energise(5_000)), (200, EndGrant("out", "confirmed")), (5_100, Release())],
    ),
    "a switch that was doubted for a while tells nothing of who might go meanwhile": (
        STRIKE,
        [(0, CLOSED), (100, OUT), (200, ContactChanged(C.DOOR_POSITION, Level.CUT)), (300, CLOSED), (9_000, None)],
        [(100, Energise(5_000)), (5_100, Release()), (5_600, EndGrant("out", "assumed"))],
    ),
    "who was granted into an open leaf has used it": (
        STRIKE,
        [(0, CLOSED), (100, OUT), (200, OPENED), (300, NOW), (400, CLOSED), (9_000, None)],
        [
            (100, Energise(5_000)),
            (300, Energise(5_000)),
            (400, EndGrant("out", "inferred")),
            (5_300, Release()),
            (5_800, EndGrant("now", "inferred")),
        ],
    ),
    "the line rests after its maximum before the next one comes in": (
        STRIKE,
        [(0, NOW), (4_000, replace(NOW, grant="b")), (8_000, replace(NOW, grant="c")), (8_100, None), (8_600, None)],
        [
            (0, Energise(5_000)),
            (4_000, Energise(4_000)),
            (8_000, Release()),
            (8_000, EndGrant("now", "assumed")),
            (8_500, Energise(5_000)),
        ],
    ),
    "but whoever goes out does not wait for that": (
        STRIKE,
        [(0, NOW), (4_000, replace(NOW, grant="b")), (8_000, OUT)],
        [
            (0, Energise(5_000)),
            (4_000, Energise(4_000)),
            (8_000, Release()),
            (8_000, EndGrant("now", "assumed")),
            (8_000, Energise(5_000)),
        ],
    ),
    "who stays when others are taken back keeps their own time": (
        STRIKE,
        [(0, OUT), (100, replace(NOW, long=True)), (200, LOCKDOWN), (9_000, None)],
        [
            (0, Energise(5_000)),
            (100, Energise(7_000)),
            (200, EndGrant("now", "assumed", Reason.LOCKDOWN)),
            (5_000, Release()),
            (5_000, EndGrant("out", "assumed")),
        ],
    ),
    "one that broke tells nothing": (
        STRIKE,
        [(0, ContactChanged(C.PASSAGE_OUT, Level.SHORT)), (100, OUT), (9_000, None)],
        [(100, Energise(5_000)), (5_100, Release()), (5_100, EndGrant("out", "assumed"))],
    ),
    "a lane's sensor too": (
        LANE,
        [(0, off(C.PASSAGE_IN)), (100, NOW), (9_000, None)],
        [(100, Energise(500)), (600, Release()), (5_100, EndGrant("now", "annulled"))],
    ),
    "whose turn comes next has a time of their own": (
        LANE,
        [(0, NOW), (10, OUT), (300, on(C.PASSAGE_IN)), (9_000, None)],
        [
            (0, Energise(500)),
            (300, Release()),
            (300, EndGrant("now", "confirmed")),
            (500, Energise(500, Line.RELAY_OUT)),
            (1_000, Release(Line.RELAY_OUT)),
            (5_500, EndGrant("out", "assumed")),
        ],
    ),
    "also when the first does not go": (
        LANE,
        [(0, NOW), (10, OUT), (6_000, None)],
        [
            (0, Energise(500)),
            (500, Release()),
            (5_000, EndGrant("now", "assumed")),
            (5_000, Energise(500, Line.RELAY_OUT)),
            (5_500, Release(Line.RELAY_OUT)),
        ],
    ),
    "or is taken back": (
        LANE,
        [(0, NOW), (10, OUT), (100, on(C.SUPPLY)), (1_000, None)],
        [
            (0, Energise(500)),
            (100, Release()),
            (100, EndGrant("now", "assumed", Reason.UNDERVOLTAGE)),
            (300, Energise(500, Line.RELAY_OUT)),
            (800, Release(Line.RELAY_OUT)),
        ],
    ),
    "what a command covered is held again": (
        replace(HELD, standing=Posture.FREE_ACCESS),
        [(0, PostureCommanded(Posture.SECURE, 900)), (3_000, None)],
        [(0, Release()), (900, Hold(5_000)), (2_900, Hold(5_000))],
    ),
    "a switch that broke is not believed": (
        STRIKE,
        [(0, CLOSED), (50, ContactChanged(C.DOOR_POSITION, Level.CUT)), (100, OUT), (9_000, None)],
        [(100, Energise(5_000)), (5_100, Release()), (5_100, EndGrant("out", "assumed"))],
    ),
    "a lane has no leaf": (LANE, [(0, CLOSED), (100, OPENED), (200, NOW)], [(200, Energise(500))]),
    "a leaf has no word of its own": (STRIKE, [(0, off(C.READY)), (100, OUT)], [(100, Energise(5_000))]),
}


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_does_what_was_granted(name: str) -> None:
    """All that each case does to lines and grants, with the times."""
    settings, script, expected = LOCKS[name]
    assert lock(play(settings, *script)[1]) == expected


@pytest.mark.parametrize(("late_ms", "result"), [(GRACE_MS, "annulled"), (GRACE_MS + 1, "assumed")])
def test_a_turn_that_comes_too_late_gives_nothing_back(late_ms: int, result: str) -> None:
    """What happened meanwhile waits behind that turn: nobody can tell who went, and who opened had the right."""
    door, _ = play(STRIKE, (0, CLOSED), (100, OUT))
    way_over_ms = 5_100 + GRACE_MS
    door, _ = step(door, None, 5_100)
    door, effects = step(door, None, way_over_ms + late_ms)
    assert [effect.result for effect in effects if isinstance(effect, EndGrant)] == [result]
    door, _ = step(door, OPENED, way_over_ms + late_ms)
    assert (door.phase == "open") is (result == "assumed")
