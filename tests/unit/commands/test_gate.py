"""`gapura run` as a whole on simulated hardware: how it ends when one of its parts does."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from firmware.commands import gate
from firmware.control.config import Config
from firmware.control.outputs import Fittings
from firmware.control.threads import ThreadDiedError
from firmware.events import Contact, Line
from hw import board
from hw.clock import boottime_ms
from hw.simulated import SimulatedContact, SimulatedLight, SimulatedRelay, SimulatedSounder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hw.ports import ScanSink


class DyingScans:
    """A scan source that lets one person out; then its thread meets a bug, if it is to."""

    def __init__(self, relay: SimulatedRelay, *, dies: bool) -> None:
        """Take the relay to wait for."""
        self._relay = relay
        self._dies = dies

    def start(self, sink: ScanSink) -> None:
        """Deliver one scan from a thread."""
        threading.Thread(target=self._serve, args=(sink,), name="scan-socket").start()

    def close(self) -> None:
        """Do nothing."""

    def _serve(self, sink: ScanSink) -> None:
        sink.scanned("inside", (b"out",))
        risen = threading.Event()
        while not self._relay.energised():
            risen.wait(0.01)
        if self._dies:
            message = "a bug"
            raise RuntimeError(message)
        os.kill(os.getpid(), signal.SIGTERM)


class Door:
    """Simulated hardware, its configuration, and what the service manager was told."""

    def __init__(self, folder: Path, *, dies: bool) -> None:
        """Build it with a state folder of its own."""
        self.told: list[str] = []
        self.relay = SimulatedRelay(15_000, boottime_ms)
        self.rex = SimulatedContact()
        self.scans = DyingScans(self.relay, dies=dies)
        side = {"side": "inside", "socket": str(folder / "inside.sock"), "out_of_sight": True}
        self.config = Config.model_validate(
            {
                "gate": {"id": "gate-1", "area": "lobby", "state_dir": str(folder)},
                "relay": {"pin": 17},
                "readers": {"inside": side},
            }
        )

    def run(self) -> None:
        """Run the gate until it ends."""
        gate.run(self.config, self._open, self._tell)

    def _open(self, config: Config) -> gate.Hardware:
        assert config is self.config
        fittings = Fittings({Line.RELAY: self.relay}, SimulatedLight(boottime_ms), SimulatedSounder())
        return gate.Hardware(fittings, {Contact.REX: self.rex}, self.scans, board.read)

    def _tell(self, state: str) -> bool:
        self.told.append(state)
        return True


@pytest.fixture
def _our_signals() -> Iterator[None]:
    """Give the signals back that a gate takes for itself."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    hook = threading.excepthook
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    assert threading.excepthook is hook


@pytest.mark.usefixtures("_our_signals")
def test_a_thread_that_dies_takes_the_gate_with_it(tmp_path: Path) -> None:
    """A bug in any thread ends the gate as an error, locked and in order, so that it is started again."""
    door = Door(tmp_path, dies=True)
    with pytest.raises(ThreadDiedError, match="scan-socket"):
        door.run()
    assert not door.relay.energised()
    assert (door.told[0], door.told[-1]) == ("READY=1", "STOPPING=1")


@pytest.mark.usefixtures("_our_signals")
def test_a_gate_that_is_asked_to_stop_ends_well(tmp_path: Path) -> None:
    """SIGTERM locks the door and ends the gate without an error."""
    door = Door(tmp_path, dies=False)
    door.run()
    assert not door.relay.energised()
    assert (door.told[0], door.told[-1]) == ("READY=1", "STOPPING=1")
