"""A gate or a reader that dies while somebody passes: the door lets go, the journal says what it does not know.

One of each, at a moment that the seed draws; many more are `make torture`.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from hw.reader.sources import stage
from provisioning.rig.gate import Plan
from tests.torture import blows
from tests.torture.stand import Stand
from tests.torture.wounds import LANE, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAMERA = "outside"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder in which the camera's reader looks for what is held up."""
    return tmp_path_factory.mktemp("scene")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory, scene: Path) -> Iterator[Stand]:
    """Run one gate with a camera outside and a lane of our own beside it."""
    plan = Plan(readers={CAMERA: f"scene:{scene}", LANE: None}, unlock_ms=1000, max_unlock_ms=2000, health_s=1)
    with Stand(tmp_path_factory.mktemp("rig"), plan, seed=4) as running:
        yield running


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (Kind.GATE_KILLED, signal.SIGKILL),
        (Kind.GATE_SEGFAULT, signal.SIGSEGV),
        (Kind.GATE_TERMINATED, signal.SIGTERM),
    ],
)
def test_gate_that_dies_lets_go_and_comes_back(stand: Stand, kind: Kind, number: signal.Signals) -> None:
    """Relay and green lamp are off when the gate is back, and every grant has ended exactly once in the journal."""
    assert blows.kill(stand, kind, number).faults == []
    assert stand.caught_up()
    ledger = stand.ledger()
    assert (ledger.faults(), stand.arrivals.judge(ledger)) == ([], [])


def test_killed_reader_comes_back_and_opens_once(stand: Stand, scene: Path) -> None:
    """A one-entry pass that is held before a reader as it dies opens the door once, whoever scans it again."""
    wound = blows.strike_reader(stand, CAMERA, lambda code: stage.write(scene, stage.Stage(code=code)))
    assert wound.faults == []
    assert stand.present(stand.office.good(), LANE) == []
