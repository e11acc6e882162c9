"""What a walk leaves on a disk: progress by one plan, signed records with a bound, and never half a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from firmware.control import archive, mistakes
from firmware.control.config import Config
from firmware.control.identity import read_identity
from firmware.doctor import report
from firmware.doctor.report import Progress, Record
from firmware.signed.device import Said, open_said
from provisioning.broker.certificates import DeviceCa, Holder
from tests.unit.doctor.test_report import DIGEST, ENTRIES, RECORD

if TYPE_CHECKING:
    from pathlib import Path

PROGRESS = Progress(plan=DIGEST, entries=ENTRIES)


def door(folder: Path, ca: DeviceCa, *, made_out_to: str = "gate-1") -> Config:
    """Configure a gate with a certificate and key in a folder."""
    ca.issue(Holder.GATE, made_out_to).write(folder, "gate")
    path = folder / "gapura.toml"
    path.write_text(
        f"""
        gate = {{ id = "gate-1", area = "lobby", state_dir = "{folder}" }}
        relay.pin = 17
        readers.outside = {{ side = "outside", socket = "{folder}/outside.sock" }}
        [mqtt]
        host = "localhost"
        certificate = "{folder}/gate.crt"
        key = "{folder}/gate.key"
        """
    )
    config = mistakes.read(path)
    assert isinstance(config, Config)
    return config


def test_progress_is_kept_by_its_plan(tmp_path: Path) -> None:
    """It comes back for the same plan and for no other, and is gone once forgotten."""
    archive.keep(tmp_path, PROGRESS)
    assert archive.progress(tmp_path, DIGEST) == PROGRESS
    assert archive.progress(tmp_path, "1" * 64) is None
    archive.forget(tmp_path)
    archive.forget(tmp_path)
    assert archive.progress(tmp_path, DIGEST) is None
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("data", [b"", b"{", b"\0" * 100_000, report.render(PROGRESS)[:-9]])
def test_damaged_progress_begins_anew(tmp_path: Path, data: bytes) -> None:
    """Whatever lies there instead is as good as nothing."""
    (tmp_path / archive.PROGRESS).write_bytes(data)
    assert archive.progress(tmp_path, DIGEST) is None


def test_a_signed_record_is_this_gates_word(tmp_path: Path) -> None:
    """The file proves itself under the device CA, and its digest is the one that is told."""
    ca = DeviceCa.create()
    filed = archive.file(tmp_path, RECORD, read_identity(door(tmp_path, ca)))
    assert (filed.path.name, filed.number, filed.signed) == ("commissioning-3.cose", 3, True)
    said = open_said(filed.path.read_bytes(), [x509.load_pem_x509_certificate(ca.certificate_pem)], report.AAD)
    assert isinstance(said, Said)
    assert report.read_record(said.payload) == RECORD
    assert archive.next_number(tmp_path) == 4


def test_without_a_key_of_its_own_a_record_is_not_signed(tmp_path: Path) -> None:
    """A key made out to another gate signs nothing; the record is kept as what it says."""
    identity = read_identity(door(tmp_path, DeviceCa.create(), made_out_to="gate-2"))
    assert identity is None
    filed = archive.file(tmp_path, RECORD, identity)
    assert (filed.path.name, filed.signed) == ("commissioning-3.json", False)
    assert report.read_record(filed.path.read_bytes()) == RECORD


def test_the_oldest_records_make_room(tmp_path: Path) -> None:
    """So many are kept, the last ones, and other files are left alone."""
    (tmp_path / "commissioning-x.cose").touch()
    for _ in range(archive.KEPT + 3):
        number = archive.next_number(tmp_path)
        archive.file(tmp_path, Record.model_validate(RECORD.model_dump() | {"number": number}), None)
    numbers = sorted(int(path.stem.rpartition("-")[2]) for path in tmp_path.glob("commissioning-*.json"))
    assert numbers == list(range(4, archive.KEPT + 4))
    assert (tmp_path / "commissioning-x.cose").exists()
