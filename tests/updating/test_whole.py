"""A whole gate is updated over a real broker: to a good release, to one that falls, to one that loses its broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.broker import stand
from tests.updating.whole import NEW, OLD, Whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("behaviour", "wait_s", "state", "reason"),
    [
        ("good", 90, "applied", None),
        ("crashes", 120, "rolled_back", "did_not_start"),
        ("mute", 12, "rolled_back", "not_healthy"),
    ],
)
def test_a_gate_is_updated_or_as_before(
    tmp_path: Path, behaviour: str, wait_s: int, state: str, reason: str | None
) -> None:
    """It reports what became of the order, is reachable, and opens for the next person."""
    stand.require_mosquitto()
    with Whole(tmp_path, behaviour, wait_s) as whole:
        assert whole.running() == OLD
        assert whole.opens()
        whole.publish()
        said = whole.reported("applied", "rolled_back", "rejected")
        assert (said.get("state"), said.get("reason")) == (state, reason), said
        assert whole.running() == (NEW if state == "applied" else OLD)
        assert whole.opens()
