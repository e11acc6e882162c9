"""A service that is killed at any statement of a request's handling answers the same request as if nothing had been."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from firmware.signed import claim, enrolment
from firmware.signed.enrolment import Granted
from provisioning.broker.certificates import DeviceCa
from provisioning.enrolment.handling import Handler, Rules
from provisioning.fleet import inventory
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from tests.broker.requests_made import csr, fresh_key
from tests.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

GATE, CLAIM = "gate-1", "0123456789abcdef"
NOW = 1_800_000_000
PLAN = """organisation: {id: city, name: City}
sectors: {s: S}
areas: {lobby: {name: Lobby, site: hall}}
gates: {gate-1: {area: lobby, site: hall, sector: s, office: o, door: strike, readers: both, board: b, approved: "yes"}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay out a ledger with a claim, and the request of a device that holds it."""
    ca, key = DeviceCa.create(now=datetime.fromtimestamp(NOW, UTC)), fresh_key()
    ca.write(tmp_path)
    name, then = claim.user(GATE, CLAIM), datetime.fromtimestamp(NOW, UTC)
    own = ca.certify(name, key.public_key(), valid=timedelta(days=1), now=then)
    request = enrolment.ask(
        nonce="0" * 32, claim=CLAIM, csr=csr(fresh_key(), GATE), release="1", key=key, certificate=own
    )
    (tmp_path / "request").write_bytes(request)
    (tmp_path / "topic").write_text(enrolment.topic(GATE, "request"))
    (tmp_path / "now").write_text(str(NOW))
    (tmp_path / "inventory.yaml").write_text(PLAN)
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger.enter(GATE, by="desk", at=NOW)
    ledger.move(GATE, State.APPROVED, by="desk", why="", at=NOW)
    ledger.add_claim(GATE, CLAIM, NOW + 100, by="desk", at=NOW)
    ledger.close()
    return tmp_path


def test_a_kill_at_any_statement_changes_no_answer(folder: Path) -> None:
    """Whatever was on disk, the gate gets one certificate for its key, its claim is used once, and it is installed."""
    command = [sys.executable, "-m", "tests.unit.provisioning.enrolment.killed_handling", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    kills = int(done.stdout)
    assert kills >= 10
    for number in range(1, kills + 1):
        ledger = Ledger.open(folder / f"ledger-{number}.db")
        handler = Handler(ledger, DeviceCa.load_all(folder), Rules())
        request = (folder / "request").read_bytes()
        answer = handler.handle(
            enrolment.topic(GATE, "request"), request, inventory.read(folder / "inventory.yaml"), NOW
        )
        assert answer is not None
        assert isinstance(answer[1], Granted)
        certificates = ledger.certificates(GATE)
        assert [one.der for one in certificates] == [answer[1].certificate]
        standing, used = ledger.standing(GATE), ledger.claim(CLAIM)
        assert standing is not None
        assert used is not None
        assert (standing.state, used.used) == (State.INSTALLED, NOW)
        assert x509.load_der_x509_certificate(answer[1].certificate).serial_number == certificates[0].serial
        ledger.close()
