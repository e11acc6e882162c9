"""An authority is founded whole or not at all, is never overwritten, and its keys open only for who may open them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from firmware.signed import warrant
from firmware.signed.envelope import Kind
from firmware.signed.warrant import GRANTED, Role
from provisioning import authority, documents, files, founding, vault
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_767_582_000
CHARTER = founding.Charter(name="City Hall", passphrase=None, now=NOW, warrant_days=30)
LOCKED = founding.Charter(name="City Hall", passphrase=b"correct horse", now=NOW, warrant_days=30)


def test_a_new_authority_has_every_key_and_its_warrant(tmp_path: Path) -> None:
    """Each role's key is the one its warrant names, under the root that gates will pin."""
    made = founding.found(tmp_path / "a", CHARTER)
    root = warrant.parse_root((made.folder / "root.pub").read_bytes())
    assert root == made.root
    for role in GRANTED:
        _, granted = made.warrant(role)
        assert granted.key == made.signer(role).public_key().public_bytes_raw()
        assert (granted.role, granted.root) == (role, root)
        assert granted.not_before < NOW < granted.not_after == NOW + 30 * 86_400


def test_an_authority_is_its_owners_alone(tmp_path: Path) -> None:
    """Folders are 0700 and every file but public ones 0600."""
    made = founding.found(tmp_path / "a", CHARTER)
    for path in (made.folder, *made.folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        public = path.suffix in {".pub", ".warrant"}
        assert mode == (0o700 if path.is_dir() else 0o644 if public else 0o600), path


def test_keys_are_encrypted_under_the_passphrase(tmp_path: Path) -> None:
    """With a passphrase no key file opens without it, nor with it unstretched; without one they open."""
    locked = founding.found(tmp_path / "locked", LOCKED)
    for path in (locked.folder / "root.key", locked.folder / "keys" / "trust.key"):
        with pytest.raises(TypeError):
            load_pem_private_key(path.read_bytes(), None)
        # Once in 256 keys the wrong password leaves a padding that fits, and the library's words are others.
        with pytest.raises(ValueError, match=r"."):
            load_pem_private_key(path.read_bytes(), LOCKED.passphrase)
    reopened = authority.open_authority(locked.folder, LOCKED.passphrase)
    assert reopened.signer(Role.TRUST).public_key() == locked.signer(Role.TRUST).public_key()
    assert authority.is_encrypted(locked.folder)
    bare = founding.found(tmp_path / "bare", CHARTER)
    assert load_pem_private_key((bare.folder / "root.key").read_bytes(), None) is not None
    assert not authority.is_encrypted(bare.folder)


@pytest.mark.parametrize("passphrase", [None, b"", b"Correct horse", b"correct horse\n"])
def test_another_passphrase_does_not_open(tmp_path: Path, passphrase: bytes | None) -> None:
    """A missing or wrong passphrase is one clear line."""
    founding.found(tmp_path / "a", LOCKED)
    with pytest.raises(OperatorError, match="--passphrase-file"):
        authority.open_authority(tmp_path / "a", passphrase).signer(Role.TRUST)


def test_an_authority_is_never_overwritten(tmp_path: Path) -> None:
    """Founding where something is changes nothing there and leaves nothing behind."""
    made = founding.found(tmp_path / "a", CHARTER)
    before = {path: path.read_bytes() for path in made.folder.rglob("*") if path.is_file()}
    (tmp_path / "file").write_text("mine")
    for taken in ("a", "file"):
        with pytest.raises(OperatorError, match="not empty"):
            founding.found(tmp_path / taken, CHARTER)
    assert {path: path.read_bytes() for path in made.folder.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "file"]


def test_an_empty_folder_may_become_one(tmp_path: Path) -> None:
    """A folder prepared with mkdir is filled, and parents that are missing are made."""
    (tmp_path / "empty").mkdir(mode=0o755)
    assert stat.S_IMODE(founding.found(tmp_path / "empty", CHARTER).folder.stat().st_mode) == 0o700
    assert founding.found(tmp_path / "x" / "y", CHARTER).folder.is_dir()


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    """If the authority cannot be made whole, no part of it stays."""
    nonsense = founding.Charter(name="x", passphrase=None, now=0, warrant_days=1)
    with pytest.raises(ValueError, match="1970"):
        founding.found(tmp_path / "a", nonsense)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OperatorError):
        founding.found(tmp_path / "file" / "a", CHARTER)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_versions_only_grow(tmp_path: Path) -> None:
    """Every document gets a version of its own, also when many ask at once, and kinds count apart."""
    made = founding.found(tmp_path / "a", CHARTER)
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _: made.next_version(Kind.TRUST), range(20)))
    assert sorted(given) == list(range(1, 21))
    assert made.next_version(Kind.POLICY) == 1


