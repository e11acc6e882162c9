"""The desk's side of a service: cards that a gate takes and a camera reads, and records that are proven or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.doctor import card, report
from firmware.doctor.card import Card
from firmware.events import Instant
from firmware.signed import device, times
from firmware.signed.warrant import parse_root
from hw.reader import decoders, images
from provisioning.broker.certificates import DeviceCa, Holder
from tests.unit.doctor.test_report import RECORD
from tests.unit.provisioning.console import ops

if TYPE_CHECKING:
    from pathlib import Path

MISTAKES = [
    (("--for", "25h"), "--for"),
    (("--for", "0h"), "--for"),
    (("--for", "8"), "--for"),
    (("--technician", "Budi Santoso"), "--technician"),
    (("--gates", "Gate 1"), "--audience"),
    (("--out", "card.gif"), "--out"),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found an authority once."""
    folder = tmp_path_factory.mktemp("desk")
    assert ops("authority", "init", "--dir", folder / "a").code == 0
    return folder


def ordered(authority: Path, *more: str | Path, out: str = "card.txt") -> tuple[str | Path, ...]:
    """Write the command line of a card; what comes later counts."""
    said = ("--gates", "gate-1,gate-2", "--technician", "t-17", "--out", authority / out)
    return ("service-card", "--dir", authority / "a", *said, *more)


def test_a_card_is_what_a_gate_takes(authority: Path) -> None:
    """It counts at the gates it names until it ends, under the root that they pin, and each has the next version."""
    made = ops(*ordered(authority, "--for", "3h"))
    assert made.code == 0, made.err
    code = (authority / "card.txt").read_bytes().removesuffix(b"\n")
    root = parse_root((authority / "a" / "root.pub").read_bytes())
    ends = times.parse(str(made.answer["expires"]))
    assert ends is not None
    last, over = (Instant(0, at, at, "test") for at in (ends - 1, ends))
    assert card.read(code, root=root, gate="gate-2", now=last) == Card("t-17")
    assert not isinstance(card.read(code, root=root, gate="gate-3", now=last), Card)
    assert not isinstance(card.read(code, root=root, gate="gate-2", now=over), Card)
    assert (authority / "card.txt").stat().st_mode & 0o777 == 0o600
    again = ops(*ordered(authority))
    assert int(str(again.answer["version"])) == int(str(made.answer["version"])) + 1


def test_an_operator_makes_cards_only_by_right(authority: Path) -> None:
    """With a key of their own, and only where the warrant names cards; gates take them as they take the authority's."""
    made = authority / "a" / "operators"
    for name, duty in (("lead-1", "technician"), ("guard-2", "all")):
        assert ops("authority", "operator", "--dir", authority / "a", "--name", name, "--ops", duty).code == 0
    out = authority / "own.txt"
    said = ("service-card", "--gates", "gate-1", "--technician", "t-17", "--out", out, "--operator")
    card_of = ops(*said, made / "lead-1")
    assert card_of.code == 0, card_of.err
    root = parse_root((authority / "a" / "root.pub").read_bytes())
    ends = times.parse(str(card_of.answer["expires"]))
    assert ends is not None
    now = Instant(0, ends - 1, ends - 1, "test")
    assert card.read(out.read_bytes().removesuffix(b"\n"), root=root, gate="gate-1", now=now) == Card("t-17")
    refused = ops(*said, made / "guard-2")
    assert (refused.code, refused.out, "service" in refused.err) == (2, "", True)


def test_a_printed_card_is_read_by_the_camera_s_decoder(authority: Path) -> None:
    """The page that is printed holds one code, and it is a card."""
    assert ops(*ordered(authority, out="card.png")).code == 0
    found = decoders.build("zxing").decode(images.load((authority / "card.png").read_bytes()))
    assert [card.is_card(one.data) for one in found] == [True]


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_a_card_can_be_printed_otherwise(authority: Path, suffix: str) -> None:
    """Each form is written, and says in words that it opens nothing."""
    out = f"card.{suffix}"
    assert ops(*ordered(authority, out=out)).code == 0
    data = (authority / out).read_bytes()
    assert data.startswith({"svg": b"<?xml", "pdf": b"%PDF"}[suffix])
    assert suffix == "pdf" or b"It opens no door." in data


