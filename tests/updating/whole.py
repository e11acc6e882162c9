"""A whole gate that is updated: broker, order, updater, guard and the gate itself, each as it is shipped.

What the path units do is done here; everything else is the processes' own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from firmware.signed.envelope import Kind
from firmware.updating import asking, guard
from firmware.updating.release import target
from firmware.updating.updater import RESTART
from provisioning import documents, files, issuing
from provisioning.authority import open_authority
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from provisioning.releases import building
from provisioning.releases.keys import folder_of
from provisioning.releases.repository import Repository
from provisioning.rig.gate import DESK, RELAY, UNITS, Plan, Rig
from provisioning.rig.supervisor import Supervisor
from tests.command import gapura_ops
from tests.torture.lane import Lane
from tests.updating import shipped
from tests.updating.board import DAY_S, HERE

if TYPE_CHECKING:
    from collections.abc import Callable

GATE: Final = "gate-1"
OLD: Final = "0.1.0"
NEW: Final = "0.1.1"
PATIENCE_S: Final = 250.0
_LOOK_S: Final = 0.05
_BEAT_S: Final = 0.5


class Whole:
    """`with` runs a broker and the gate of the old release, and does what the path units do.

    One `beside` another has that one's broker, authority and repository.
    """

    def __init__(
        self, folder: Path, behaviour: str, wait_s: int, *, gate: str = GATE, beside: Whole | None = None
    ) -> None:
        """Build both releases, publish the new one, and write the gate's file; a trial lasts `wait_s`."""
        self._wait_s, self.gate = wait_s, gate
        plan = Plan(readers={"outside": None}, gate=gate, unlock_ms=500, max_unlock_ms=1_000, health_s=1)
        self.rig: Rig = Rig(folder, plan, None if beside is None else beside.rig)
        self.base, self.ask = folder / "opt", folder / "ask"
        shipped.make(self.base / "releases" / OLD, OLD)
        guard.point(self.base, OLD)
        (self.base / "update").mkdir()
        self.office: Path = folder if beside is None else beside.office
        self._authority = open_authority(self.office / "authority", None)
        if beside is None:
            self._publish(behaviour)
        with self.rig.config.open("a", encoding="utf-8") as file:
            file.write(f'\n[update]\nfolder = "{self.base}"\nask = "{self.ask}"\n[documents]\nhealthy_s = 1\n')
        program = str(self.base / "current" / guard.PROGRAM)
        self.rig.gate = Supervisor(
            UNITS / "gapura.service",
            [program, "run", "--config", str(self.rig.config)],
            env={"PATH": os.defpath},
            stop_post=[program, "release", "--config", str(self.rig.config)],
            start_pre=["/usr/bin/python3", "-I", "-S", guard.__file__, str(self.base)],
            cwd=folder,
            log=self.rig.log,
        )
        self.lane = Lane(self.rig.socket("outside"))
        self._stop, self._speaks = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._paths, self._beats)]

    def __enter__(self) -> Self:
        """Start."""
        self.rig.start()
        certificate, key = self.rig.broker.issue(Holder.OPERATOR, DESK)
        where = f"{LOOPBACK}:{self.rig.broker.port}"
        self.options = ("--broker", where, "--ca", self.rig.broker.ca, "--cert", certificate, "--key", key)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.rig.stop()
        self.lane.hang_up()

    def _publish(self, behaviour: str) -> None:
        """Build the new release and found a repository that has it."""
        built, artefact = shipped.make(self.office / "built" / NEW, NEW, behaviour), self.office / "artefact"
        keys = (folder_of(self._authority),)
        repository = Repository(self.office / "repository", self._authority, keys, int(time.time()))
        repository.found({})
        with artefact.open("wb") as out:
            unpacked = building.build(built, out)
        repository.add(target(NEW, *HERE), artefact, unpacked)

    def order(self, *audience: str) -> Path:
        """Sign the order to run the new release, for this gate unless told for whom."""
        body = {"release": NEW, "repository": f"file://{self.office}/repository", "window": "any"}
        whose = audience or (self.gate,)
        sealed = documents.seal(self._authority, Kind.UPDATE, body, now=int(time.time()), valid_s=DAY_S, audience=whose)
        path = self.rig.folder / "order.cose"
        files.write(path, sealed.data)
        return path

    def publish(self) -> None:
        """Order this gate to run the new release."""
        ended = gapura_ops("doc", "publish", *self.options, self.gate, self.order())
        assert ended.code == 0, ended.err

    def reported(self, *states: str) -> dict[str, Any]:
        """Wait until the gate reports one of these states of its update, and return what it says."""
        said: dict[str, Any] = {}
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s and said.get("state") not in states:
            lines = gapura_ops("doc", "status", *self.options, self.gate).lines()
            found: Any = next((line.get("reported") for line in lines if line["kind"] == "update"), None)
            said = found if isinstance(found, dict) else {}
        return said

    def opens(self) -> bool:
        """Show a new pass until the relay has moved for it."""
        now = int(time.time())
        code = self.rig.desk.issue(issuing.Order("visitor", ("lobby",), now - 60, now + 3600), now=now).code.encode()
        with self.rig.keeper() as keeper:
            with self._speaks:
                self.lane.show(code)
            return _until(lambda: keeper.levels()[RELAY])

    def running(self) -> str | None:
        """Name the release whose gate runs now, by the program of the process itself."""
        pid = self.rig.gate.pid
        if pid is None:
            return None
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return next((name for name in (OLD, NEW) if f"/releases/{name}/".encode() in words[0]), None)

    def _paths(self) -> None:
        """Do what the path units do: start the updater when the gate asks, and the gate when it was switched."""
        asked, switched = self.ask / asking.ASK, self.base / "update" / RESTART
        seen = {asked: 0, switched: 0}
        update: subprocess.Popen[bytes] | None = None
        while not self._stop.wait(_LOOK_S):
            changed = [
                path for path in seen if (now := _changed(path)) != seen[path] and seen.update({path: now}) is None
            ]
            if switched in changed and (pid := self.rig.gate.pid) is not None:
                os.kill(pid, signal.SIGTERM)
            if asked in changed and (update is None or update.poll() is not None):
                update = self._update()
        if update is not None:
            update.kill()
            update.wait()

    def _update(self) -> subprocess.Popen[bytes]:
        own = self.rig.folder / "gate"
        words = (
            "update",
            "--base",
            self.base,
            "--ask",
            self.ask,
            "--config",
            self.rig.config,
            "--wait-s",
            self._wait_s,
        )
        pins = (
            "--config",
            self.rig.config,
            "--root",
            own / "root.pub",
            "--releases-root",
            self.office / "repository/metadata/1.root.json",
        )
        with (self.rig.folder / "update.log").open("ab") as log:
            return subprocess.Popen(
                [str(self.base / "current" / guard.PROGRAM), *map(str, (*words, *pins))], stdout=log, stderr=log
            )

    def _beats(self) -> None:
        """Be the reader outside."""
        frames = 0
        while not self._stop.wait(_BEAT_S):
            frames += 5
            with self._speaks, contextlib.suppress(OSError):
                self.lane.beat(frames)


def _changed(path: Path) -> int:
    """Say when a file was changed last; 0 for one that is not there."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _until(so: Callable[[], bool]) -> bool:
    """Wait until something is so, and say whether it came."""
    until_s = time.monotonic() + 10
    while not so():
        if time.monotonic() > until_s:
            return False
        time.sleep(_LOOK_S)
    return True