BREAKAGES = {
    "authority.json": b"{}",
    "versions.json": b'{"versions":{"trust":"x"}}',
    "issuers.json": b'{"issuers":[]}',
    "keys/trust.key": b"nothing",
    "warrants/trust.warrant": b"nothing",
}


@pytest.mark.parametrize("name", BREAKAGES)
@pytest.mark.parametrize("how", ["wrong", "noise", "gone"])
def test_a_damaged_authority_says_which_file(tmp_path: Path, name: str, how: str) -> None:
    """A file that is wrong, noise or missing is named, and nothing is signed."""
    path = founding.found(tmp_path / "a", CHARTER).folder / name
    path.unlink()
    if how != "gone":
        path.write_bytes(BREAKAGES[name] if how == "wrong" else b"\xff\x00")
    with pytest.raises(OperatorError) as caught:
        documents.build_trust(authority.open_authority(tmp_path / "a", None), now=NOW, valid_days=1)
    expected = str(path) if name != "authority.json" or how != "gone" else "authority init"
    assert expected in caught.value.lines[0]


def test_swapped_keys_are_noticed(tmp_path: Path) -> None:
    """A document whose key and warrant do not belong together never leaves."""
    made = founding.found(tmp_path / "a", CHARTER)
    (made.folder / "keys" / "trust.key").write_bytes((made.folder / "keys" / "policy.key").read_bytes())
    with pytest.raises(OperatorError, match="bad_signature"):
        documents.build_trust(made, now=NOW, valid_days=1)


def test_an_expired_warrant_signs_nothing(tmp_path: Path) -> None:
    """After its warrant is over a key is of no use, and the desk says so before a gate does."""
    made = founding.found(tmp_path / "a", CHARTER)
    with pytest.raises(OperatorError, match="warrant for trust"):
        documents.build_trust(made, now=NOW + 31 * 86_400, valid_days=1)


def test_a_document_too_long_for_a_gate_is_refused(tmp_path: Path) -> None:
    """What a gate would not read takes no version and is not signed."""
    made = founding.found(tmp_path / "a", CHARTER)
    with pytest.raises(OperatorError, match="longer than"):
        documents.seal(made, Kind.CONFIG, {"x": "y" * (1 << 20)}, now=NOW, valid_s=86_400)
    assert made.next_version(Kind.CONFIG) == 1


@pytest.mark.parametrize("text", [b"", b"\n", b"one\ntwo\n", b"x" * 2000])
def test_a_passphrase_is_one_line(tmp_path: Path, text: bytes) -> None:
    """An empty, a longer and a far too long file hold no passphrase."""
    path = tmp_path / "p"
    path.write_bytes(text)
    with pytest.raises(OperatorError, match=r"passphrase|longer"):
        vault.read_passphrase(path)


@pytest.mark.parametrize("text", [b"pass word", b"pass word\n", b"pass word\r\n"])
def test_a_line_end_is_no_part_of_a_passphrase(tmp_path: Path, text: bytes) -> None:
    """The file may end its line as any editor does."""
    (tmp_path / "p").write_bytes(text)
    assert vault.read_passphrase(tmp_path / "p") == b"pass word"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """What cannot be put in its place leaves the old content and no temporary file."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(OperatorError, match="cannot write"):
        files.write(tmp_path / "folder", b"new")
    files.write(tmp_path / "f", b"one")
    files.write(tmp_path / "f", b"two", files.PRIVATE)
    assert (tmp_path / "f").read_bytes() == b"two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "folder"]
