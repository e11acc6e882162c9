"""Another device CA beside the old one: which issues, which are believed, and when the old one may go."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.signed.device import DeviceRefusal, gate_key
from provisioning.broker import at_rest, rotation
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.fleet.ledger import Ledger
from provisioning.mistake import OperatorError
from tests.unit.provisioning.console import typed

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"correct horse"


def gate(ca: DeviceCa, name: str) -> x509.Certificate:
    """A gate's certificate."""
    return x509.load_pem_x509_certificate(ca.issue(Holder.GATE, name).certificate)


def holder(one: x509.Certificate, cas: list[x509.Certificate]) -> str:
    """Whose certificate it is under these CAs, or why it is nobody's."""
    found = gate_key(one, cas)
    return found.value if isinstance(found, DeviceRefusal) else found[0]


def test_the_new_ca_issues_and_both_are_believed_until_the_old_one_is_retired(tmp_path: Path) -> None:
    """Certificates of either hold under the bundle; the old CA goes when nothing runs on it, and its key with it."""
    DeviceCa.create().write(tmp_path, SECRET)
    before = gate(DeviceCa.load(tmp_path, SECRET), "gate-1")
    rotation.rotate(tmp_path, SECRET)
    after = gate(DeviceCa.load(tmp_path, SECRET), "gate-2")
    cas = rotation.believed(tmp_path)
    assert [holder(one, cas) for one in (before, after)] == ["gate-1", "gate-2"]
    assert holder(after, cas[1:]) == DeviceRefusal.UNKNOWN_CA
    standing = rotation.status(tmp_path, [before, after])
    assert [(one.name, one.issues, one.holders) for one in standing] == [
        ("Gapura device CA 2", True, ("gate-2",)),
        ("Gapura device CA", False, ("gate-1",)),
    ]
    with pytest.raises(OperatorError, match="holds two CAs already"):
        rotation.rotate(tmp_path, SECRET)
    with pytest.raises(OperatorError, match=r"still run \(gate-1\)"):
        rotation.retire(tmp_path, [before, after])
    assert rotation.retire(tmp_path, [before, after], now=datetime.now(UTC) + timedelta(days=399)) == "Gapura device CA"
    assert [path.name for path in tmp_path.glob("*.key")] == [f"device-ca-{cas[0].serial_number:x}.key"]
    rotation.rotate(tmp_path, SECRET)
    assert rotation.status(tmp_path, [])[0].name == "Gapura device CA 3"


def test_the_brokers_own_key_is_certified_again_for_the_same_addresses(tmp_path: Path) -> None:
    """By the new CA; what is revoked is listed by both CAs then, and a gate's certificate is none of a broker."""
    ca = DeviceCa.create()
    ca.write(tmp_path)
    before = x509.load_pem_x509_certificate(
        ca.issue(Holder.BROKER, "broker", addresses=("mqtt.example", "10.0.0.7")).write(tmp_path)[0].read_bytes()
    )
    (tmp_path / "crl").write_bytes(ca.revocation_list([(7, 1_767_582_000)]))
    rotation.rotate(tmp_path, None)
    made = rotation.renew_broker(tmp_path, None, days=9)
    assert x509.load_pem_x509_certificate((tmp_path / "broker.crt").read_bytes()) == made
    made.verify_directly_issued_by(rotation.believed(tmp_path)[0])
    wanted = x509.SubjectAlternativeName
    assert made.public_key() == before.public_key()
    assert made.extensions.get_extension_for_class(wanted) == before.extensions.get_extension_for_class(wanted)
    parts = (tmp_path / "crl").read_bytes().split(b"-----BEGIN")[1:]
    lists = [x509.load_pem_x509_crl(b"-----BEGIN" + part) for part in parts]
    assert [one.issuer for one in lists] == [one.subject for one in rotation.believed(tmp_path)]
    assert [[each.serial_number for each in one] for one in lists] == [[7], [7]]
    (tmp_path / "broker.crt").write_bytes(ca.issue(Holder.GATE, "gate-1").certificate)
    with pytest.raises(OperatorError, match="not the certificate of a broker"):
        rotation.renew_broker(tmp_path, None, days=9)


def test_both_keys_open_with_one_passphrase_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    """Whoever rotates with another passphrase is refused before anything is made."""
    DeviceCa.create().write(tmp_path, SECRET)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OperatorError, match="does not open"):
        rotation.rotate(tmp_path, b"battery staple")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    rotation.rotate(tmp_path, SECRET)
    assert len(DeviceCa.load_all(tmp_path, SECRET)) == 2
    for path in tmp_path.glob("*.key"):
        assert load_pem_private_key(path.read_bytes(), at_rest.secret(tmp_path, SECRET)) is not None
        with pytest.raises(ValueError, match=r"."):
            load_pem_private_key(path.read_bytes(), SECRET)


def test_a_folder_of_an_earlier_release_is_rotated_by_its_passphrase_alone(tmp_path: Path) -> None:
    """Where nothing says how it is stretched, it is not."""
    ca = DeviceCa.create()
    ca.write_key(tmp_path / at_rest.KEY, SECRET)
    (tmp_path / rotation.BUNDLE).write_bytes(ca.certificate_pem)
    rotation.rotate(tmp_path, SECRET)
    assert len(DeviceCa.load_all(tmp_path, SECRET)) == 2
    assert not (tmp_path / at_rest.FILE).exists()


def test_the_command_tells_what_hangs_on_which_ca(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the certificates in its folder, or from those that are named; what is no certificate is said in one line."""
    DeviceCa.create().write(tmp_path)
    DeviceCa.load(tmp_path).issue(Holder.GATE, "gate-1").write(tmp_path)
    status = typed(capsys, "authority", "ca", "status", "--device-ca", tmp_path)
    assert (status.code, status.answer["holders"], status.answer["issues"]) == (0, ["gate-1"], True)
    assert typed(capsys, "authority", "ca", "rotate", "--device-ca", tmp_path).answer["cas"] == [
        "Gapura device CA 2",
        "Gapura device CA",
    ]
    refused = typed(capsys, "authority", "ca", "retire", "--device-ca", tmp_path)
    assert (refused.code, "(gate-1)" in refused.err) == (2, True)
    ledger = Ledger.open(tmp_path / "ledger.db")
    for name in ("gate-2", "gate-3"):
        ledger.enter(name, by="desk", at=1)
        given = gate(DeviceCa.load(tmp_path), name)
        ledger.add_certificate(name, given.public_bytes(serialization.Encoding.DER), 2)
    ledger.revoke("gate-3", 3)
    ledger.close()
    words = ("authority", "ca", "status", "--device-ca", tmp_path, "--ledger", tmp_path / "ledger.db")
    assert [json.loads(line)["holders"] for line in typed(capsys, *words).out.splitlines()] == [["gate-2"], ["gate-1"]]
    (tmp_path / "rubbish.crt").write_text("rubbish")
    assert "holds no certificate" in typed(capsys, "authority", "ca", "status", "--device-ca", tmp_path).err
