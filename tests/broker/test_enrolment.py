"""A device comes with a sheet and becomes a gate: at a real broker, by the real service, killed and back again."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from firmware.signed import enrolment
from firmware.signed.enrolment import Granted, Noted
from provisioning.enrolment.alerts import BRANCH
from provisioning.enrolment.numbers import NUMBERS
from provisioning.fleet.lifecycle import State
from tests.broker import stand
from tests.broker.devices import Device
from tests.broker.enrolling import House
from tests.broker.requests_made import Identity, claimed, done, fresh_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Start a broker whose fleet is two gates."""
    stand.require_mosquitto()
    with House(tmp_path, "gate-1", "gate-2") as running:
        yield running


def states(house: House) -> dict[str, State]:
    """Where each gate is."""
    with house.ledger() as ledger:
        return {gate: standing.state for gate, standing in ledger.gates().items()}


def granted(house: House, device: Device, request: bytes, key: object) -> Identity:
    """Ask, and keep what was granted as files."""
    answer = device.ask("gate-1", request)
    assert isinstance(answer, Granted), answer
    certificate = x509.load_der_x509_certificate(answer.certificate)
    assert [x509.load_der_x509_certificate(one) for one in answer.ca] == [house.ca.certificate]
    return house.keep(key, certificate)  # type: ignore[arg-type]


def test_a_sheet_becomes_a_gate(house: House) -> None:
    """Claim, certificate, its own connection, self-test; active when it says itself that it decides, and not before."""
    sheet = house.sheet("gate-1")
    key = fresh_key()
    with house.serving():
        with Device(house, (sheet.identity.certificate_path, sheet.identity.key_path)) as device:
            own = granted(house, device, claimed(sheet, key), key)
        assert states(house)["gate-1"] is State.INSTALLED
        with Device(house, (own.certificate_path, own.key_path)) as gate:
            gate.publish("gapura/1/gate-1/info", b'{"stage": "installed"}', retain=True)
            report = done(own, "gate-1")
            assert gate.permitted(enrolment.topic("gate-1", "done"), report)
            noted = gate.answer(json.loads(report)["nonce"])
            assert noted == Noted(nonce=noted.nonce, noted="passed", state="installed")
            gate.publish("gapura/1/gate-1/info", b'{"stage": "active"}', retain=True)
            assert stand.until(lambda: states(house)["gate-1"] is State.ACTIVE), house.log()
    assert states(house) == {"gate-1": State.ACTIVE, "gate-2": State.APPROVED}


def test_every_number_of_the_service_has_its_name(house: House) -> None:
    """What it publishes of itself is listed, and says what stands in the ledger."""
    house.certified("gate-1", active=False)
    with stand.watching(house.broker, f"{BRANCH}/health") as watcher, house.serving():
        assert watcher.wait(lambda seen: bool(seen and seen[-1].payload), stand.PATIENCE_S), house.log()
        told = json.loads(watcher.seen()[-1].payload)
    assert told.keys() - {number.name for number in NUMBERS} == set()
    assert told.items() >= {"gates_installed": 1, "gates_approved": 1, "suspended": 0, "dropped": 0}.items()


def test_a_gate_that_begins_active_is_so_at_once(house: House) -> None:
    """Its birth came before its self-test, even to a service that was away; one that only says so is not active."""
    own, other = (house.certified(gate, active=False) for gate in ("gate-1", "gate-2"))
    for name, identity in (("gate-1", own), ("gate-2", other)):
        with Device(house, (identity.certificate_path, identity.key_path)) as device:
            device.publish(f"gapura/1/{name}/info", b'{"stage": "active"}', retain=True)
    with house.serving(), Device(house, (own.certificate_path, own.key_path)) as gate:
        report = done(own, "gate-1")
        assert gate.permitted(enrolment.topic("gate-1", "done"), report)
        noted = gate.answer(json.loads(report)["nonce"])
    assert noted == Noted(nonce=noted.nonce, noted="passed", state="active")
    assert states(house) == {"gate-1": State.ACTIVE, "gate-2": State.INSTALLED}


def test_a_killed_service_gives_the_same_certificate_again(house: House) -> None:
    """What was asked while it was dead is answered when it is back, and one key never gets two certificates."""
    sheet = house.sheet("gate-1")
    key = fresh_key()
    request = claimed(sheet, key)
    with Device(house, (sheet.identity.certificate_path, sheet.identity.key_path)) as device:
        with house.serving() as process:
            first = granted(house, device, request, key)
            process.send_signal(signal.SIGKILL)
            process.wait()
        device.answers.clear()
        assert device.permitted(enrolment.topic("gate-1", "request"), request)
        with house.serving():
            again = device.answer(json.loads(request)["nonce"])
    assert isinstance(again, Granted)
    assert x509.load_der_x509_certificate(again.certificate) == first.certificate
    with house.ledger() as ledger:
        assert len(ledger.certificates("gate-1")) == 1
