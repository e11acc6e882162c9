"""A board file before the commands: checked as blank, and run as a gate that lets out and waits for its codes."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from firmware.commands import check, gate
from firmware.commands.check_time import Look
from firmware.control.clock import boottime_ms
from firmware.control.outputs import Fittings
from firmware.events import Contact, Line
from firmware.signed.warrant import render_root
from hw import board as hardware
from hw.ports import KernelTime
from hw.simulated import (
    ScriptedScanSource,
    SimulatedContact,
    SimulatedLight,
    SimulatedNetwork,
    SimulatedRelay,
    SimulatedSounder,
)
from tests.unit.control import blank
from tests.unit.signed.handed import OFFICE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.control.config import Config


def written(folder: Path, *, root: bool = True) -> Path:
    """Write a board file with the office's root beside it, or without one."""
    if root:
        (folder / "root.pub").write_bytes(render_root(OFFICE.root_raw))
    path = blank.write(folder, f'[trust]\nroot = "{folder / "root.pub"}"')
    path.write_text(path.read_text().replace('"\n[hard', f'"\nuser = "{os.getuid()}"\n[hard'))
    return path


def test_a_blank_board_decides_and_is_not_free_whatever_its_file_says_of_the_gate_to_come(tmp_path: Path) -> None:
    """A board file may say how its gate shall begin; until there is one it admits nobody."""
    path = blank.write(tmp_path, '[gate]\nstage = "installed"')
    path.write_text(path.read_text().replace('"strike"', '"strike"\nposture = "free_access"'))
    config = blank.site(path).config
    assert not config.observing
    assert config.door.posture == "secure"
    path.write_text(path.read_text().replace("free_access", "lockdown"))
    assert blank.site(path).config.door.posture == "lockdown"


def look(_device: str | None) -> Look:
    """Look at clocks that are right."""
    return Look(KernelTime(0, True, 0), None)  # noqa: FBT003


@pytest.mark.parametrize(
    ("root", "code", "says"), [(True, 0, "good: blank, waiting for its codes"), (False, 2, "trust.root")]
)
def test_a_board_file_is_checked_as_blank(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: int, says: str, *, root: bool
) -> None:
    """It needs no lists and no broker, and the office's root key."""
    assert check.run(written(tmp_path, root=root), blank.TRUSTED, look) == code
    assert says in capsys.readouterr().err


class Board:
    """A blank board with its hardware in memory."""

    def __init__(self, path: Path) -> None:
        """Open it."""
        self.site = blank.site(path)
        self.site.config.gate.state_dir.mkdir()
        self.relay = SimulatedRelay(15_000, boottime_ms)
        self.rex = SimulatedContact()
        self.scans = ScriptedScanSource()
        self.ready = threading.Event()

    def drivers(self, config: Config) -> gate.Hardware:
        """Open the hardware."""
        assert config == self.site.config
        fittings = Fittings({Line.RELAY: self.relay}, SimulatedLight(boottime_ms), SimulatedSounder())
        contacts = {Contact.REX: self.rex}
        return gate.Hardware(fittings, contacts, self.scans, hardware.read, network=SimulatedNetwork())

    def tell(self, state: str) -> bool:
        """Hear what the service manager hears."""
        if state == "READY=1":
            self.ready.set()
        return True


@pytest.fixture
def _our_signals() -> Iterator[None]:
    """Give the signals back that a gate takes for itself."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_our_signals")
def test_a_blank_board_runs_lets_out_and_admits_nobody(tmp_path: Path) -> None:
    """The button releases the lock, a code outside does not, and an ordered end is no restart."""
    board = Board(written(tmp_path))
    released: list[bool] = []

    def people() -> None:
        board.ready.wait()
        board.scans.present("outside", b"GP1:anything")
        board.rex.set("active")
        pause = threading.Event()
        while not board.relay.energised():
            pause.wait(0.01)
        released.append(board.relay.energised())
        os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=people, daemon=True)
    visitor.start()
    assert not gate.run(board.site.config, board.drivers, board.tell, board.site.path, board.site.board)
    visitor.join()
    assert released == [True]
    assert not board.relay.energised()
    assert not (tmp_path / "state" / "provisioned").exists()
