"""A gate that is started twice on one machine: the second ends in one line, the first does not notice."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware.commands.alone import alone
from firmware.commands.mistake import UsageError
from hw.pinkeeper import PinKeeper
from provisioning.rig.gate import RELAY, Plan, Rig
from tests.command import gapura
from tests.torture.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Run a gate without its broker; we are its reader inside, and a grant lasts longer than the test."""
    rig = Rig(tmp_path, Plan(readers={"inside": None}, unlock_ms=60_000, max_unlock_ms=120_000))
    keeper = PinKeeper(Path(rig.keeper_path))
    serving = threading.Thread(target=keeper.run)
    serving.start()
    rig.gate.start()
    try:
        rig.gate.wait_for("ready")
        yield rig
    finally:
        rig.gate.stop()
        keeper.stop()
        serving.join()


def test_a_second_gate_says_so_and_the_first_goes_on(rig: Rig) -> None:
    """The second ends with one line; the relay of the first stays on until it is itself told to stop."""
    lane = Lane(rig.socket("inside"))
    with rig.keeper() as pins:
        watch = pins.watch()
        lane.show(b"out")
        assert next(change for change in watch if change.pin == RELAY).level
        inode = rig.socket("inside").stat().st_ino
        second = gapura("run", "--config", rig.config)
        assert (second.code, second.out, second.err.count("\n")) == (2, b"", 1), second.err
        assert "runs already" in second.err
        assert rig.socket("inside").stat().st_ino == inode
        assert pins.levels()[RELAY]
        watch.close()
    assert [mark.kind for mark in rig.gate.marks()] == ["start", "ready"]
    assert rig.log.read_text().count("this is a bench and no door") == 1
    lane.hang_up()


def test_a_claim_ends_with_its_holder_and_needs_no_folder(tmp_path: Path) -> None:
    """One process at a time has the folder; it is free again afterwards, and one that is missing stops nobody."""
    with alone(tmp_path):
        with pytest.raises(UsageError, match="runs already"), alone(tmp_path):
            pass
        with alone(tmp_path / "elsewhere"):
            pass
    with alone(tmp_path):
        pass
    assert not list(tmp_path.iterdir())
