"""The whole machine in virtual time: in which order it answers, who waits, who is let out, and how everything ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.door import locks
from firmware.door.asked import DoorEvent, Recalled, Refused
from firmware.door.machine import deadline, energised, frees, start, step
from firmware.door.people import RECORD_WITHIN_MS
from firmware.door.settings import Kind, Settings
from firmware.events import (
    Alarm,
    Authority,
    Contact,
    Effect,
    EndGrant,
    Energise,
    Hold,
    Line,
    OutputChecked,
    Permit,
    PlaySound,
    Posture,
    PostureCommanded,
    PostureScheduled,
    RaiseAlarm,
    Reason,
    RecordCommitted,
    Release,
    ShowLight,
    Signal,
    Stopped,
    TakePosture,
)
from tests.unit.door.stage import CLOSED, HELD, IN, LANE, NOW, OPENED, OUT, STRIKE, off, on, play

COMMITTED = RecordCommitted(1)
LATE_MS = 100 + RECORD_WITHIN_MS
NOT_STORED = EndGrant("in", "annulled", Reason.STORAGE)
LOCKDOWN = PostureCommanded(Posture.LOCKDOWN)
S, C = Signal, Contact
Script = list[tuple[int, DoorEvent | None]]


@pytest.mark.parametrize(
    ("settings", "released"), [(STRIKE, (Release(),)), (LANE, (Release(), Release(Line.RELAY_OUT)))]
)
def test_it_begins_locked_and_idle(settings: Settings, released: tuple[Effect, ...]) -> None:
    """At the start every line is released, whatever held it; a leaf that nobody saw permits nothing."""
    door, effects = start(settings, 0)
    assert effects == (*released, Permit(secure=settings is LANE), ShowLight(Signal.IDLE, 6_000))
    assert (door.phase, energised(door)) == (("empty" if settings is LANE else "locked"), frozenset())


def test_a_door_that_is_not_in_service_says_so_from_its_start() -> None:
    """Whoever watches hears of it in the first turn, and the lamps show it."""
    _, effects = start(replace(STRIKE, observing=True), 0)
    said = (RaiseAlarm(Alarm.OBSERVING), Permit(secure=False), ShowLight(Signal.OBSERVING, 6_000))
    assert effects == (Release(), *said)


def test_a_door_that_stands_open_by_day_is_held_from_its_start() -> None:
    """A standing posture is recorded and obeyed in the first turn, after the lines were released."""
    door, effects = start(replace(HELD, standing=Posture.FREE_ACCESS), 7)
    assert effects == (
        Release(),
        TakePosture(Posture.FREE_ACCESS, Authority.STANDING),
        Hold(5_000),
        Permit(secure=False),
        ShowLight(Signal.GRANTED_IN, 5_000),
    )
    assert (door.phase, energised(door)) == ("free", frozenset({Line.RELAY}))


def test_a_door_that_was_locked_down_before_its_start_is_held_for_nobody() -> None:
    """What was commanded counts from the first effect on, over the standing posture; its end is a deadline."""
    standing = replace(HELD, standing=Posture.FREE_ACCESS)
    door, effects = start(standing, 7, PostureCommanded(Posture.LOCKDOWN, 1_007))
    assert not [one for one in effects if isinstance(one, Hold | Energise)]
    assert (door.postures.effective, energised(door)) == ((Posture.LOCKDOWN, Authority.COMMAND), frozenset())
    door, effects = step(door, None, 1_007)
    assert door.postures.effective == (Posture.FREE_ACCESS, Authority.STANDING)
    assert any(isinstance(one, Hold) for one in effects)


def test_what_was_commanded_and_is_over_at_the_start_holds_no_more() -> None:
    """A command that ended while the gate was down is none."""
    door, _ = start(STRIKE, 7, PostureCommanded(Posture.LOCKDOWN, 7))
    assert door.postures.effective == (Posture.SECURE, Authority.STANDING)


ANSWERS: dict[str, tuple[Settings, Script, tuple[Effect, ...]]] = {
    "the lock first, the lamps last": (
        STRIKE,
        [(0, CLOSED), (100, OUT)],
        (Energise(5_000), PlaySound(S.GRANTED_OUT), Permit(secure=False), ShowLight(S.GRANTED_OUT, 5_000)),
    ),
    "an entry that waits moves nothing yet": (STRIKE, [(0, CLOSED), (100, IN)], (Permit(secure=False),)),
    "its record opens": (
        STRIKE,
        [(100, IN), (140, COMMITTED)],
        (Energise(5_000), PlaySound(S.GRANTED_IN), ShowLight(S.GRANTED_IN, 5_000)),
    ),
    "also in the same moment": (
        STRIKE,
        [(0, CLOSED), (100, IN), (100, COMMITTED)],
        (Permit(secure=False), Energise(5_000), PlaySound(S.GRANTED_IN), ShowLight(S.GRANTED_IN, 5_000)),
    ),
    "once": (STRIKE, [(100, IN), (140, COMMITTED), (150, COMMITTED)], ()),
    "a record that nobody waits for opens nothing": (STRIKE, [(100, IN), (140, RecordCommitted(2))], ()),
    "a record that does not come is a fault": (
        STRIKE,
        [(0, CLOSED), (100, IN), (LATE_MS, None)],
        (NOT_STORED, PlaySound(S.FAULT), Permit(secure=True), ShowLight(S.FAULT, 2_000)),
    ),
    "one that comes with the deadline is too late": (
        STRIKE,
        [(0, CLOSED), (100, IN), (LATE_MS, COMMITTED)],
        (NOT_STORED, PlaySound(S.FAULT), Permit(secure=True), ShowLight(S.FAULT, 2_000)),
    ),
    "a moment before is not": (
        STRIKE,
        [(100, IN), (LATE_MS - 1, COMMITTED)],
        (Energise(5_000), PlaySound(S.GRANTED_IN), ShowLight(S.GRANTED_IN, 5_000)),
    ),
    "a recall takes back who waits": (
        STRIKE,
        [(0, CLOSED), (100, IN), (200, Recalled())],
        (NOT_STORED, PlaySound(S.FAULT), Permit(secure=True), ShowLight(S.FAULT, 2_000)),
    ),
    "and nobody else": (STRIKE, [(100, OUT), (200, Recalled())], ()),
    "a bad code too": (
        STRIKE,
        [(100, Refused(Reason.NO_CODE, verified=False))],
        (PlaySound(S.UNREADABLE), ShowLight(S.UNREADABLE, 2_000)),
    ),
    "a refusal is seen and heard": (
        STRIKE,
        [(100, Refused(Reason.EXPIRED))],
        (PlaySound(S.EXPIRED), ShowLight(S.EXPIRED, 2_000)),
    ),
    "whoever opens an open door is only greeted": (
        HELD,
        [(0, PostureCommanded(Posture.FREE_ACCESS)), (100, NOW)],
        (EndGrant("now", "assumed"), PlaySound(S.GRANTED_IN)),
    ),
    "also on the way out of a fire": (
        HELD,
        [(0, on(C.FIRE)), (100, OUT)],
        (EndGrant("out", "assumed"), PlaySound(S.GRANTED_OUT)),
    ),
    "an alarm stands between lock and lamps": (
        STRIKE,
        [(0, CLOSED), (100, OPENED)],
        (RaiseAlarm(Alarm.FORCED), Permit(secure=False), ShowLight(S.FAULT, 6_000)),
    ),
    "a lane greets whose turn it is": (
        LANE,
        [(100, OUT)],
        (
            Energise(500, Line.RELAY_OUT),
            PlaySound(S.GRANTED_OUT),
            Permit(secure=False),
            ShowLight(S.GRANTED_OUT, 5_000),
        ),
    ),
    "a weak supply takes back who comes in": (
        STRIKE,
        [(0, CLOSED), (100, NOW), (200, on(C.SUPPLY))],
        (
            Release(),
            EndGrant("now", "annulled", Reason.UNDERVOLTAGE),
            RaiseAlarm(Alarm.UNDERVOLTAGE),
            Permit(secure=True),
            ShowLight(S.FAULT, 6_000, low=True),
        ),
    ),
    "so does the other door": (
        STRIKE,
        [(0, CLOSED), (100, NOW), (200, on(C.INTERLOCK))],
        (
            Release(),
            EndGrant("now", "annulled", Reason.INTERLOCK),
            Permit(secure=True),
            ShowLight(S.ONE_BY_ONE, 6_000),
        ),
    ),
    "once, not each time it says so": (STRIKE, [(0, on(C.SUPPLY)), (100, OUT), (200, on(C.SUPPLY))], ()),
    "a fire takes back who comes in and lets who goes": (
        LANE,
        [(0, NOW), (100, OUT), (200, on(C.FIRE))],
        (
            TakePosture(Posture.FIRE, Authority.FIRE_INPUT),
            Release(),
            EndGrant("now", "assumed", Reason.EMERGENCY),
            ShowLight(S.EMERGENCY, 6_000),
        ),
    ),
    "as soon as the line has rested": (
        LANE,
        [(0, NOW), (100, OUT), (200, on(C.FIRE)), (400, None)],
        (Energise(500, Line.RELAY_OUT), PlaySound(S.GRANTED_OUT), ShowLight(S.GRANTED_OUT, 5_000)),
    ),
    "a queue that is full says so": (
        LANE,
        [*((0, replace(NOW, grant=f"g{number}")) for number in range(9)), (100, NOW)],
        (EndGrant("now", "annulled", Reason.NOT_READY), PlaySound(S.FAULT), ShowLight(S.FAULT, 2_000)),
    ),
    "a command covers the timetable": (
        STRIKE,
        [(0, PostureScheduled(Posture.DISABLED)), (100, PostureCommanded(Posture.SECURE))],
        (TakePosture(Posture.SECURE, Authority.COMMAND), ShowLight(S.IDLE, 6_000)),
    ),
    "and uncovers it when its time is up": (
        STRIKE,
        [(0, PostureScheduled(Posture.DISABLED)), (100, PostureCommanded(Posture.SECURE, 900)), (900, None)],
        (TakePosture(Posture.DISABLED, Authority.SCHEDULE), ShowLight(S.SEE_OFFICER, 6_000)),
    ),
    "a command whose time is over is none": (STRIKE, [(100, PostureCommanded(Posture.LOCKDOWN, 100))], ()),
    "nor is one that is withdrawn with a time": (STRIKE, [(100, PostureCommanded(None, 900)), (900, None)], ()),
    "a hold ends with its posture, however late the turn": (
        HELD,
        [(0, CLOSED), (0, PostureCommanded(Posture.FREE_ACCESS, 1_500)), (1_500, None)],
        (
            TakePosture(Posture.SECURE, Authority.STANDING),
            Release(),
            Permit(secure=True),
            ShowLight(S.IDLE, 6_000),
        ),
    ),
    "an alarm posture that follows another changes only the word": (
        HELD,
        [(0, PostureCommanded(Posture.EVACUATION)), (100, on(C.FIRE))],
        (TakePosture(Posture.FIRE, Authority.FIRE_INPUT),),
    ),
    "an output that fails is named": (
        STRIKE,
        [(100, OutputChecked("light", works=False))],
        (RaiseAlarm(Alarm.OUTPUT_FAULT, "light"),),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_last_event_is_answered_in_order(name: str) -> None:
    """All that the last turn of each case does, in its order: lock, sound, alarms, other door, lamps."""
    settings, script, expected = ANSWERS[name]
    _, heard = play(settings, *script)
    assert tuple(effect for at, effect in heard if at == script[-1][0]) == expected


@pytest.mark.parametrize("settings", [STRIKE, replace(STRIKE, kind=Kind.MOTOR), HELD, LANE])
def test_stopping_locks_and_closes_every_grant(settings: Settings) -> None:
    """A stop releases at once; a waiting entry is annulled, and nothing moves the door afterwards."""
    door, heard = play(settings, (100, OUT), (110, IN), (120, Stopped()), (130, OUT), (140, COMMITTED), (9_000, None))
    released = [(120, Release(line)) for line in locks.lines(settings)]
    assert [one for one in heard if one[0] >= 120] == [
        *released,
        (120, EndGrant("out", "assumed")),
        (120, Permit(secure=False)),
        (120, ShowLight(Signal.DARK, 0)),
        (120, NOT_STORED),
    ]
    assert (door.phase, door.secure, deadline(door), energised(door)) == ("stopped", False, None, frozenset())


def test_a_command_that_is_withdrawn_leaves_nothing_to_wait_for() -> None:
    """The end that a withdrawal named means nothing."""
    door, _ = play(STRIKE, (0, LOCKDOWN), (100, PostureCommanded(None, 900)))
    assert (door.postures.commanded, door.postures.until_ms) == (None, None)


def test_a_stopped_door_has_forgotten_everybody() -> None:
    """Nobody waits, nothing is shown and no answer is still to come."""
    bad = Refused(Reason.NO_CODE, verified=False)
    door, _ = play(STRIKE, (100, IN), *((at, bad) for at in (101, 102, 103, 104, 105, 106)), (120, Stopped()))
    assert (door.lock, door.waiting, door.refusal, door.later) == (locks.build(STRIKE), (), None, None)


NAMES: dict[str, tuple[Settings, Script, str, bool]] = {
    "at rest": (STRIKE, [], "locked", False),
    "at rest and seen to be shut": (STRIKE, [(0, CLOSED)], "locked", True),
    "waiting": (STRIKE, [(0, IN)], "waiting", False),
    "waiting beside somebody": (STRIKE, [(0, OUT), (1, IN)], "unlocked", False),
    "unlocked": (STRIKE, [(0, OUT)], "unlocked", False),
    "resting before a second time": (STRIKE, [(0, OUT), (4_000, NOW), (8_100, None)], "locked", False),
    "an empty lane": (LANE, [], "empty", True),
    "a turning lane": (LANE, [(0, OUT)], "turning", False),
    "a lane that waits for a record": (LANE, [(0, IN)], "empty", False),
    "a lane between two": (LANE, [(0, off(C.READY)), (1, OUT), (2, NOW)], "asking", False),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_door_names_its_phase_and_knows_when_it_is_secure(name: str) -> None:
    """The other door of a pair may open only while nobody goes here and nobody is about to."""
    settings, script, phase, secure = NAMES[name]
    door, _ = play(settings, *script)
    assert (door.phase, door.secure, door.permit) == (phase, secure, secure)


FREED: dict[str, tuple[Settings, Script, bool]] = {
    "nobody may go": (STRIKE, [(0, CLOSED)], False),
    "somebody may go": (STRIKE, [(0, OUT)], True),
    "somebody waits for a record": (STRIKE, [(0, IN)], False),
    "a command frees everybody, and the lock's line has nothing to do with it": (
        STRIKE,
        [(0, PostureCommanded(Posture.FREE_ACCESS))],
        True,
    ),
    "a command frees everybody and holds the line": (HELD, [(0, PostureCommanded(Posture.FREE_ACCESS))], True),
    "a fire": (STRIKE, [(0, on(C.FIRE))], True),
    "a command keeps people out": (STRIKE, [(0, LOCKDOWN)], False),
    "a command keeps people out, and somebody goes": (STRIKE, [(0, LOCKDOWN), (1, OUT)], True),
    "the timetable holds the line": (HELD, [(0, PostureScheduled(Posture.FREE_ACCESS))], False),
    "the file frees everybody": (replace(STRIKE, standing=Posture.FREE_ACCESS), [(0, CLOSED)], False),
    "the file frees everybody who asks, and somebody goes": (
        replace(STRIKE, standing=Posture.FREE_ACCESS),
        [(0, OUT)],
        True,
    ),
}


@pytest.mark.parametrize("name", FREED)
def test_a_door_says_whether_a_restart_would_take_a_way_from_somebody(name: str) -> None:
    """A way that the next start frees again is not taken; that of whoever may go is, and a fire's or a command's."""
    settings, script, takes = FREED[name]
    assert frees(play(settings, *script)[0]) is takes


def test_a_turn_that_comes_late_settles_everything_before_its_event() -> None:
    """After ten seconds without a turn the lock falls first, the grants end, and then the next one opens."""
    door, _ = play(STRIKE, (0, CLOSED), (100, OUT))
    _, effects = step(door, replace(OUT, grant="next"), 10_100)
    assert [one for one in effects if isinstance(one, Energise | Release | EndGrant)] == [
        Release(),
        EndGrant("out", "assumed"),
        Energise(5_000),
    ]


def test_a_command_that_ended_in_a_late_turn_holds_nothing_once_more() -> None:
    """A hold that is due for renewal after its posture's end is released, not renewed."""
    door, _ = play(HELD, (0, PostureCommanded(Posture.FREE_ACCESS, 3_000)))
    _, effects = step(door, None, 4_000)
    assert [one for one in effects if isinstance(one, Hold | Release)] == [Release()]
