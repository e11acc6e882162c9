"""No code that is not exactly right is ever admitted, and none makes the core raise."""

from __future__ import annotations

import os

import pytest

from tests.hostile.campaign import DEEP, LEAST_REENCODED, LEAST_RESIGNED, Result, run
from tests.hostile.formats import FORMATS

FULL = os.environ.get("GAPURA_FULL")
COUNTS = (
    dict.fromkeys(FORMATS, 1_000_000 // len(FORMATS))
    if FULL
    else {"gp1": 20_000, "hc1": 1_500, "shc": 2_000, "vdsnc": 600, "divoc": 1_500}
)


@pytest.fixture(scope="module", params=FORMATS)
def campaign(request: pytest.FixtureRequest) -> tuple[Result, int]:
    """Run one campaign for each format; `GAPURA_FULL=1` makes it a million codes in all."""
    count = COUNTS[request.param]
    return run(20260105, count, os.cpu_count() or 1 if FULL else 1, request.param), count


@pytest.mark.timeout(3600)
def test_nothing_is_admitted(campaign: tuple[Result, int]) -> None:
    """Every hostile code is denied."""
    result, count = campaign
    assert result.admitted == []
    assert sum(result.stages.values()) == count


def test_nothing_raises(campaign: tuple[Result, int]) -> None:
    """No bytes make reading or deciding raise."""
    assert campaign[0].raised == []


def test_the_campaign_reaches_every_stage(campaign: tuple[Result, int]) -> None:
    """The codes get as deep as they must: every refusing step from the format to the validity has refused some."""
    assert {stage.value for stage in DEEP} <= set(campaign[0].stages)


def test_the_campaign_is_as_hostile_as_it_claims(campaign: tuple[Result, int]) -> None:
    """At least half of the codes are re-encoded, and about a tenth are signed by a trusted key."""
    assert campaign[0].reencoded() >= LEAST_REENCODED
    assert campaign[0].resigned() >= LEAST_RESIGNED
