"""The door's timetable: which posture holds when, and that a gate which may be wrong about the time has none."""

from __future__ import annotations

import pytest

from firmware.events import NEVER, Instant, Posture
from firmware.rules.decide import Rulebook
from firmware.rules.policy import Policy
from firmware.rules.timetable import posture_of
from tests.issuing import AT_NOON, NOON

MINUTE = 60


def timed(posture: str, from_: str, until: str, *days: str) -> dict[str, object]:
    """Write one weekly time."""
    return {"posture": posture, "days": list(days or ("mon",)), "from": from_, "until": until}


def week(*postures: dict[str, object]) -> Policy:
    """Make a policy with a timetable; its zone is Jakarta, where NOON is ten o'clock on a Monday."""
    return Policy.model_validate({"profile": "test", "classes": {"visitor": {}}, "postures": list(postures)})


FREE = timed("free_access", "10:00", "10:30")
LOCKED = timed("lockdown", "09:00", "11:00")
CASES: list[tuple[str, tuple[dict[str, object], ...], Instant, Posture | None]] = [
    ("its first minute", (FREE,), AT_NOON, Posture.FREE_ACCESS),
    ("the minute before", (FREE,), Instant(0, NOON - 1, NOON - 1), None),
    ("its last second", (FREE,), Instant(0, NOON + 30 * MINUTE - 1, NOON + 30 * MINUTE - 1), Posture.FREE_ACCESS),
    ("the minute after", (FREE,), Instant(0, NOON + 30 * MINUTE, NOON + 30 * MINUTE), None),
    ("another day", (timed("disabled", "00:00", "24:00", "tue", "sun"),), AT_NOON, None),
    ("a clock that may be before", (FREE,), Instant(0, NOON - 1, NOON), None),
    ("a clock that may be after", (FREE,), Instant(0, NOON, NOON + 30 * MINUTE), None),
    ("a clock that is within", (FREE,), Instant(0, NOON, NOON + MINUTE), Posture.FREE_ACCESS),
    ("the first that holds", (FREE, LOCKED), AT_NOON, Posture.FREE_ACCESS),
    ("in the order of the document", (LOCKED, FREE), AT_NOON, Posture.LOCKDOWN),
    ("the next where the first is not sure", (FREE, LOCKED), Instant(0, NOON - 1, NOON), Posture.LOCKDOWN),
    ("no timetable", (), AT_NOON, None),
    ("out of service", (timed("disabled", "00:00", "24:00"),), AT_NOON, Posture.DISABLED),
]


@pytest.mark.parametrize(("name", "postures", "now", "expected"), CASES, ids=[row[0] for row in CASES])
def test_a_time_of_the_week_gives_its_posture(
    name: str, postures: tuple[dict[str, object], ...], now: Instant, expected: Posture | None
) -> None:
    """A posture holds from its first minute up to its last, in local time, at every instant that the clock allows."""
    assert (posture_of(Rulebook.unlimited(week(*postures)), now), bool(name)) == (expected, True)


UNSURE: list[tuple[str, Rulebook, Instant]] = [
    ("no policy", Rulebook(expires=NEVER), AT_NOON),
    ("a clock that nobody vouches for", Rulebook.unlimited(week(FREE)), Instant(0, NOON, NEVER)),
    ("a policy not yet in force", Rulebook(week(FREE), 1, NOON + 1, NEVER), AT_NOON),
    ("a policy that has expired", Rulebook(week(FREE), 1, 0, NOON), AT_NOON),
    ("a policy that may have expired", Rulebook(week(FREE), 1, 0, NOON + 1), Instant(0, NOON, NOON + 1)),
]


@pytest.mark.parametrize(("name", "rules", "now"), UNSURE, ids=[row[0] for row in UNSURE])
def test_who_does_not_know_the_time_or_the_policy_does_not_stand_open(name: str, rules: Rulebook, now: Instant) -> None:
    """A timetable that must not be believed wants nothing, and the standing posture holds."""
    assert (posture_of(rules, now), bool(name)) == (None, True)


@pytest.mark.parametrize(("issued", "expires"), [(NOON, NEVER), (0, NOON + 1)])
def test_a_policy_counts_on_its_first_and_last_second(issued: int, expires: int) -> None:
    """From the second of its issue up to the one before its end."""
    assert posture_of(Rulebook(week(FREE), 1, issued, expires), AT_NOON) is Posture.FREE_ACCESS
