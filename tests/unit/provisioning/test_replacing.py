"""`fleet replace`: the old device's certificate falls in the same change in which the new papers are made."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.signed import codes
from firmware.signed.provision import Provision
from provisioning import authority, founding
from provisioning.__main__ import main
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.cli import now
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.handing.papers import read_codes
from provisioning.mistake import USAGE

if TYPE_CHECKING:
    from pathlib import Path

GATE = "north-1"
STEPS = (State.APPROVED, State.ISSUED, State.INSTALLED, State.ACTIVE)


class Office:
    """An authority, a device CA, an inventory, and a ledger in which one gate is active with a certificate."""

    def __init__(self, folder: Path) -> None:
        """Found it."""
        self.folder = folder
        charter = founding.Charter(name="City", passphrase=None, now=now(), warrant_days=30)
        founding.found(folder / "authority", charter)
        ca = DeviceCa.create()
        (folder / "ca").mkdir()
        ca.write(folder / "ca")
        assert main(["fleet", "template", "--out", str(folder / "fleet.csv")]) == 0
        with closing(Ledger.open(folder / "ledger")) as ledger:
            ledger.enter(GATE, by="desk", at=1)
            for state in STEPS:
                ledger.move(GATE, state, by="desk", why="", at=1)
            certificate = x509.load_pem_x509_certificate(ca.issue(Holder.GATE, GATE).certificate)
            ledger.add_certificate(GATE, certificate.public_bytes(Encoding.DER), 1)

    def replace(self, gate: str = GATE) -> int:
        """Run the command."""
        options = {"ledger": "ledger", "dir": "authority", "device-ca": "ca", "out": "papers.txt"}
        words = [word for name, value in options.items() for word in (f"--{name}", str(self.folder / value))]
        return main(["fleet", "replace", str(self.folder / "fleet.csv"), gate, *words, "--reason", "dead card"])

    def standing(self) -> tuple[State, int, int]:
        """State of the gate, its good certificates and its open claims."""
        with closing(Ledger.open(self.folder / "ledger")) as ledger:
            good = sum(one.revoked is None for one in ledger.certificates(GATE))
            return ledger.gates()[GATE].state, good, len(ledger.claims(now()))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Found one for each test."""
    return Office(tmp_path)


def test_a_new_device_takes_the_place_of_the_old_one(office: Office) -> None:
    """The gate keeps its name, the old certificate is revoked, and the papers are what a blank gate takes."""
    assert office.standing() == (State.ACTIVE, 1, 0)
    assert office.replace() == 0
    assert office.standing() == (State.ISSUED, 0, 1)
    texts = [line.encode() for line in (office.folder / "papers.txt").read_text().splitlines()]
    assert all(codes.is_provisioning(text) for text in texts)
    root = authority.open_authority(office.folder / "authority", None).root
    found = read_codes(texts, root, now())
    assert isinstance(found, Provision)
    assert found.version == 1
    assert office.replace() == 0
    assert office.standing() == (State.ISSUED, 0, 1)


def test_a_refusal_changes_nothing(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """A suspended gate is looked into first: its certificate and its state stay as they were, and no paper is made."""
    with closing(Ledger.open(office.folder / "ledger")) as ledger:
        ledger.suspend(GATE, by="desk", why="claim shown twice", at=2)
    assert office.replace() == USAGE
    assert "suspended" in capsys.readouterr().err
    assert office.standing() == (State.ACTIVE, 1, 0)
    assert not (office.folder / "papers.txt").exists()


@pytest.mark.parametrize(("gate", "says"), [("counter-1", "has had no device"), ("roof-1", "not in the inventory")])
def test_only_a_gate_with_a_device_is_replaced(
    office: Office, gate: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gate that nobody approved, and one that nobody planned, are told apart."""
    assert office.replace(gate) == USAGE
    assert says in capsys.readouterr().err
