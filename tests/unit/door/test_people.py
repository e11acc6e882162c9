"""People at a whole door: bad codes that wait for their answer, and entries that wait for the other door of a pair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from firmware.door.asked import CompanyAsked, DoorEvent, Granted, OfficerAsked, Recalled, Refused
from firmware.door.lane import MOST_WAITING
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
from tests.unit.door.stage import IN, LANE, OUT, STRIKE, Heard, lock, off, on, play

if TYPE_CHECKING:
    from firmware.door.settings import Settings

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


def test_asking_for_company_sounds_and_drops_the_answer_of_a_bad_code() -> None:
    """Each time it is asked for; when nobody waits any more nothing sounds."""
    bad = [*FIVE_BAD, (10, BAD)]
    _, heard = play(STRIKE, *bad, (100, CompanyAsked(waiting=True)), (200, CompanyAsked(waiting=False)), (9_000, None))
    sounds = [(at, one.signal) for at, one in heard if isinstance(one, PlaySound) and at > 5]
    assert sounds == [(100, Signal.COMPANY)]


A, B = Granted("a", Direction.IN, token=7), Granted("b", Direction.IN, token=7)
TOGETHER: list[tuple[str, Script, list[tuple[int, str]], bool]] = [
    ("their record comes", [(110, RecordCommitted(7))], [], True),
    ("only another does", [(110, RecordCommitted(6)), (601, None)], [(600, "a"), (600, "b")], False),
    ("it comes too late", [(700, RecordCommitted(7))], [(600, "a"), (600, "b")], False),
    ("a fire calls", [(110, on(C.FIRE)), (120, RecordCommitted(7))], [(110, "a"), (110, "b")], False),
    ("the supply sags", [(110, on(C.SUPPLY)), (120, RecordCommitted(7))], [(120, "a"), (120, "b")], False),
]


@pytest.mark.parametrize(("script", "ended", "opened"), [one[1:] for one in TOGETHER], ids=[one[0] for one in TOGETHER])
@pytest.mark.parametrize("settings", [STRIKE, LANE], ids=["a leaf", "a lane"])
def test_those_who_wait_for_one_record_go_together_or_not_at_all(
    settings: Settings,
    script: Script,
    ended: list[tuple[int, str]],
    opened: bool,  # noqa: FBT001  a case's word
) -> None:
    """Two grants on one record: a leaf opens for both, a lane lets one after the other, and neither goes alone."""
    _, heard = play(settings, (100, A), (100, B), *script)
    assert [(at, one.grant) for at, one in heard if isinstance(one, EndGrant)] == ended
    assert any(isinstance(one, Energise) for _, one in heard) is opened


def test_a_lane_with_too_little_room_lets_neither_of_two_in() -> None:
    """Its queue has one place left: nobody of the two goes, and everybody before them does."""
    before: Script = [(1, Granted(f"{number}", Direction.IN)) for number in range(MOST_WAITING)]
    _, heard = play(LANE, *before, (100, A), (100, B), (110, RecordCommitted(7)))
    ended = [one for _, one in heard if isinstance(one, EndGrant)]
    assert ended == [EndGrant(name, "annulled", Reason.NOT_READY) for name in ("a", "b")]
    _, heard = play(LANE, *before[:-1], (100, A), (100, B), (110, RecordCommitted(7)))
    assert [one for _, one in heard if isinstance(one, EndGrant)] == []


def test_whoever_follows_a_company_waits_no_longer_than_it() -> None:
    """The first two are too late for the disk: the third, who was let in on their account, does not go alone."""
    third = Granted("c", Direction.IN, token=9, company="a")
    pair = [(100, replace(one, company="a")) for one in (A, B)]
    _, heard = play(STRIKE, *pair, (500, third), (610, RecordCommitted(7)), (620, RecordCommitted(9)))
    assert [(at, one.grant) for at, one in heard if isinstance(one, EndGrant)] == [(600, "a"), (600, "b"), (600, "c")]
    assert not any(isinstance(one, Energise) for _, one in heard)


def test_a_lane_lets_two_in_one_after_the_other() -> None:
    """Two impulses, the second when the first has gone."""
    passed = (on(C.PASSAGE_IN), off(C.PASSAGE_IN))
    script: Script = [
        (100, A),
        (100, B),
        (110, RecordCommitted(7)),
        (1_000, passed[0]),
        (1_100, passed[1]),
        (1_500, None),
    ]
    _, heard = play(LANE, (0, off(C.PASSAGE_IN)), *script)
    assert [(at, one.grant) for at, one in heard if isinstance(one, EndGrant)] == [(1_000, "a")]
    assert [at for at, one in heard if isinstance(one, Energise)] == [110, 1_000]
