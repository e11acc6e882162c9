"""What the world around a door makes it warn of, each alarm with its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.door.asked import DoorEvent, Refused
from firmware.events import (
    Alarm,
    Authority,
    ClearAlarm,
    Contact,
    OutputChecked,
    Posture,
    PostureCommanded,
    PostureScheduled,
    RaiseAlarm,
    Reason,
    TakePosture,
)
from tests.unit.door.stage import CLOSED, LANE, NOW, OPENED, STRIKE, Heard, alarms, off, on, play

if TYPE_CHECKING:
    from firmware.door.settings import Settings

LOCKDOWN = PostureCommanded(Posture.LOCKDOWN)
C = Contact
Script = list[tuple[int, DoorEvent | None]]


WALKS_IN = on(C.PASSAGE_IN)
ALARMS: dict[str, tuple[Settings, Script, Heard]] = {
    "a second person behind the first": (
        STRIKE,
        [(0, NOW), (100, WALKS_IN), (200, off(C.PASSAGE_IN)), (300, WALKS_IN), (20_000, None)],
        [(300, RaiseAlarm(Alarm.TAILGATE)), (10_300, ClearAlarm(Alarm.TAILGATE))],
    ),
    "whoever walks through a shut leaf": (
        STRIKE,
        [(0, CLOSED), (100, WALKS_IN), (90_000, off(C.PASSAGE_IN))],
        [
            (100, RaiseAlarm(Alarm.CONTRADICTION, "passage_in")),
            (30_100, RaiseAlarm(Alarm.INPUT_STUCK, "passage_in")),
            (60_100, ClearAlarm(Alarm.CONTRADICTION, "passage_in")),
            (90_000, ClearAlarm(Alarm.INPUT_STUCK, "passage_in")),
        ],
    ),
    "whoever follows force is no news": (
        STRIKE,
        [(0, CLOSED), (50, OPENED), (100, WALKS_IN)],
        [(50, RaiseAlarm(Alarm.FORCED))],
    ),
    "whoever goes through an open leaf behind somebody": (
        STRIKE,
        [(0, CLOSED), (10, NOW), (50, OPENED), (100, WALKS_IN), (150, on(C.PASSAGE_OUT))],
        [(150, RaiseAlarm(Alarm.TAILGATE))],
    ),
    "a lane's arms that somebody climbs over": (LANE, [(100, WALKS_IN)], [(100, RaiseAlarm(Alarm.TAILGATE))]),
    "nobody is one too many in an emergency": (
        LANE,
        [(0, on(C.FIRE)), (100, on(C.PASSAGE_OUT))],
        [(0, TakePosture(Posture.FIRE, Authority.FIRE_INPUT))],
    ),
    "and again one after it": (
        LANE,
        [(0, on(C.FIRE)), (50, off(C.FIRE)), (100, on(C.PASSAGE_OUT))],
        [
            (0, TakePosture(Posture.FIRE, Authority.FIRE_INPUT)),
            (50, TakePosture(Posture.SECURE, Authority.STANDING)),
            (100, RaiseAlarm(Alarm.TAILGATE)),
        ],
    ),
    "an output that fails and works again": (
        STRIKE,
        [(0, OutputChecked("relay", works=False)), (100, OutputChecked("relay", works=True))],
        [(0, RaiseAlarm(Alarm.OUTPUT_FAULT, "relay")), (100, ClearAlarm(Alarm.OUTPUT_FAULT, "relay"))],
    ),
    "a disk that takes no records, and takes them again": (
        STRIKE,
        [(0, OutputChecked("journal", works=False)), (100, OutputChecked("journal", works=True))],
        [(0, RaiseAlarm(Alarm.STORAGE)), (100, ClearAlarm(Alarm.STORAGE))],
    ),
    "a journal that had to be replaced, in which a record is altered": (
        STRIKE,
        [(0, OutputChecked("journal_replaced", works=False)), (9, OutputChecked("journal_altered", works=False))],
        [(0, RaiseAlarm(Alarm.JOURNAL_REPLACED)), (9, RaiseAlarm(Alarm.JOURNAL_ALTERED))],
    ),
    "an open leaf, held, and shut": (
        STRIKE,
        [(0, OPENED), (40_000, CLOSED)],
        [(30_000, RaiseAlarm(Alarm.HELD)), (40_000, ClearAlarm(Alarm.HELD))],
    ),
    "a leaf that may stand open": (
        STRIKE,
        [(0, PostureScheduled(Posture.FREE_ACCESS)), (10, OPENED), (90_000, None)],
        [(0, TakePosture(Posture.FREE_ACCESS, Authority.SCHEDULE))],
    ),
    "until it may no longer": (
        STRIKE,
        [
            (0, PostureScheduled(Posture.FREE_ACCESS)),
            (10, OPENED),
            (50_000, PostureScheduled(None)),
            (79_999, None),
            (80_000, None),
        ],
        [
            (0, TakePosture(Posture.FREE_ACCESS, Authority.SCHEDULE)),
            (50_000, TakePosture(Posture.SECURE, Authority.STANDING)),
            (80_000, RaiseAlarm(Alarm.HELD)),
        ],
    ),
    "whoever is turned away has shown no bad code": (
        STRIKE,
        [(0, on(Contact.INTERLOCK)), *((at, NOW) for at in (1, 2, 3, 4, 5, 6, 7))],
        [],
    ),
    "bad codes": (
        STRIKE,
        [(at, Refused(Reason.NO_CODE, verified=False)) for at in (1, 2, 3, 4, 5, 6, 7)] + [(90_000, None)],
        [(6, RaiseAlarm(Alarm.BAD_CODES)), (60_007, ClearAlarm(Alarm.BAD_CODES, times=2))],
    ),
    "passes are no bad codes": (STRIKE, [(at, Refused(Reason.USED)) for at in (1, 2, 3, 4, 5, 6, 7)], []),
}


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_raised_and_cleared(name: str) -> None:
    """All alarms and postures that each case has recorded, with the times."""
    settings, script, expected = ALARMS[name]
    assert alarms(play(settings, *script)[1]) == expected
