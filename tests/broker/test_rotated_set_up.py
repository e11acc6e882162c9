"""A blank gate while the device CA is rotated: the broker is under the old one, the gate's certificate of the new."""

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


def test_a_gate_is_set_up_in_the_middle_of_a_rotation(tmp_path: Path) -> None:
    """The document on the boot partition names both CAs: the broker is believed, and the new one certifies."""
    stand.require_mosquitto()
    office = Office(tmp_path / "office", GATE)
    folder = office.broker.ca.parent
    rotation.rotate(folder, None)
    newer, older = rotation.believed(folder)
    with office:
        collector = codes.Collector()
        whole = [collector.take(text.encode()) for text in office.papers(GATE)][-1]
        assert isinstance(whole, codes.Whole)
        device = Device(tmp_path / "device", office.root, cameras=False)
        (device.folder / "boot" / BOOT_FILE).write_bytes(whole.envelope)
        with device:
            assert wait((device.state / "provisioned" / "gapura.toml").exists), device.log.read_text()[-2000:]
            assert wait(lambda: office.state(GATE) in {"installed", "active"})
            assert device.await_said("set-up: test")
    kept = device.state / "provisioned"
    certificate = x509.load_pem_x509_certificate((kept / "gate.crt").read_bytes())
    certificate.verify_directly_issued_by(newer)
    assert x509.load_pem_x509_certificates((kept / "device-ca.crt").read_bytes()) == [newer, older]
