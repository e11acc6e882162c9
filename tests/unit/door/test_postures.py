"""Postures: whose word counts, when a command ends, and what the timetable may say meanwhile."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from firmware.door.postures import LENIENT, Postures
from firmware.events import NO_ENTRY, Authority, Posture

ALL = Postures(Posture.SECURE, Posture.FREE_ACCESS, Posture.LOCKDOWN, None, fire=True)
CASES = [
    (ALL, (Posture.FIRE, Authority.FIRE_INPUT)),
    (replace(ALL, fire=False), (Posture.LOCKDOWN, Authority.COMMAND)),
    (replace(ALL, fire=False, commanded=None), (Posture.FREE_ACCESS, Authority.SCHEDULE)),
    (Postures(Posture.DISABLED), (Posture.DISABLED, Authority.STANDING)),
    (Postures(), (Posture.SECURE, Authority.STANDING)),
    (Postures(Posture.DISABLED, commanded=Posture.SECURE), (Posture.SECURE, Authority.COMMAND)),
    (Postures(Posture.DISABLED, Posture.SECURE), (Posture.SECURE, Authority.SCHEDULE)),
]


@pytest.mark.parametrize(("postures", "expected"), CASES, ids=[str(row[1][1]) for row in CASES])
def test_the_strongest_authority_that_speaks_counts(postures: Postures, expected: tuple[Posture, Authority]) -> None:
    """Fire stands over a command, a command over the timetable, and that over the standing posture."""
    assert postures.effective == expected


@pytest.mark.parametrize(("now_ms", "commanded"), [(99, Posture.LOCKDOWN), (100, None), (101, None)])
def test_a_command_ends_by_itself(now_ms: int, commanded: Posture | None) -> None:
    """When its time is up what it covered is in force again, and nothing is left to end."""
    postures = replace(ALL, fire=False, until_ms=100).settled(now_ms)
    assert postures.commanded is commanded
    assert (postures.until_ms is None) == (commanded is None)
    assert (postures.scheduled, postures.standing) == (Posture.FREE_ACCESS, Posture.SECURE)


def test_a_command_for_good_never_ends() -> None:
    """Without a time only another command ends it."""
    assert ALL.settled(10**12) == ALL


def test_every_authority_can_be_the_one_that_counts() -> None:
    """No authority of the list is without effect."""
    seen = {
        Postures(Posture.SECURE, scheduled, commanded, fire=fire).effective[1]
        for scheduled, commanded, fire in product((None, Posture.SECURE), (None, Posture.SECURE), (True, False))
    }
    assert seen == set(Authority)


def test_a_posture_lets_everybody_through_or_nobody_in() -> None:
    """In an emergency both hold at once: the way out stands open, and nobody goes in."""
    assert {Posture.SECURE} == set(Posture) - set(NO_ENTRY) - LENIENT
    assert {Posture.FIRE, Posture.EVACUATION} == set(NO_ENTRY) & LENIENT
