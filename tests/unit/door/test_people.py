"""People at a whole door: bad codes that wait for their answer, and entries that wait for the other door of a pair."""

from __future__ import annotations

import pytest

from firmware.door.asked import DoorEvent, Granted, OfficerAsked, Recalled, Refused
from firmware.events import (
    Contact,
    Direction,
    EndGrant,
    Energise,
    PlaySound,
    Reason,
    RecordCommitted,
    ShowLight,
    Signal,
)
from tests.unit.door.stage import IN, OUT, STRIKE, Heard, lock, off, on, play

C = Contact
COMMITTED, SECOND = RecordCommitted(1), RecordCommitted(2)
NOT_STORED = EndGrant("in", "annulled", Reason.STORAGE)
ONE_BY_ONE = EndGrant("in", "annulled", Reason.INTERLOCK)
EMERGENCY = EndGrant("in", "annulled", Reason.EMERGENCY)
Script = list[tuple[int, DoorEvent | None]]

BAD = Refused(Reason.NO_CODE, verified=False)
FIVE_BAD: Script = [(at, BAD) for at in (1, 2, 3, 4, 5)]


def test_a_bad_code_too_many_waits_for_its_answer() -> None:
    """The sixth is answered half a second later, and once, however many follow it meanwhile: with the newest answer."""
    later = Refused(Reason.BAD_SIGNATURE, verified=False)
    _, heard = play(STRIKE, *FIVE_BAD, (100, BAD), (200, later), (90_000, None))
    assert [one for one in heard if isinstance(one[1], PlaySound)] == [
        *((at, PlaySound(Signal.UNREADABLE)) for at in (1, 2, 3, 4, 5)),
        (600, PlaySound(Signal.UNKNOWN)),
    ]
    assert (600, ShowLight(Signal.UNKNOWN, 2_000)) in heard


@pytest.mark.parametrize(
    ("event", "signal"), [(Refused(Reason.EXPIRED), Signal.EXPIRED), (OUT, Signal.GRANTED_OUT)], ids=["refused", "out"]
)
def test_whoever_shows_a_pass_never_waits_for_bad_codes(event: DoorEvent, signal: Signal) -> None:
    """A verified pass gets its answer at once, and the one that a bad code still waited for is dropped."""
    _, heard = play(STRIKE, *FIVE_BAD, (100, BAD), (200, event), (90_000, None))
    assert [one for one in heard if isinstance(one[1], PlaySound) and one[0] > 5] == [(200, PlaySound(signal))]


PAIRED: list[tuple[str, Script, Heard]] = [
    ("its record comes first", [(110, COMMITTED), (9_000, None)], [(250, Energise(5_000))]),
    ("its record comes later", [(300, COMMITTED)], [(300, Energise(5_000))]),
    ("its record comes too late", [(600, COMMITTED)], [(600, NOT_STORED)]),
    ("the other opens too", [(110, COMMITTED), (200, on(C.INTERLOCK)), (400, None)], [(250, ONE_BY_ONE)]),
    ("it is recalled", [(110, COMMITTED), (200, Recalled()), (400, None)], [(200, NOT_STORED)]),
    (
        "a fire calls",
        [(110, COMMITTED), (200, on(C.FIRE)), (400, None)],
        [(200, EMERGENCY)],
    ),
]


@pytest.mark.parametrize(("name", "script", "expected"), PAIRED, ids=[row[0] for row in PAIRED])
def test_an_entry_waits_for_the_other_door_of_a_pair(name: str, script: Script, expected: Heard) -> None:
    """Where there is another door, nobody is let in before it had time to say that it opens as well."""
    _, heard = play(STRIKE, (0, off(C.INTERLOCK)), (100, IN), *script)
    assert (lock(heard)[:1], bool(name)) == (expected, True)


def test_two_grants_that_wait_for_the_other_door_open_in_one_turn() -> None:
    """Both were written in time; the way is freed once for each, in the order of their coming."""
    second = Granted("b", Direction.IN, token=2)
    _, heard = play(
        STRIKE,
        (0, off(C.INTERLOCK)),
        (100, IN),
        (100, second),
        (110, SECOND),
        (120, COMMITTED),
        (250, None),
    )
    assert [at for at, one in heard if isinstance(one, Energise)] == [250, 250]


def test_asking_an_officer_sounds_once_and_takes_the_place_of_what_waits_to_be_said() -> None:
    """Who waits for an officer hears it at once, and no older refusal comes after it."""
    bad = [(at, Refused(Reason.BAD_ENCODING, verified=False)) for at in range(6)]
    _, heard = play(STRIKE, *bad, (100, OfficerAsked(waiting=True)), (200, OfficerAsked(waiting=False)), (9_000, None))
    sounds = [(at, one.signal) for at, one in heard if isinstance(one, PlaySound) and at >= 100]
    assert sounds == [(100, Signal.VERIFY)]


def test_a_record_is_only_for_its_own_grant() -> None:
    """Of two who wait for the other door, the one whose record does not come is turned away in its time."""
    second = Granted("b", Direction.IN, token=2)
    _, heard = play(STRIKE, (0, off(C.INTERLOCK)), (100, IN), (100, second), (110, COMMITTED), (700, None))
    assert lock(heard) == [(250, Energise(5_000)), (600, EndGrant("b", "annulled", Reason.STORAGE))]
