"""A board on which the release runs: the service manager's part by the rig, the updater as the process it is.

The gate's unit is the shipped one, the guard runs before each start, and what the path units watch is watched here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from firmware.updating import guard
from firmware.updating.updater import RESTART
from provisioning.rig.supervisor import Supervisor
from tests.updating.board import Board

if TYPE_CHECKING:
    from tests.updating.board import Desk

UNIT: Final = Path(__file__).parents[2] / "systemd" / "gapura.service"
WAIT_S: Final = 4
PATIENCE_S: Final = 60.0
_LOOK_S: Final = 0.02


class Running(Board):
    """`with` runs the gate that the link names; a start may take `start_s` (None: as shipped), a trial `wait_s`."""

    def __init__(self, folder: Path, desk: Desk, start_s: int | None = None, wait_s: int = WAIT_S) -> None:
        """Prepare the board and its unit."""
        super().__init__(folder, desk)
        self._wait_s = wait_s
        text = UNIT.read_text(encoding="utf-8")
        unit = folder / UNIT.name
        unit.write_text(text if start_s is None else text.replace("TimeoutStartSec=30", f"TimeoutStartSec={start_s}"))
        program = str(self.base / "current" / guard.PROGRAM)
        self._supervisor = Supervisor(
            unit,
            [program, "run", "--config", str(self.config)],
            env={"PATH": os.defpath},
            stop_post=[program, "release"],
            start_pre=["/usr/bin/python3", "-I", "-S", guard.__file__, str(self.base)],
            log=folder / "gate.log",
        )
        self._stop = threading.Event()
        self._switch = threading.Thread(target=self._restarts, name="switched.path", daemon=True)
        self._update: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the gate."""
        self._supervisor.start()
        self._supervisor.wait_for("ready")
        self._switch.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self._stop.set()
        self._switch.join()
        self.kill_updater()
        self._supervisor.stop()

    def update(self) -> subprocess.Popen[bytes]:
        """Start the updater, as its unit does."""
        root = self.desk.folder / "authority" / "root.pub"
        places = ("--base", self.base, "--ask", self.ask, "--config", self.config, "--root", root)
        words = [*places, "--releases-root", self.pin, "--wait-s", self._wait_s]
        with (self.folder / "update.log").open("ab") as log:
            self._update = subprocess.Popen(
                [sys.executable, "-m", "firmware", "update", *map(str, words)], stdout=log, stderr=log
            )
        return self._update

    def kill_updater(self) -> bool:
        """Kill the updater, if one runs."""
        update = self._update
        if update is None or update.poll() is not None:
            return False
        update.kill()
        update.wait()
        return True

    def kill_gate(self) -> None:
        """Kill the gate, as a power cut would."""
        pid = self._supervisor.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def finish(self) -> None:
        """Run updaters to their end, as the service manager does until nothing is left to do."""
        for _ in range(3):
            self.update().wait(PATIENCE_S)
            state = self.state
            if state is not None and state.phase == "idle" and state.last is not None:
                return

    def wrong(self, release: str) -> list[str]:
        """Wait until a gate of this release runs and is READY, and say what is not so in the end."""
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s and not self._runs(release):
            time.sleep(_LOOK_S)
        state = self.state
        faults = [] if self._runs(release) else [f"{self.last_run()} runs, not {release}"]
        if self.link != release or self.link not in self.whole():
            faults.append(f"the link leads to {self.link}")
        if state is not None and (state.phase, state.confirmed) != ("idle", release):
            faults.append(f"{state.phase}, confirmed {state.confirmed}")
        return faults

    def last_run(self) -> str:
        """Name the release whose gate was started last."""
        return (self.folder / "runs.log").read_text(encoding="utf-8").split()[-1]

    def _runs(self, release: str) -> bool:
        """Say whether a gate of a release is READY now."""
        last = [mark.kind for mark in self._supervisor.marks() if mark.kind in {"start", "ready", "death"}][-1]
        return last == "ready" and self.last_run() == release

    def _restarts(self) -> None:
        """Do what the path unit does: start the gate anew when the updater has switched."""
        path, seen = self.base / "update" / RESTART, 0
        while not self._stop.wait(_LOOK_S):
            try:
                now = path.stat().st_mtime_ns
            except FileNotFoundError:
                continue
            if now != seen:
                seen = now
                pid = self._supervisor.pid
                if pid is not None:
                    os.kill(pid, signal.SIGTERM)
