"""The stand of enrolment: a real broker, the real service as a process, a ledger, an inventory and sheets.

Nothing here asserts what the service should answer.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from firmware.signed import claim
from provisioning.broker import known
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.configuration import SERVICE
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.fleet.ledger import Certificate, Ledger
from provisioning.fleet.lifecycle import State
from tests.broker import stand
from tests.broker.requests_made import Identity, Sheet, fresh_key, now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_HEAD = """organisation: {id: city, name: City}
sectors: {s1: Sector 1}
areas: {lobby: {name: Lobby, site: hall}}
people:
  head-a: {name: head of building A}
  head-b: {name: head of building B, sees: restricted assist}
gates:
"""


class House:
    """A broker's folder, a ledger and an inventory in which every gate that is named is approved."""

    def __init__(self, folder: Path, *gates: str, in_charge: dict[str, str] | None = None) -> None:
        """Begin; `with` starts the broker."""
        self.folder = folder
        self.broker_folder = folder / "broker"
        self.broker_folder.mkdir()
        self.broker = Broker(self.broker_folder)
        self.ca = self.broker.device_ca
        known.add(self.broker_folder, [(WATCHER, "watch"), ("desk", "write")])
        self.pid_file = folder / "broker.pid"
        self.ledger_path = folder / "ledger.db"
        self.inventory = folder / "inventory.yaml"
        self.plan(*gates, in_charge=in_charge)
        with self.ledger() as ledger:
            for gate in gates:
                ledger.enter(gate, by="desk", at=now())
                ledger.move(gate, State.APPROVED, by="desk", why="", at=now())
        self.service_identity = self.broker.issue(Holder.SERVICE, SERVICE)
        self._counter = 0

    def plan(self, *gates: str, in_charge: dict[str, str] | None = None) -> None:
        """Write the inventory."""
        rows = []
        for gate in gates:
            person = f", in_charge: {in_charge[gate]}" if in_charge and gate in in_charge else ""
            rows.append(
                f"  {gate}: {{area: lobby, site: hall, sector: s1, office: o1, door: strike, readers: both,"
                f' board: b1{person}, approved: "yes"}}\n'
            )
        self.inventory.write_text(_HEAD + "".join(rows))

    def __enter__(self) -> Self:
        """Start the broker."""
        self.broker.start()
        self.pid_file.write_text(str(self.broker.pid))
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.broker.stop()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger for a moment."""
        with closing(Ledger.open(self.ledger_path)) as ledger:
            yield ledger

    def certificates(self, gate: str) -> list[Certificate]:
        """The certificates of a gate that are not revoked."""
        with self.ledger() as ledger:
            return [one for one in ledger.certificates(gate) if one.revoked is None]

    def arguments(self, command: str, *more: str) -> list[str]:
        """Word an `enrol` command with all that it needs."""
        certificate, key = self.service_identity
        options = {
            "ledger": self.ledger_path,
            "inventory": self.inventory,
            "device-ca": self.broker_folder,
            "broker-dir": self.broker_folder,
            "reload-pid-file": self.pid_file,
            "broker": f"{LOOPBACK}:{self.broker.port}",
            "ca": self.broker.ca,
            "cert": certificate,
            "key": key,
        }
        return [
            "enrol",
            command,
            *(word for name, value in options.items() for word in (f"--{name}", str(value))),
            *more,
        ]

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start the service in a process of its own."""
        command = [sys.executable, "-m", "provisioning", *self.arguments("serve", *more)]
        with (self.folder / "service.log").open("ab") as log:
            return subprocess.Popen(command, cwd=stand.ROOT, stdout=log, stderr=log)

    def wait_online(self) -> bool:
        """Wait until an outsider sees the service online."""
        with stand.watching(self.broker, "gapura/1/_service/#") as watcher:
            return watcher.wait(
                lambda seen: any(one.topic.endswith("/availability") and one.payload == b"online" for one in seen),
                stand.PATIENCE_S,
            )

    @contextmanager
    def serving(self, *more: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run the service until the block ends."""
        process = self.start(*more)
        try:
            assert self.wait_online(), self.log()
            yield process
        finally:
            process.terminate()
            process.wait(stand.PATIENCE_S)

    def log(self) -> str:
        """What the service said."""
        return (self.folder / "service.log").read_text()

    def keep(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Identity:
        """Write a key and its certificate where a client finds them."""
        self._counter += 1
        paths = [self.folder / f"identity-{self._counter}.{end}" for end in ("crt", "key")]
        paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return Identity(key, certificate, paths[0], paths[1])

    def sheet(self, gate: str, *, ca: DeviceCa | None = None, lasts_s: int = 3600) -> Sheet:
        """Print a sheet: a claim in the ledger, and its certificate."""
        claim_id = secrets.token_hex(8)
        key = claim.claim_key(secrets.token_bytes(32), gate)
        made = (ca or self.ca).certify(claim.user(gate, claim_id), key.public_key(), valid=timedelta(seconds=3600))
        with self.ledger() as ledger:
            ledger.add_claim(gate, claim_id, now() + lasts_s, by="desk", at=now())
        return Sheet(gate, claim_id, self.keep(key, made))

    def certified(self, gate: str, *, age_days: int = 0, active: bool = True) -> Identity:
        """Give a gate a certificate as the service would have, so many days ago, and let it be active or installed."""
        key = fresh_key()
        then = datetime.now(UTC) - timedelta(days=age_days)
        made = self.ca.certify(gate, key.public_key(), valid=timedelta(days=398), now=then)
        with self.ledger() as ledger:
            ledger.add_certificate(gate, made.public_bytes(Encoding.DER), now())
            for state in (State.ISSUED, State.INSTALLED, *([State.ACTIVE] if active else [])):
                ledger.move(gate, state, by="test", why="", at=now())
        return self.keep(key, made)
