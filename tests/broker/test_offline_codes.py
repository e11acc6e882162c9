"""A hundred people at a gate whose broker is away: the right answer for each, and all of it in order afterwards.

The papers and their answers are the torture's; here they are a test of the default tier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.torture import offline

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(300)
def test_hundred_codes_without_a_broker_are_answered_and_then_reported_in_order(tmp_path: Path) -> None:
    """Each of 100 mixed codes moves the relay or not, as it must; afterwards 100 events arrive, in order and once."""
    away = offline.run(tmp_path, 100, seed=5)
    assert (away.doors, away.events) == ([], [])
    assert (away.arrived, away.repeated) == (100, 0)
