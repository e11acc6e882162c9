"""No code that is not exactly right is ever admitted, and none makes the core raise."""

from __future__ import annotations

import os

import pytest

from firmware.events import Stage
from tests.hostile.campaign import Result, run
from tests.hostile.codes import REENCODED

COUNT = 1_000_000 if os.environ.get("GAPURA_FULL") else 20_000


@pytest.fixture(scope="module")
def result() -> Result:
    """Run one campaign for all of this file; `GAPURA_FULL=1` makes it a million codes."""
    return run(seed=20260105, count=COUNT, processes=os.cpu_count() or 1 if os.environ.get("GAPURA_FULL") else 1)


@pytest.mark.timeout(1800)
def test_nothing_is_admitted(result: Result) -> None:
    """Every hostile code is denied."""
    assert result.admitted == []
    assert sum(result.stages.values()) == COUNT


def test_nothing_raises(result: Result) -> None:
    """No bytes make reading or deciding raise."""
    assert result.raised == []


def test_the_campaign_reaches_every_stage(result: Result) -> None:
    """The codes get as deep as they must: every refusing step from the format to the rules has refused some."""
    deep = {Stage.FORMAT, Stage.ENCODING, Stage.STRUCTURE, Stage.TRUST, Stage.SIGNATURE, Stage.CLAIMS, Stage.VALIDITY}
    assert {stage.value for stage in deep | {Stage.RULES}} <= set(result.stages)


def test_the_campaign_is_as_hostile_as_it_claims(result: Result) -> None:
    """At least half of the codes are re-encoded, and about a tenth are signed by a trusted key."""
    assert result.share(*REENCODED) >= 0.5
    assert result.share("resigned") >= 0.09
