"""`gapura-ops release`: from a folder to an order that a gate takes, and what each command says when it cannot."""

from __future__ import annotations

import json
import shutil
import stat
import time
from typing import TYPE_CHECKING

import pytest
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Targets

from firmware.signed.envelope import Document, Kind, open_envelope, read_body
from firmware.updating.order import Order
from provisioning import founding
from provisioning.__main__ import main
from provisioning.releases import building
from provisioning.releases.keys import folder_of
from provisioning.releases.repository import Repository, Thresholds
from tests.updating import releases

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000
PASSPHRASE = "some words that nobody guesses"


class Bench:
    """An authority with a passphrase, and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Take the folder."""
        self.folder, self._capsys = folder, capsys
        self.secret = folder / "secret"

    def run(
        self, command: str, *words: str | Path, repository: bool = True
    ) -> tuple[int, list[dict[str, object]], str]:
        """Run `release COMMAND` and give exit code, answers and words."""
        place = ("--repository", self.folder / "repository") if repository else ()
        keys = ("--dir", self.folder / "authority", "--passphrase-file", self.secret) if command != "status" else ()
        base = ("release", command, *keys)
        code = main([str(word) for word in (*base, *place, *words)])
        said = self._capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    def add(self, version: str, *more: str | Path) -> tuple[int, list[dict[str, object]], str]:
        """Add a small release."""
        built = releases.make(self.folder / version, version)
        return self.run("add", "--version", version, "--machine", "aarch64", "--python", "3.13", *more, built)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and a repository whose root three keys have, two of which sign."""
    folder = tmp_path_factory.mktemp("founded")
    (folder / "secret").write_text(PASSPHRASE)
    (folder / "secret").chmod(0o600)
    charter = founding.Charter("Test", PASSPHRASE.encode(), NOW - 900_000_000, 36_000)
    authority = founding.found(folder / "authority", charter)
    Repository(folder / "repository", authority, (folder_of(authority),), int(time.time())).found(
        {"root": Thresholds(3, 2)}
    )
    return folder


@pytest.fixture
def bench(tmp_path: Path, founded: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    """A copy of it, with the command line."""
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    return Bench(tmp_path, capsys)


def test_a_repository_is_made_with_as_many_keys_as_were_asked_for(bench: Bench) -> None:
    """What is to be pinned is named."""
    shutil.rmtree(bench.folder / "repository")
    shutil.rmtree(bench.folder / "authority" / "releases")
    code, (answer,), _ = bench.run("init", "--root", "2/3", "--targets", "1/2")
    assert code == 0
    assert answer["keys"] == {"root": 3, "snapshot": 1, "targets": 2, "timestamp": 1}
    assert str(answer["pin"]).endswith("/metadata/1.root.json")


def test_a_release_is_added_and_listed(bench: Bench) -> None:
    """What was added is vouched for, listed newest last, and its number is taken."""
    assert bench.add("0.10.0")[0] == bench.add("0.2.0")[0] == 0
    code, lines, _ = bench.run("status")
    assert code == 0
    assert [line["release"] for line in lines[:-1]] == ["0.2.0", "0.10.0"]
    assert lines[-1]["root"] == 1
    (bench.folder / "0.2.0").rename(bench.folder / "moved")
    code, answers, said = bench.add("0.2.0")
    assert (code, answers) == (2, [])
    assert "needs a number of its own" in said


def test_keys_are_encrypted_and_for_their_owner_alone(bench: Bench) -> None:
    """No key of the repository lies open, and none can be read by others."""
    kept = list((bench.folder / "authority" / "releases").iterdir())
    assert len(kept) == 6
    assert all(b"ENCRYPTED" in key.read_bytes() for key in kept)
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in kept)


def test_too_few_keys_are_said_before_anything_changes(bench: Bench, tmp_path: Path) -> None:
    """A role that two must sign is not signed by one, and whoever brings the other goes on."""
    away = tmp_path / "away"
    away.mkdir()
    for key in sorted((bench.folder / "authority" / "releases").glob("root-*"))[:2]:
        key.rename(away / key.name)
    before = sorted(path.name for path in (bench.folder / "repository" / "metadata").iterdir())
    code, _, said = bench.run("rotate", "targets")
    assert code == 2
    assert "root is signed by 2 of 3 keys and 1 are here" in said
    assert sorted(path.name for path in (bench.folder / "repository" / "metadata").iterdir()) == before
    assert bench.run("rotate", "--keys", away, "targets")[0] == 0


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_a_rotated_key_signs_no_more(bench: Bench, role: str) -> None:
    """The new root is signed by the old one's keys, and what is published by the new ones."""
    bench.add("0.2.0")
    metadata = bench.folder / "repository" / "metadata"
    old = Metadata[Root].from_file(str(metadata / "1.root.json"))
    assert bench.run("rotate", role)[0] == 0
    new = Metadata[Root].from_file(str(metadata / "2.root.json"))
    old.signed.verify_delegate("root", new.signed_bytes, new.signatures)
    new.signed.verify_delegate("root", new.signed_bytes, new.signatures)
    assert not set(old.signed.roles[role].keyids) & set(new.signed.roles[role].keyids)
    targets = Metadata[Targets].from_file(str(metadata / "3.targets.json"))
    new.signed.verify_delegate("targets", targets.signed_bytes, targets.signatures)
    if role == "targets":
        before = Metadata[Targets].from_file(str(metadata / "2.targets.json"))
        with pytest.raises(UnsignedMetadataError):
            new.signed.verify_delegate("targets", before.signed_bytes, before.signatures)
    assert bench.run("timestamp")[0] == 0


