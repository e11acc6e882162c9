"""The pages of the desk, the broker, the fleet and the services, typed at a broker and a gate that run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from provisioning.broker.runner import free_port
from tests.broker import stand
from tests.guides import stories
from tests.guides.opened import enterable, opened
from tests.guides.typist import follow

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(600)
def test_the_pages_of_a_city_work_as_they_are_written(tmp_path: Path) -> None:
    """Every command of every page succeeds in one folder; the gate opens, is given lists, made active, and cut off."""
    stand.require_mosquitto()
    with enterable() as folder, opened(tmp_path) as desk:
        told = follow(stories.CITY, stories.LEFT_OUT, folder, desk | {"PORT": str(free_port())})
    assert told.lines(stories.BROKER, "gapura-ops cmd")[-1]["state"] == "successful"
    assert told.lines(stories.DESK, "gapura-ops cmd gate-1 unlock")[-1]["state"] == "successful"
    assert told.lines(stories.ROLLOUT, "gapura-ops rollout back")[-1]["phase"] == "returned"
    assert told.lines(stories.FLEET, "gapura-ops fleet activate")[-1]["state"] == "active"
    assert told.lines(stories.ENROLMENT, "gapura-ops enrol log")
    assert [one["gates"] for one in told.lines(stories.DESK, "gapura-ops watch")]