@pytest.mark.parametrize(("more", "names"), MISTAKES)
def test_a_mistake_is_one_line_that_names_its_option(authority: Path, more: tuple[str, ...], names: str) -> None:
    """What no card can say is refused before anything is signed."""
    before = (authority / "a" / "versions.json").read_bytes()
    ran = ops(*ordered(authority, *more))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran.err
    assert names in ran.err
    assert (authority / "a" / "versions.json").read_bytes() == before


@dataclass(frozen=True)
class Signer:
    """A device CA in a folder, and what its gate signs."""

    folder: Path
    ca: DeviceCa

    def sign(self, record: report.Record | bytes, holder: str = "gate-1", aad: bytes = report.AAD) -> Path:
        """Sign a record as a gate and put it into a file."""
        issued = self.ca.issue(Holder.GATE, holder)
        key = load_pem_private_key(issued.key, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        payload = record if isinstance(record, bytes) else report.render(record)
        path = self.folder / "record.cose"
        path.write_bytes(device.sign(payload, key, x509.load_pem_x509_certificate(issued.certificate), aad))
        return path

    def verify(self, path: Path, ca: str = "device-ca.crt") -> tuple[int, str, str]:
        """Ask the desk."""
        ran = ops("commissioning", "verify", path, "--ca", self.folder / ca)
        return ran.code, ran.out, ran.err


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """Make a device CA, and another one."""
    for name, stem in ((tmp_path, "device-ca"), (tmp_path / "other", "other")):
        name.mkdir(exist_ok=True)
        made = DeviceCa.create()
        made.write(name)
        (tmp_path / f"{stem}.crt").write_bytes(made.certificate_pem)
    return Signer(tmp_path, DeviceCa.load(tmp_path))


def test_a_record_is_proven_and_told(signer: Signer) -> None:
    """Gate, technician and the outcome of each step come out; a step that failed is no reason to doubt the record."""
    path = signer.sign(RECORD)
    ran = ops("commissioning", "verify", path, "--ca", signer.folder / "device-ca.crt")
    assert (ran.code, ran.err) == (0, "")
    told = ran.answer
    assert (told["gate"], told["technician"], told["passed"]) == ("gate-1", "t-17", False)
    assert [(one["id"], one["outcome"]) for one in told["steps"]] == [  # type: ignore[attr-defined]
        (one.id, one.outcome) for one in RECORD.steps
    ]


def altered(signer: Signer) -> dict[str, tuple[Path, str]]:
    """Give each thing that is no proof: a file and the CA it is held against."""
    good = signer.sign(RECORD).read_bytes()

    def kept(name: str, data: bytes) -> Path:
        path = signer.folder / name
        path.write_bytes(data)
        return path

    def signed(name: str, record: report.Record | bytes, **how: str | bytes) -> Path:
        return kept(name, signer.sign(record, **how).read_bytes())  # type: ignore[arg-type]

    late = RECORD.model_copy(update={"ended": "2020-01-01T00:00:00Z"})
    return {
        "a-byte": (kept("a", good.replace(b"too_hot", b"too_hut")), "device-ca.crt"),
        "the-outcome": (kept("b", good.replace(b'"fail"', b'"okay"')), "device-ca.crt"),
        "cut": (kept("c", good[:-1]), "device-ca.crt"),
        "longer": (kept("d", good + b"\0"), "device-ca.crt"),
        "another-ca": (kept("e", good), "other.crt"),
        "another-gate": (signed("f", RECORD, holder="gate-2"), "device-ca.crt"),
        "another-purpose": (signed("g", RECORD, aad=b"gapura:commissioning:2"), "device-ca.crt"),
        "no-record": (signed("h", b'{"say":"hello"}'), "device-ca.crt"),
        "out-of-time": (signed("i", late), "device-ca.crt"),
        "unsigned": (kept("j", report.render(RECORD)), "device-ca.crt"),
    }


def test_whatever_was_altered_proves_nothing(signer: Signer) -> None:
    """Each change ends with 1 and one line, and nothing is told as if it were true."""
    for name, (path, ca) in altered(signer).items():
        code, out, err = signer.verify(path, ca)
        assert (code, out, err.count("\n")) == (1, "", 1), (name, err)


def test_a_ca_that_is_none_is_a_mistake(signer: Signer) -> None:
    """A file that holds no certificate, or is not there, is the caller's mistake and not the record's."""
    path = signer.sign(RECORD)
    (signer.folder / "nothing.crt").write_text("nothing")
    assert [signer.verify(path, ca)[0] for ca in ("nothing.crt", "gone.crt")] == [2, 2]
