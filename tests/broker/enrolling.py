"""The stand of enrolment: a real broker, the real service as a process, a ledger, sheets, and devices that ask.

Nothing here asserts what the service should answer; a device keeps what it heard and what the broker told it.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from firmware.doctor import report
from firmware.doctor.findings import Outcome
from firmware.signed import claim, device, enrolment
from provisioning.broker import known
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.configuration import SERVICE
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from tests.broker import stand

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paho.mqtt.client import Client, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from firmware.signed.enrolment import Answer

NOT_AUTHORISED = 135
_HEAD = """organisation: {id: city, name: City}
sectors: {s1: Sector 1}
areas: {lobby: {name: Lobby, site: hall}}
people:
  head-a: {name: head of building A}
  head-b: {name: head of building B, sees: restricted assist}
gates:
"""


@dataclass(frozen=True)
class Identity:
    """A key and a certificate, and where both lie as files."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    certificate_path: Path
    key_path: Path


@dataclass(frozen=True)
class Sheet:
    """What a gate reads from its codes: a claim."""

    gate: str
    claim: str
    identity: Identity


def fresh_key() -> ec.EllipticCurvePrivateKey:
    """Make the key that a device would make."""
    return ec.generate_private_key(ec.SECP256R1())


def csr(key: ec.EllipticCurvePrivateKey, gate: str) -> bytes:
    """Ask for a certificate as a good gate does."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, gate)])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.DER)


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

    def certified(self, gate: str, *, age_days: int = 0) -> Identity:
        """Give a gate a certificate as the service would have, so many days ago, and let it be active."""
        key = fresh_key()
        then = datetime.now(UTC) - timedelta(days=age_days)
        made = self.ca.certify(gate, key.public_key(), valid=timedelta(days=398), now=then)
        with self.ledger() as ledger:
            ledger.add_certificate(gate, made.public_bytes(Encoding.DER), now())
            for state in (State.ISSUED, State.INSTALLED, State.ACTIVE):
                ledger.move(gate, state, by="test", why="", at=now())
        return self.keep(key, made)


@dataclass
class Device:
    """Whoever connects with a certificate: a gate, a thief, an operator."""

    house: House
    identity: tuple[Path, Path]
    answers: list[bytes] = field(default_factory=list)
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Connect, and listen to all that the broker lets it hear."""
        self._changed = threading.Condition()
        self._codes: dict[int, int] = {}
        self._subscribed = False
        self.client = stand.outsider(self.house.broker.ca, *self.identity)
        self.client.on_publish = self._published
        self.client.on_message = self._arrived
        self.client.on_subscribe = self._taken
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)

    def __enter__(self) -> Self:
        """Connect."""
        self.client.connect(LOOPBACK, self.house.broker.port)
        self.client.loop_start()
        with self._changed:
            assert self._changed.wait_for(lambda: self._subscribed, stand.PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> int:
        """Publish and return the broker's reason code."""
        mid = self.client.publish(topic, payload, qos=1).mid
        with self._changed:
            assert self._changed.wait_for(lambda: mid in self._codes, stand.PATIENCE_S)
            return self._codes[mid]

    def permitted(self, topic: str, payload: bytes) -> bool:
        """Publish until the broker lets it, for the service may just be writing the access list."""
        return stand.until(lambda: self.publish(topic, payload) != NOT_AUTHORISED)

    def ask(self, gate: str, request: bytes) -> Answer:
        """Send a request and wait for the answer to it."""
        assert self.permitted(enrolment.topic(gate, "request"), request)
        return self.answer(json.loads(request)["nonce"])

    def answer(self, nonce: str) -> Answer:
        """Wait for the answer with this nonce."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._find(nonce) is not None, stand.PATIENCE_S), self.house.log()
            found = self._find(nonce)
        assert found is not None
        return found

    def hears(self, topic: str) -> bool:
        """Wait until this topic has come."""
        with self._changed:
            return self._changed.wait_for(lambda: any(topic == name for name, _ in self.heard), stand.PATIENCE_S)

    def _find(self, nonce: str) -> Answer | None:
        read = (enrolment.read_answer(payload) for payload in self.answers)
        return next((one for one in read if one is not None and one.nonce == nonce), None)

    def _published(self, _c: Client, _u: object, mid: int, code: ReasonCode, _p: Properties) -> None:
        with self._changed:
            self._codes[mid] = int(code.value)
            self._changed.notify_all()

    def _arrived(self, _c: Client, _u: object, message: MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, bytes(message.payload)))
            if message.topic.endswith("/answer"):
                self.answers.append(bytes(message.payload))
            self._changed.notify_all()

    def _taken(self, _c: Client, _u: object, _m: int, _codes: list[ReasonCode], _p: Properties) -> None:
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()


def claimed(sheet: Sheet, key: ec.EllipticCurvePrivateKey | None = None, **other: object) -> bytes:
    """Word a request by a claim; `other` says what a bad one says instead."""
    parts: dict[str, object] = {
        "nonce": secrets.token_hex(16),
        "claim": sheet.claim,
        "csr": csr(key or fresh_key(), sheet.gate),
        "release": "0.1.0",
        "key": sheet.identity.key,
        "certificate": sheet.identity.certificate,
    }
    return enrolment.ask(**(parts | other))  # type: ignore[arg-type]


def renewed(identity: Identity, gate: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Word a renewal."""
    parts = {"nonce": secrets.token_hex(16), "claim": None, "release": "0.1.0", "csr": csr(key, gate)}
    return enrolment.ask(**parts, key=identity.key, certificate=identity.certificate)  # type: ignore[arg-type]


def done(identity: Identity, gate: str, *, passed: bool = True) -> bytes:
    """Word the report of a self-test, with its signed record."""
    step = report.Entry(id="relay", outcome=Outcome.OK if passed else Outcome.FAIL, reason=None if passed else "stuck")
    record = report.Record(
        gate=gate, boot="b", version="0.1.0", config_digest="0" * 64, number=1, way="unattended", steps=[step]
    )
    signed = device.sign(report.render(record), identity.key, identity.certificate, report.AAD)
    outcome = "passed" if passed else "failed"
    steps = {"relay": "ok" if passed else "stuck"}
    return enrolment.render(
        enrolment.Done(nonce=secrets.token_hex(16), outcome=outcome, steps=steps, record=signed)  # type: ignore[arg-type]
    )


def now() -> int:
    """Read the clock."""
    return int(time.time())
