"""A gate renews its certificate at the real service and a real broker, whatever comes between."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from firmware.control import draft
from firmware.control.enrolling import Trouble
from firmware.control.identities import CA, CERTIFICATE, CONFIG, DOCUMENT, KEY, OVERLAY, REPORTED, Identities
from firmware.control.identity import read_identity
from firmware.control.renewing import FILE, Renewing, due_at
from firmware.control.setup_tasks import Around
from firmware.control.telling import broker
from firmware.events import Instant
from firmware.records import probe
from firmware.setup.reasons import Why
from firmware.signed import strict_json
from hw import board as hardware
from hw.simulated import SimulatedNetwork
from provisioning.broker.runner import LOOPBACK
from tests.broker import stand
from tests.broker.enrolling import House
from tests.unit.control import blank

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEEN = {"lists": None, "journal": None, "clock": None, "disk": None}
OLD_DAYS = 300


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Start a broker whose fleet is one gate."""
    stand.require_mosquitto()
    with House(tmp_path, "gate-1") as running:
        yield running


def now() -> Instant:
    """Read the clock, which somebody vouches for."""
    second = int(time.time())
    return Instant(1, second, second + 1, "rtc")


def gate(house: House, age_days: int) -> Around:
    """Set a gate up whose certificate is so old."""
    own = house.certified("gate-1", age_days=age_days)
    path = blank.write(house.folder)
    laid: dict[str, object] = {
        "gate": {"id": "gate-1", "area": "lobby"},
        "mqtt": {"host": LOOPBACK, "port": house.broker.port},
    }
    Identities(house.folder / "state").adopt(
        {
            CONFIG: b"",
            CA: house.broker.ca.read_bytes(),
            CERTIFICATE: own.certificate_path.read_bytes(),
            KEY: own.key_path.read_bytes(),
            DOCUMENT: b"the document that it came of",
            OVERLAY: strict_json.render(laid),
            REPORTED: b"{}",
        }
    )
    site = blank.site(path)
    assert site.board is not None
    assert site.config.mqtt is not None
    settings = broker(site.config.mqtt)
    return Around(site.board, site.config, hardware.read, "boot-1", SimulatedNetwork(), now, settings)


def serial(around: Around) -> int:
    """Name the certificate in force."""
    identity = read_identity(around.config)
    assert identity is not None
    return identity.certificate.serial_number


def test_a_certificate_is_renewed_with_a_new_key_and_the_old_one_ends(house: House) -> None:
    """The new one is in force and good at the broker, the old one is revoked, and its key is gone from the disk."""
    with house.serving():
        around = gate(house, OLD_DAYS)
        before, key = serial(around), (around.board.identities.link / KEY).read_bytes()
        renewing = Renewing(around, threading.Event())
        assert renewing.due(now())
        assert renewing.do(SEEN) is None
        assert serial(around) != before
        assert not renewing.due(now())
        assert around.settings is not None
        assert probe.fault(around.settings, "gate-1") is None
    with house.ledger() as ledger:
        assert [one.serial for one in ledger.certificates("gate-1") if one.revoked is not None] == [before]
    renewing.settle()
    left = [path.read_bytes() for path in (house.folder / "state").rglob(KEY)]
    assert key not in left
    assert (around.board.identities.link / REPORTED).exists()


def test_whoever_was_killed_in_between_goes_on_with_the_same_key(house: House) -> None:
    """A key on disk that nobody has heard of, and a certificate that was not proven, both come to one renewal."""
    with house.serving():
        around = gate(house, OLD_DAYS)
        state = house.folder / "state"
        key = draft.new_key()
        draft.keep(state, draft.Draft(document=b"x", key=key), FILE)
        nowhere = replace(around, look=lambda _folder: pytest.fail("killed before it could prove itself"))
        with pytest.raises(pytest.fail.Exception):
            Renewing(nowhere, threading.Event()).do(SEEN)
        held = draft.read(state, FILE)
        assert held is not None
        assert held.certificate is not None
        assert Renewing(around, threading.Event()).due(Instant(1))
        assert Renewing(around, threading.Event()).do(SEEN) is None
        assert x509.load_der_x509_certificate(held.certificate).serial_number == serial(around)
    with house.ledger() as ledger:
        assert len(ledger.certificates("gate-1")) == 2


def test_a_certificate_that_nobody_believes_any_more_is_let_go_of(house: House) -> None:
    """One that was granted, never put in force and then revoked is asked for anew: else no renewal ever came about."""
    with house.serving():
        around = gate(house, OLD_DAYS)
        nowhere = replace(around, look=lambda _folder: pytest.fail("killed before it could prove itself"))
        with pytest.raises(pytest.fail.Exception):
            Renewing(nowhere, threading.Event()).do(SEEN)
        held = draft.read(house.folder / "state", FILE)
        assert held is not None
        spoilt = x509.load_der_x509_certificate(held.certificate or b"").serial_number
        with house.ledger() as ledger:
            ledger.revoke(spoilt, int(time.time()))
        renewing = Renewing(around, threading.Event())
        assert isinstance(renewing.do(SEEN), Trouble)
        assert renewing.do(SEEN) is None
        assert serial(around) != spoilt
        assert around.settings is not None
        assert probe.fault(around.settings, "gate-1") is None


def test_a_renewal_that_does_not_come_about_changes_nothing(house: House) -> None:
    """Not due, or nobody there: the gate is what it was, and the reason is told."""
    around = gate(house, OLD_DAYS)
    before = serial(around)
    assert around.settings is not None
    away = replace(around, settings=replace(around.settings, port=9, connect_timeout_s=1))
    found = Renewing(away, threading.Event()).do(SEEN)
    assert isinstance(found, Trouble)
    assert found.why is Why.BROKER_UNREACHABLE
    assert serial(around) == before
    identity = read_identity(around.config)
    assert identity is not None
    early = due_at(identity.certificate) - 1
    assert not Renewing(around, threading.Event()).due(Instant(1, early, early, "rtc"))
    assert not Renewing(around, threading.Event()).due(Instant(1))
