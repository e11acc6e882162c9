"""A whole gate on a bench, in one folder: authority, broker, pin keeper, the real gate and its real readers.

Everything is made new and thrown away: no key here is trusted by anything else. The processes run as the shipped units
say, each under a supervisor of its own; the rig decides nothing about them and looks into none of them.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from hw.errors import HardwareError
from hw.keeper_client import KeeperClient
from provisioning import documents, files, founding, issuing
from provisioning.authority import open_authority
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import WATCHER, Broker
from provisioning.broker.watcher import Watcher
from provisioning.rig import configuration
from provisioning.rig.configuration import GREEN, RED, RELAY, REX, YELLOW
from provisioning.rig.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["GREEN", "RED", "RELAY", "REX", "YELLOW", "Plan", "Rig", "RigError"]

UNITS: Final = Path(__file__).parents[2] / "systemd"
VALID_DAYS: Final = 7
DESK: Final = "desk"
"""The operator who may publish documents and commands."""

START_S: Final = 30.0

DEFAULT_POLICY: Final = b"""{
  "profile": "demo",
  "timezone": "Asia/Jakarta",
  "classes": {"staff": {}, "visitor": {"areas": ["lobby"]}}
}"""


class RigError(Exception):
    """A program of the rig did not start; the text holds its own last words."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rig is to be: reader name -> source, and what differs from the defaults.

    A reader without a source (None) is not started: whoever uses the rig speaks on its socket instead.
    """

    readers: Mapping[str, str | None]
    gate: str = "gate-1"
    area: str = "lobby"
    unlock_ms: int = 5000
    max_unlock_ms: int = 15_000
    decoder: str = "auto"
    health_s: int = 60
    policy: bytes = DEFAULT_POLICY
    environment: Mapping[str, str] = field(default_factory=dict)


class Rig:
    """Builds everything in `folder` at once; `start` runs it, `stop` ends it in the right order.

    One `beside` another has that one's authority and its broker, which the other one starts and stops.
    """

    def __init__(self, folder: Path, plan: Plan, beside: Rig | None = None) -> None:
        """Make authority, lists, certificates and configuration; nothing runs yet."""
        self.folder = folder
        self.plan = plan
        self._stack, self._beside = ExitStack(), beside
        now = int(time.time())
        office = (folder if beside is None else beside.folder) / "authority"
        if beside is None:
            authority = founding.found(office, founding.Charter("Gapura demo", None, now, VALID_DAYS))
            self.broker = Broker(_made(folder / "broker"), rights=Rights(observers=(WATCHER,), operators=(DESK,)))
        else:
            authority, self.broker = open_authority(office, None), beside.broker
        self.desk = issuing.open_desk(authority)
        self.config = _made(folder / "gate") / "gapura.toml"
        files.write(folder / "gate" / "root.pub", (office / "root.pub").read_bytes())
        files.write(
            folder / "gate" / "trust.cose", documents.build_trust(authority, now=now, valid_days=VALID_DAYS).data
        )
        self._authority = authority
        self.sign_policy(plan.policy)
        _made(folder / "run")
        _made(folder / "state")
        certificate, key = self.broker.issue(Holder.GATE, plan.gate)
        files.write(self.config, self._toml(certificate, key).encode())
        self.gate = self._supervisor(
            "gapura.service",
            ["firmware", "run", "--config", str(self.config)],
            ["firmware", "release", "--config", str(self.config)],
        )
        self.readers = {
            name: self._supervisor("gapura-reader.service", self._reader(name, source), None)
            for name, source in plan.readers.items()
            if source is not None
        }

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop whatever happened."""
        self.stop()

    def start(self, before_gate: Callable[[], object] = lambda: None) -> None:
        """Start the broker, the keeper, the gate and its readers, each when the one before is ready.

        `before_gate` is called when all is there but the gate: who has to hear its first word subscribes then.
        """
        if self._beside is None:
            self._stack.callback(self.broker.stop)
            self.broker.start()
        self._start_keeper()
        before_gate()
        self._stack.callback(self.gate.stop)
        self.gate.start()
        self._await("the gate", self.gate)
        for reader in self.readers.values():
            self._stack.callback(reader.stop)
            reader.start()
        for name, reader in self.readers.items():
            self._await(f"the reader {name}", reader)

    def sign_policy(self, body: bytes) -> None:
        """Sign a policy in place of the plan's, for a gate that has not started."""
        policy = documents.sign_policy(self._authority, body, now=int(time.time()), valid_days=VALID_DAYS)
        files.write(self.folder / "gate" / "policy.cose", policy.data)

    def stop(self) -> None:
        """End everything, readers first, the broker last."""
        self._stack.close()

    @property
    def keeper_path(self) -> str:
        """Where the pin keeper listens."""
        return str(self.folder / "run" / "pins.sock")

    @property
    def log(self) -> Path:
        """What the gate and its readers said on stderr."""
        return self.folder / "gate.log"

    def keeper(self) -> KeeperClient:
        """Connect to the pin keeper."""
        return KeeperClient(self.keeper_path)

    def watcher(self) -> Watcher:
        """Prepare a subscriber of its own certificate to everything the gate publishes."""
        return Watcher(self.broker.port, self.broker.ca, *self.broker.issue(Holder.OPERATOR, WATCHER))

    def socket(self, reader: str) -> Path:
        """Where the gate listens for a reader."""
        return self.folder / "run" / f"{reader}.sock"

    def _start_keeper(self) -> None:
        """Start the pin keeper and wait until it answers."""
        argv = [
            sys.executable,
            "-m",
            "hw.pinkeeper",
            "--socket",
            self.keeper_path,
            "--log",
            str(self.folder / "pins.jsonl"),
        ]
        # In a process group of its own, so that Ctrl-C at a terminal ends the gate first and its pins last.
        keeper = subprocess.Popen(  # noqa: S603  our own program
            argv, env=self._environment(), stdout=subprocess.DEVNULL, process_group=0
        )
        self._stack.callback(keeper.wait)
        self._stack.callback(keeper.terminate)
        until_s = time.monotonic() + 10
        while True:
            try:
                self.keeper().close()
            except HardwareError:
                if keeper.poll() is not None or time.monotonic() > until_s:
                    raise
                time.sleep(0.02)
            else:
                return

    def _await(self, what: str, supervisor: Supervisor) -> None:
        """Wait until a program is ready; RigError as soon as it has ended instead."""
        until_s = time.monotonic() + START_S
        while not supervisor.marks("ready"):
            if supervisor.marks("death") or time.monotonic() > until_s:
                message = f"{what} did not start: {self.log.read_text(errors='replace').strip()[-500:]}"
                raise RigError(message)
            with contextlib.suppress(TimeoutError):
                supervisor.wait_for("ready", timeout_s=0.05)

    def _supervisor(self, unit: str, argv: list[str], stop_post: list[str] | None) -> Supervisor:
        """Put a program of ours under the unit that ships with it."""
        return Supervisor(
            UNITS / unit,
            [sys.executable, "-m", *argv],
            env=self._environment(),
            stop_post=None if stop_post is None else [sys.executable, "-m", *stop_post],
            cwd=self.folder,
            log=self.log,
        )

    def _reader(self, name: str, source: str) -> list[str]:
        """Write the command line of a reader."""
        return [
            *("hw.reader", "--socket", str(self.socket(name)), "--source", source, "--decoder", self.plan.decoder),
        ]

    def _environment(self) -> dict[str, str]:
        """Give the processes what they need of ours, and the plan's own."""
        root = str(Path(__file__).parents[2])
        return {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": root} | dict(self.plan.environment)

    def _toml(self, certificate: Path, key: Path) -> str:
        """Write the gate's configuration."""
        link = configuration.Link(self.broker.port, self.broker.ca, certificate, key, self.plan.health_s)
        door = configuration.Door(self.plan.gate, self.plan.area, self.plan.unlock_ms, self.plan.max_unlock_ms)
        sockets = {name: self.socket(name) for name in self.plan.readers}
        return configuration.gate_toml(self.folder, door, link, sockets, self.keeper_path)


def _made(folder: Path) -> Path:
    """Make a folder and name it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
