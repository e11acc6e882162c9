"""The office of the trial: authority, broker, inventory, ledger, enrolment service; and the papers that it hands out.

Everything is made new and thrown away. The commands are those that an operator types, called in this process; broker
and enrolment service are processes of their own. It decides nothing that the desk does not decide.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from provisioning import __main__ as ops
from provisioning import documents, files, founding, issuing
from provisioning.broker import known
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import SERVICE, Rights
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.broker.watcher import Watcher
from provisioning.fleet.ledger import Ledger
from provisioning.handing import wifi
from provisioning.mistake import OperatorError
from provisioning.trial.minder import Minder

if TYPE_CHECKING:
    from collections.abc import Mapping

AREA: Final = "lobby"
DESK: Final = "desk"
TECHNICIAN: Final = "t-17"
VALID_DAYS: Final = 7
POLICY: Final = b'{"profile": "trial", "timezone": "Asia/Jakarta", "classes": {"visitor": {"areas": ["lobby"]}}}'

_INVENTORY: Final = """organisation: {{id: city, name: City}}
sectors: {{s1: Sector 1}}
areas: {{{area}: {{name: Lobby, site: hall}}}}
gates:
{gates}"""
_ROOT: Final = Path(__file__).parents[2]
_END_S: Final = 10.0


class Office:
    """One office; `with` starts broker and service."""

    def __init__(self, folder: Path, *gates: str) -> None:
        """Found the authority and plan the gates; nothing runs yet."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        now = int(time.time())
        self._authority = founding.found(folder / "authority", founding.Charter("City", None, now, VALID_DAYS))
        self.root = folder / "authority" / "root.pub"
        self.desk = issuing.open_desk(self._authority)
        self._broker_folder = folder / "broker"
        self._broker_folder.mkdir()
        self.broker = Broker(self._broker_folder, rights=Rights(observers=(WATCHER,), operators=(DESK,)))
        known.add(self._broker_folder, [(WATCHER, "watch"), (DESK, "write")])
        self._operator = self.broker.issue(Holder.OPERATOR, DESK)
        self._service_identity = self.broker.issue(Holder.SERVICE, SERVICE)
        self.ledger_path = folder / "ledger.db"
        self._minder = Minder(self.broker, self._broker_folder)
        self.inventory = folder / "inventory.yaml"
        self.inventory.write_text(_INVENTORY.format(area=AREA, gates="".join(map(_row, gates))), encoding="utf-8")
        self._service: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the broker, lay the lists out for the area, and start the service."""
        self._minder.start()
        self.start_service()
        self._publish("trust", documents.build_trust(self._authority, now=int(time.time()), valid_days=VALID_DAYS).data)
        policy = documents.sign_policy(self._authority, POLICY, now=int(time.time()), valid_days=VALID_DAYS)
        self._publish("policy", policy.data)
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        self.stop_service()
        self._minder.stop()

    def start_service(self) -> None:
        """Start the enrolment service, as its unit would."""
        certificate, key = self._service_identity
        options: Mapping[str, object] = {
            "ledger": self.ledger_path,
            "inventory": self.inventory,
            "device-ca": self._broker_folder,
            "broker-dir": self._broker_folder,
            "broker": f"{LOOPBACK}:{self.broker.port}",
            "ca": self.broker.ca,
            "cert": certificate,
            "key": key,
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        command = [sys.executable, "-m", "provisioning", "enrol", "serve", *words]
        with (self.folder / "service.log").open("ab") as log:
            self._service = subprocess.Popen(  # noqa: S603  our own program
                command, cwd=_ROOT, stdout=log, stderr=log, process_group=0
            )

    def stop_service(self) -> None:
        """End it in order."""
        if self._service is not None:
            self._service.terminate()
            self._service.wait(_END_S)
            self._service = None

    def papers(self, gate: str, *more: str, broker: str | None = None, device_ca: Path | None = None) -> list[str]:
        """Make the papers of a gate as the desk does, and return the texts of its codes."""
        out = self.folder / f"{gate}-{time.monotonic_ns()}.txt"
        where = broker or f"{LOOPBACK}:{self.broker.port}"
        self._command(
            "provision",
            gate,
            *("--inventory", str(self.inventory), "--ledger", str(self.ledger_path)),
            *("--dir", str(self.folder / "authority"), "--device-ca", str(device_ca or self._broker_folder)),
            *("--broker", where, "--out", str(out), *more),
        )
        return out.read_text(encoding="ascii").splitlines()

    def wifi(self, ssid: str, password: str) -> list[str]:
        """Sign a network's name and password for every gate, and return the texts of its codes."""
        texts, _ = wifi.make(self._authority, {"ssid": ssid, "psk": password}, (), now=int(time.time()))
        return texts

    def desire(self, gate: str, envelope: bytes) -> None:
        """Lay a document out for one gate."""
        self._publish(f"{gate}-provision", envelope, gate)

    def order(self, gate: str, op: str) -> None:
        """Have a technician of the office give a gate an order, and wait for its answer; raises OperatorError."""
        folder = self.folder / "authority" / "operators" / TECHNICIAN
        if not folder.is_dir():
            may = ("--ops", "technician,retire", "--valid-days", str(VALID_DAYS))
            self._command("authority", "operator", "--dir", str(self.folder / "authority"), "--name", TECHNICIAN, *may)
        self._command("cmd", *self._address(), "--operator", str(folder), "--reason", "trial", gate, op)

    def activate(self, gate: str) -> None:
        """Let a gate decide from now on, and wait until it says that it does; raises OperatorError."""
        papers = (str(self.inventory), gate, "--ledger", str(self.ledger_path))
        self._command("fleet", "activate", *papers, "--dir", str(self.folder / "authority"), *self._address())

    def state(self, gate: str) -> str:
        """Where a gate is in the ledger."""
        with closing(Ledger.open(self.ledger_path)) as ledger:
            standing = ledger.standing(gate)
        return "unknown" if standing is None else f"{standing.state}{' suspended' * standing.suspended}"

    def day_pass(self, area: str = AREA) -> str:
        """Issue a visitor's pass."""
        now = int(time.time())
        order = issuing.Order("visitor", (area,), now - 60, now + 3600)
        return self.desk.issue(order, now=now).code

    def watcher(self) -> Watcher:
        """Prepare a subscriber of its own certificate to everything that gates publish."""
        return Watcher(self.broker.port, self.broker.ca, *self.broker.issue(Holder.OPERATOR, WATCHER))

    def _publish(self, name: str, data: bytes, whose: str = f"_group/{AREA}") -> None:
        """Lay a document out, for every gate of the area unless told otherwise."""
        path = self.folder / f"{name}.cose"
        files.write(path, data)
        self._command("doc", "publish", *self._address(), whose, str(path))

    def _address(self) -> tuple[str, ...]:
        """Say where the broker is and who the desk is there."""
        certificate, key = self._operator
        where = ("--broker", f"{LOOPBACK}:{self.broker.port}", "--ca", str(self.broker.ca))
        return (*where, "--cert", str(certificate), "--key", str(key))

    def _command(self, *words: str) -> None:
        """Run a command of the desk; what it prints as JSON goes with the progress, for stdout is the checks'."""
        with self._minder.undisturbed(), redirect_stdout(sys.stderr):
            code = ops.main(words)
        if code:
            line = f"gapura-ops {words[0]} ended with {code}"
            raise OperatorError(line)


def _row(gate: str) -> str:
    """Plan one gate."""
    return (
        f"  {gate}: {{area: {AREA}, site: hall, sector: s1, office: o1, door: strike, readers: both, board: b1,"
        ' approved: "yes"}\n'
    )
