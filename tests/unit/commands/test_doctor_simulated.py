"""`gapura doctor --simulated`: the whole guide at a door in memory, and that it can fail."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware import drivers
from firmware.commands import doctor_simulated as simulated
from firmware.commands.simulated_door import DEFAULT_FITTED, DEFAULT_SETTINGS
from firmware.events import Line
from hw.simulated import SimulatedRelay
from tests.command import gapura

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware.control.outputs import Fittings
    from firmware.door.settings import Settings

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "systemd/gapura.toml"
BOARD = ROOT / "provisioning/images/boards/pi4-turnstile.toml"
NO_PERSON = {"certificate", "broker"}


class Stuck(SimulatedRelay):
    """A relay that was commanded and does not move."""

    def energise(self, limit_ms: int) -> None:
        """Stay at rest."""


def stuck(settings: Settings, now_ms: Callable[[], int], moved: Callable[[str, object], None]) -> Fittings:
    """Make a door whose lock does not move."""
    return replace(drivers.doubles(settings, now_ms, moved), relays={Line.RELAY: Stuck(15_000, now_ms)})


@pytest.mark.parametrize(
    ("door", "walked"),
    [
        (EXAMPLE, {"lamp-green", "relay", "input-rex", "aim-inside", "input-fire"}),
        (BOARD, {"lamp-green", "relay", "relay-out", "aim-inside", "input-ready"}),
    ],
    ids=["the documented door", "a board that is no gate yet"],
)
def test_every_step_of_a_door_is_walked(tmp_path: Path, door: Path, walked: set[str]) -> None:
    """A process in a folder of its own walks through each step, passes, tells each in a line, and keeps nothing."""
    ended = gapura("doctor", "--simulated", "--config", door, cwd=tmp_path)
    *steps, summary = ended.lines()
    assert (ended.code, summary["fail"], summary["failed"]) == (0, 0, [])
    assert {step["id"] for step in steps if step["outcome"] != "ok"} == NO_PERSON
    assert walked <= {step["id"] for step in steps}
    assert list(tmp_path.iterdir()) == []
    assert "simulated" in ended.err


def test_a_lock_that_does_not_move_fails_the_walk(capsys: pytest.CaptureFixture[str]) -> None:
    """What passes is what the outputs read back, not what was asked of them."""
    code = simulated.run(simulated.Door(DEFAULT_FITTED, DEFAULT_SETTINGS), stuck)
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert code == 1
    assert summary["failed"] == ["relay", "lamp-green"]


def test_a_configuration_that_is_not_there_is_no_default_door(tmp_path: Path) -> None:
    """Whoever names a file means that door."""
    ended = gapura("doctor", "--simulated", "--config", tmp_path / "none.toml")
    assert (ended.code, ended.out) == (2, b"")
