"""The device of the trial: a blank board with the real gate and its real readers, under their units, on a pin keeper.

Whoever leads it holds pictures before its cameras, presses its button and looks at its pins; it decides nothing.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from hw.errors import HardwareError
from hw.keeper_client import KeeperClient
from hw.reader.sources import stage
from hw.reader.sources.stage import Stage
from provisioning.demo.pins import PinLog
from provisioning.rig.gate import RigError
from provisioning.rig.supervisor import Supervisor
from provisioning.trial import board, radio

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS: Final = Path(__file__).parents[2] / "systemd"
PATIENCE_S: Final = 60.0
_AWAY_S: Final = 2.5
_LOOK_S: Final = 0.05
_STATE_MODE: Final = 0o700


class Device:
    """One device in a folder of its own; `with` switches it on."""

    def __init__(self, folder: Path, root: Path, *, cameras: bool = True) -> None:
        """Write the card: board file and the office's root; nothing runs yet."""
        self.folder = folder
        for name in ("run", "boot", *(f"scenes/{reader}" for reader in board.READERS)):
            (folder / name).mkdir(parents=True, exist_ok=True)
        radio.install(folder / "bin")
        (folder / "state").mkdir(mode=_STATE_MODE, exist_ok=True)
        (folder / "root.pub").write_bytes(root.read_bytes())
        self.config = folder / "board.toml"
        self.config.write_text(board.board_toml(folder, str(self._keeper_path)), encoding="utf-8")
        self._stack = ExitStack()
        words = ["firmware", "run", "--config", str(self.config)]
        release = ["firmware", "release", "--config", str(self.config)]
        self.gate = self._supervisor("gapura.service", words, release)
        self.readers = {
            name: self._supervisor("gapura-reader.service", self._reader(name), None)
            for name in (board.READERS if cameras else ())
        }

    def __enter__(self) -> Self:
        """Switch it on: pins, gate, cameras."""
        try:
            self._start_keeper()
            self.keeper = self._stack.enter_context(KeeperClient(str(self._keeper_path)))
            self.pins = self._stack.enter_context(PinLog(self.keeper.watch()))
            self._stack.callback(self.gate.stop)
            self.gate.start()
            self.await_ready()
            for reader in self.readers.values():
                self._stack.callback(reader.stop)
                reader.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Switch it off, cameras first."""
        self._stack.close()

    @property
    def log(self) -> Path:
        """What gate and readers said."""
        return self.folder / "gate.log"

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def show(self, code: str | None, reader: str = board.OUTSIDE, *, scale: float = 0.8) -> None:
        """Hold a code before a camera, or nothing."""
        stage.write(self.folder / "scenes" / reader, Stage(code=code, scale=scale) if code else Stage())

    def show_until(self, codes: list[str], there: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
        """Hold codes before the camera outside, one after the other, until something is there.

        Then all of them again, after a pause in which each is away for long enough to count as shown anew.
        """
        until_s = time.monotonic() + timeout_s
        while not there() and time.monotonic() < until_s:
            for code in codes:
                self.show(code)
                if wait(there, 0.5):
                    break
            self.show(None)
            wait(there, _AWAY_S)
        return there()

    def said(self, what: str) -> int:
        """Count the lines of the log in which something stands."""
        try:
            return self.log.read_text(errors="replace").count(what)
        except FileNotFoundError:
            return 0

    def await_said(self, what: str, times: int = 1, timeout_s: float = PATIENCE_S) -> bool:
        """Wait until something stands in the log so often."""
        return wait(lambda: self.said(what) >= times, timeout_s)

    def await_ready(self, times: int = 1) -> None:
        """Wait until the gate has said so often that it is ready; RigError as soon as it cannot be started."""
        try:
            self.gate.wait_for("ready", times, PATIENCE_S)
        except TimeoutError as error:
            message = f"the gate did not start: {self.log.read_text(errors='replace').strip()[-500:]}"
            raise RigError(message) from error

    def kill(self) -> None:
        """End the gate as a power cut would, and wait until it is dead; one that ends by itself just then is not it."""
        killed = False
        while not killed:
            wait(lambda: self.gate.pid is not None)  # between two processes there is none
            deaths = len(self.gate.marks("death"))
            if (pid := self.gate.pid) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                killed = self.gate.wait_for("death", deaths + 1, PATIENCE_S).code == -signal.SIGKILL

    @property
    def _keeper_path(self) -> Path:
        return self.folder / "run" / "pins.sock"

    def _start_keeper(self) -> None:
        """Start the pin keeper and wait until it answers."""
        argv = [sys.executable, "-m", "hw.pinkeeper", "--socket", str(self._keeper_path)]
        argv += ["--log", str(self.folder / "pins.jsonl")]
        keeper = subprocess.Popen(argv, env=self._environment(), stdout=subprocess.DEVNULL, process_group=0)  # noqa: S603
        self._stack.callback(keeper.wait)
        self._stack.callback(keeper.terminate)

        def answers() -> bool:
            with contextlib.suppress(HardwareError):
                KeeperClient(str(self._keeper_path)).close()
                return True
            return False

        if not wait(answers, 10):
            message = "the pin keeper does not answer"
            raise RigError(message)

    def _supervisor(self, unit: str, argv: list[str], stop_post: list[str] | None) -> Supervisor:
        """Put a program of ours under the unit that ships with it."""
        after = None if stop_post is None else [sys.executable, "-m", *stop_post]
        whole = [sys.executable, "-m", *argv]
        return Supervisor(
            UNITS / unit, whole, env=self._environment(), stop_post=after, cwd=self.folder, log=self.folder / "gate.log"
        )

    def _environment(self) -> dict[str, str]:
        """Let the programs find ours, and a network program that joins nothing."""
        path = os.pathsep.join((str(self.folder / "bin"), os.environ.get("PATH", os.defpath)))
        return {"PATH": path, "PYTHONPATH": str(Path(__file__).parents[2])}

    def _reader(self, name: str) -> list[str]:
        """Write the command line of a reader."""
        socket = self.folder / "run" / f"{name}.sock"
        return ["hw.reader", "--socket", str(socket), "--source", f"scene:{self.folder / 'scenes' / name}"]


def wait(there: Callable[[], bool], timeout_s: float = PATIENCE_S) -> bool:
    """Look again and again until it is so; say whether it is."""
    until_s = time.monotonic() + timeout_s
    while not there():
        if time.monotonic() > until_s:
            return False
        time.sleep(_LOOK_S)
    return True