def test_an_order_is_one_that_a_gate_takes(bench: Bench) -> None:
    """It is sealed by the role that may, and says what was asked for."""
    out = bench.folder / "order.cose"
    words = ("--release", "0.2.0", "--from", "https://updates.example/r", "--window", "22:00-05:00", "--out", out)
    code, (answer,), _ = bench.run("sign", *words, "--not-before", "2027-01-15T22:00+07:00", repository=False)
    assert code == 0
    document = open_envelope(out.read_bytes(), Kind.UPDATE, root=None, gate=None, now=None)
    assert isinstance(document, Document)
    order = read_body(document, Order)
    assert isinstance(order, Order)
    assert (order.release, order.window, order.not_before) == ("0.2.0", "22:00-05:00", 1_800_025_200)
    assert answer["digest"] == document.digest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "http://updates.example"), "repository: "),
        (("--from", "https://updates.example", "--window", "night"), "window: "),
    ],
)
def test_an_order_that_no_gate_would_take_is_not_signed(bench: Bench, words: tuple[str, ...], said: str) -> None:
    """The mistake is said in one line, and no version is taken for it."""
    versions = (bench.folder / "authority" / "versions.json").read_bytes()
    out = bench.folder / "order.cose"
    code, answers, told = bench.run("sign", "--release", "0.2.0", *words, "--out", out, repository=False)
    assert (code, answers) == (2, [])
    assert said in told
    assert not out.exists()
    assert (bench.folder / "authority" / "versions.json").read_bytes() == versions


def test_the_same_folder_is_the_same_file(tmp_path: Path) -> None:
    """Neither time nor owner nor order of the disk gets into it, and the interpreter's links stay out."""
    made = []
    for name in ("one", "two"):
        folder = releases.make(tmp_path / name, "0.2.0")
        with (tmp_path / f"{name}.gz").open("wb") as out:
            building.build(folder, out)
        made.append((tmp_path / f"{name}.gz").read_bytes())
    assert made[0] == made[1]
    assert b"python3" not in made[0]


def test_what_leads_out_of_a_release_is_not_packed(bench: Bench) -> None:
    """A link that no gate would make is said at the desk, and nothing is added."""
    built = releases.make(bench.folder / "bad", "0.2.0")
    (built / "secret").symlink_to("/etc/shadow")
    code, _, said = bench.run("add", "--version", "0.2.0", "--machine", "aarch64", "--python", "3.13", built)
    assert code == 2
    assert "leads out of the release" in said
    assert not list((bench.folder / "repository" / "targets").rglob("*.gz"))


def test_a_second_repository_is_not_made_over_the_first(bench: Bench) -> None:
    """What is there stays as it is."""
    code, _, said = bench.run("init")
    assert code == 2
    assert "stays as it is" in said
