"""A whole gate on a bench, in one folder: authority, broker, pin keeper, the real gate and its real readers.

Everything is made new and thrown away: no key here is trusted by anything else. The processes run as the shipped units
say, each under a supervisor of its own; the rig decides nothing about them and looks into none of them.
"""

from __future__ import annotations

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
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import WATCHER, Broker
from provisioning.broker.watcher import Watcher
from provisioning.rig.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS: Final = Path(__file__).parents[2] / "systemd"
RELAY, RED, YELLOW, GREEN, REX = 17, 22, 23, 24, 27
"""BCM pins of the rig's door."""

VALID_DAYS: Final = 7

DEFAULT_POLICY: Final = b"""{
  "profile": "demo",
  "timezone": "Asia/Jakarta",
  "classes": {"staff": {}, "visitor": {"areas": ["lobby"]}}
}"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rig is to be: reader name -> source, and what differs from the defaults."""

    readers: Mapping[str, str]
    gate: str = "gate-1"
    area: str = "lobby"
    unlock_ms: int = 5000
    max_unlock_ms: int = 15_000
    decoder: str = "auto"
    policy: bytes = DEFAULT_POLICY
    environment: Mapping[str, str] = field(default_factory=dict)


class Rig:
    """Builds everything in `folder` at once; `start` runs it, `stop` ends it in the right order."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        """Make authority, lists, certificates and configuration; nothing runs yet."""
        self.folder = folder
        self.plan = plan
        self._stack = ExitStack()
        now = int(time.time())
        authority = founding.found(folder / "authority", founding.Charter("Gapura demo", None, now, VALID_DAYS))
        self.desk = issuing.open_desk(authority)
        self.broker = Broker(_made(folder / "broker"), rights=Rights(observers=(WATCHER,)))
        self.config = _made(folder / "gate") / "gapura.toml"
        files.write(folder / "gate" / "root.pub", (folder / "authority" / "root.pub").read_bytes())
        files.write(
            folder / "gate" / "trust.cose", documents.build_trust(authority, now=now, valid_days=VALID_DAYS).data
        )
        policy = documents.sign_policy(authority, plan.policy, now=now, valid_days=VALID_DAYS)
        files.write(folder / "gate" / "policy.cose", policy.data)
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
        }

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop whatever happened."""
        self.stop()

    def start(self) -> None:
        """Start the broker, the keeper, the gate and its readers, each when the one before is ready."""
        self._stack.callback(self.broker.stop)
        self.broker.start()
        self._start_keeper()
        self._stack.callback(self.gate.stop)
        self.gate.start()
        self.gate.wait_for("ready")
        for reader in self.readers.values():
            self._stack.callback(reader.stop)
            reader.start()
        for reader in self.readers.values():
            reader.wait_for("ready")

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
        keeper = subprocess.Popen(argv, env=self._environment())  # noqa: S603  our own program
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

    def _supervisor(self, unit: str, argv: list[str], stop_post: list[str] | None) -> Supervisor:
        """Put a program of ours under the unit that ships with it."""
        output = self.log.open("ab")
        self._stack.callback(output.close)
        return Supervisor(
            UNITS / unit,
            [sys.executable, "-m", *argv],
            env=self._environment(),
            stop_post=None if stop_post is None else [sys.executable, "-m", *stop_post],
            cwd=self.folder,
            output=output,
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
        plan, folder = self.plan, self.folder
        own = folder / "gate"
        readers = "\n".join(self._reader_toml(name) for name in plan.readers)
        return f"""
[gate]
id = "{plan.gate}"
area = "{plan.area}"
state_dir = "{folder / "state"}"

[trust]
root = "{own / "root.pub"}"
list = "{own / "trust.cose"}"
policy = "{own / "policy.cose"}"

[door]
unlock_ms = {plan.unlock_ms}
max_unlock_ms = {plan.max_unlock_ms}

[relay]
pin = {RELAY}

[light]
red = {RED}
yellow = {YELLOW}
green = {GREEN}

[rex]
pin = {REX}

[mqtt]
host = "127.0.0.1"
port = {self.broker.port}
ca = "{self.broker.ca}"
certificate = "{certificate}"
key = "{key}"

[hardware]
pins = "keeper:{self.keeper_path}"
{readers}"""

    def _reader_toml(self, name: str) -> str:
        """Write one reader's section; a reader called `inside` hangs inside."""
        side = "inside" if name == "inside" else "outside"
        return f"""
[readers.{name}]
side = "{side}"
socket = "{self.socket(name)}"
user = "{os.getuid()}"
out_of_sight = {str(side == "inside").lower()}
"""


def _made(folder: Path) -> Path:
    """Make a folder and name it."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder
