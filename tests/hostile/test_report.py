"""The lines of a campaign fail for what they must fail for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from mmap import mmap
from random import Random
from typing import TYPE_CHECKING

import pytest

from firmware.events import Reason
from tests.hostile import memory, report
from tests.hostile.campaign import DEEP, Result
from tests.hostile.formats import FORMATS
from tests.torture.checks import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

SOUND = Result(
    stages=Counter({stage.value: 100 for stage in DEEP}),
    families=Counter({"text": 900, "structure": 900, "resigned": 300}),
    worst_ms=3.0,
    worst_bytes=1 << 20,
)


def test_a_sound_campaign_passes() -> None:
    """Nothing admitted, nothing raised, deep, hostile and bounded: three checks, all well."""
    checks = Checks("hostile", 1)
    report.campaign(checks, "gp1", SOUND)
    assert (checks.ok, checks.fail, checks.skip) == (3, 0, 0)


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda: replace(SOUND, admitted=["b'GP1:'"]),
        lambda: replace(SOUND, raised=["ValueError for b'GP1:'"]),
        lambda: replace(SOUND, stages=Counter({stage.value: 1 for stage in DEEP[:-1]})),
        lambda: replace(SOUND, families=Counter({"text": 1800, "resigned": 300})),
        lambda: replace(SOUND, families=Counter({"text": 900, "structure": 1200})),
        lambda: replace(SOUND, worst_ms=report.MOST_MS),
        lambda: replace(SOUND, worst_bytes=report.MOST_BYTES),
    ],
)
def test_each_fault_fails_one_check(spoilt: Callable[[], Result]) -> None:
    """An admitted code, an exception, a stage or a family that is missing, too long, too much: one check each."""
    checks = Checks("hostile", 1)
    report.campaign(checks, "gp1", spoilt())
    assert (checks.ok, checks.fail) == (2, 1)


def test_the_dearest_code_is_kept() -> None:
    """Parts that are joined keep the one code that cost most, and count all that were tried again."""
    whole = replace(SOUND, stages=Counter(), families=Counter(), again=1)
    whole.add(Result(worst_ms=4.0, worst_code="dear", again=1))
    whole.add(Result(worst_ms=2.0, worst_code="cheap"))
    assert (whole.worst_ms, whole.worst_code, whole.again) == (4.0, "dear", 2)


def test_an_attack_that_ends_otherwise_is_told() -> None:
    """Another reason than the named one is a fault, and so is a code that is read as a pass."""
    attack = next(FORMATS["hc1"].attacks())
    assert report.wrong(replace(attack, reason=Reason.NO_CODE)) is not None
    attacker = FORMATS["hc1"].attacker(_chance())
    assert "a pass" in str(report.wrong(replace(attack, codes=[*attacker.genuine], trust=attacker.trust())))


def test_the_peak_is_seen() -> None:
    """Eight megabytes that were there and are gone again are counted."""
    before = memory.resident()
    with mmap(-1, 8 << 20) as held:  # pages of its own: an allocator may hand out what is resident already
        held.write(b"\1" * (8 << 20))
    assert memory.peak() - before >= 7 << 20


def _chance() -> Random:
    """Draw the same every time."""
    return Random(1)  # noqa: S311  keys of a test
