"""Gates while the device CA is rotated: the broker is under the old one, certificates come of the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from firmware.signed import codes
from provisioning.broker import rotation
from provisioning.handing.forms import BOOT_FILE
from provisioning.trial.device import Device, wait
from provisioning.trial.office import Office
from tests.broker import stand

if TYPE_CHECKING:
    from pathlib import Path

GATE = "lobby-1"
INSTALLED = "; the desk has it as installed"


def envelope(texts: list[str]) -> bytes:
    """Put the codes of a document together."""
    collector = codes.Collector()
    whole = [collector.take(text.encode()) for text in texts][-1]
    assert isinstance(whole, codes.Whole)
    return whole.envelope


def certified_by(device: Device, ca: x509.Certificate) -> None:
    """See that the identity in force comes of this CA; raises InvalidSignature or ValueError."""
    data = (device.state / "provisioned" / "gate.crt").read_bytes()
    x509.load_pem_x509_certificate(data).verify_directly_issued_by(ca)


def believed(device: Device) -> list[x509.Certificate]:
    """Which CAs the gate believes."""
    return x509.load_pem_x509_certificates((device.state / "provisioned" / "device-ca.crt").read_bytes())


def test_a_gate_is_set_up_in_the_middle_of_a_rotation(tmp_path: Path) -> None:
    """The document on the boot partition names both CAs: the broker is believed, and the new one certifies."""
    stand.require_mosquitto()
    office = Office(tmp_path / "office", GATE)
    folder = office.broker.ca.parent
    rotation.rotate(folder, None)
    newer, older = rotation.believed(folder)
    with office:
        device = Device(tmp_path / "device", office.root, cameras=False)
        (device.folder / "boot" / BOOT_FILE).write_bytes(envelope(office.papers(GATE)))
        with device:
            assert wait((device.state / "provisioned" / "gapura.toml").exists), device.log.read_text()[-2000:]
            assert wait(lambda: office.state(GATE) == "installed")
            assert device.await_said("set-up: test")
    certified_by(device, newer)
    assert believed(device) == [newer, older]


def test_a_working_gate_comes_under_the_new_ca_by_a_document(tmp_path: Path) -> None:
    """Active under the old one; after the rotation new papers over the broker give it both, and a new certificate."""
    stand.require_mosquitto()
    with Office(tmp_path / "office", GATE) as office:
        folder = office.broker.ca.parent
        (older,) = rotation.believed(folder)
        device = Device(tmp_path / "device", office.root, cameras=True)
        (device.folder / "boot" / BOOT_FILE).write_bytes(envelope(office.papers(GATE)))
        with device:
            assert device.await_said(INSTALLED), device.log.read_text()[-2000:]
            assert believed(device) == [older]
            office.stop_service()
            office.broker.stop()
            rotation.rotate(folder, None)
            office.broker.start()
            (office.folder / "broker.pid").write_text(str(office.broker.pid))
            office.start_service()
            office.desire(GATE, envelope(office.papers(GATE, "--again")))
            assert device.await_said(INSTALLED, 2), device.log.read_text()[-2000:]
            assert office.state(GATE) == "installed"
    newer, _ = rotation.believed(folder)
    certified_by(device, newer)
    assert believed(device) == [newer, older]
