"""What a card tells a new board: everything is there, nothing is secret, and what is wrong is refused in a line."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from firmware.signed.warrant import render_root
from provisioning import founding
from provisioning.custody import rulings
from provisioning.images import user_data
from provisioning.images.command import SYSTEM
from tests.command import gapura_ops
from tests.unit.house import tree

if TYPE_CHECKING:
    from pathlib import Path

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFy1Y3Zl desk"
UNITS = sorted(path for path in SYSTEM.iterdir() if path.suffix in {".mount", ".service"})


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Lay out what a desk has: a root key and a public key for logins."""
    (tmp_path / "root.pub").write_bytes(render_root(bytes(range(32))))
    (tmp_path / "id.pub").write_text(f"{KEY}\n")
    return tmp_path


def written(folder: Path) -> dict[str, object]:
    """Read the user-data as any YAML reader does, which reads JSON too."""
    first, _, rest = (folder / "user-data").read_text().partition("\n")
    assert first == "#cloud-config"
    found: dict[str, object] = json.loads(rest)
    return found


def made(folder: Path, *more: str | Path) -> dict[str, object]:
    """Make the user-data of a door with a reader on either side."""
    where = ("--root", folder / "root.pub", "--board", "pi4-strike-both", "--out", folder / "user-data")
    ended = gapura_ops("image", "user-data", *where, *more)
    assert ended.code == 0, ended.err
    return written(folder)


def test_a_card_brings_what_its_own_root_has_taken_back(tmp_path: Path) -> None:
    """Byte for byte beside the root; another root's word is refused."""
    ours, other = (founding.found(tmp_path / name, founding.Charter(name, None, 1_767_582_000, 9)) for name in "ab")
    for one in (ours, other):
        rulings.speak(one, one.folder / "root.key", rulings.without_key(b"stolen!!"), now=1_767_582_000)
    (tmp_path / "root.pub").write_bytes((ours.folder / "root.pub").read_bytes())
    said = made(tmp_path, "--authority", ours.folder / "authority.cose")
    files = {one["path"]: one for one in said["write_files"]}  # type: ignore[attr-defined]
    brought = files["/etc/gapura/authority.cose"]
    assert base64.b64decode(brought["content"]) == (ours.folder / "authority.cose").read_bytes()
    assert brought["encoding"] == "b64"
    where = ("--root", tmp_path / "root.pub", "--board", "pi4-strike-both", "--out", tmp_path / "user-data")
    refused = gapura_ops("image", "user-data", *where, "--authority", other.folder / "authority.cose")
    assert (refused.code, "is not this root's word" in refused.err) == (2, True)


def test_a_card_pins_the_customer_s_root_and_says_what_is_wired(desk: Path) -> None:
    """Root key and board file come to lie where a gate looks for them, byte for byte."""
    said = made(desk, "--ssh-key", desk / "id.pub")
    files = {one["path"]: one for one in said["write_files"]}  # type: ignore[attr-defined]
    assert files["/etc/gapura/root.pub"]["content"] == (desk / "root.pub").read_text()
    board = tree.read("provisioning/images/boards/pi4-strike-both.toml")
    assert files["/etc/gapura/gapura.toml"]["content"] == board
    assert said["ssh_authorized_keys"] == [KEY]
    assert said["ssh_pwauth"] is False
    program = files["/usr/local/sbin/gapura-first-boot"]
    assert program["permissions"] == "0755"
    assert program["content"] == (SYSTEM / "gapura-first-boot").read_text()


def test_without_a_key_nobody_logs_in(desk: Path) -> None:
    """No key, no password: the desk is told, and the card says nothing of logins."""
    assert "ssh_authorized_keys" not in made(desk)


def test_everything_of_the_system_is_laid_out() -> None:
    """No file of system/ is forgotten, and none is named that is not there."""
    assert set(user_data.SYSTEM) == {path.name for path in SYSTEM.iterdir()}


@pytest.mark.parametrize(
    ("option", "content", "told"),
    [
        ("--root", "no key\n", "is no root key; it is the root.pub"),
        ("--ssh-key", "openssh-key-v1 abc\n", "name the file that ends in .pub"),
        ("--ssh-key", "\n", "is no list of public keys"),
        ("--board", '[gate]\nid = "lobby-1"\n', "says which gate it is"),
        ("--board", "[gate\n", "mend the TOML there"),
        ("--board", None, "there is no"),
    ],
)
def test_what_makes_no_card_is_refused(desk: Path, option: str, content: str | None, told: str) -> None:
    """One line says what is wrong and what to do, and nothing is written."""
    wrong = desk / "wrong.toml"
    if content is not None:
        wrong.write_text(content)
    options: dict[str, str | Path] = {"--root": desk / "root.pub", "--board": "pi4-strike", "--out": desk / "user-data"}
    options[option] = wrong
    ended = gapura_ops("image", "user-data", *(word for pair in options.items() for word in pair))
    assert (ended.code, ended.out) == (2, b"")
    assert told in ended.err
    assert len(ended.err.splitlines()) == 1
    assert not (desk / "user-data").exists()


def test_the_system_s_units_verify_in_silence(tmp_path: Path) -> None:
    """The service manager understands every line of the mounts and of the first boot."""
    for unit in UNITS:
        text = unit.read_text().replace("/usr/local/sbin/gapura-first-boot", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    argv = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_mount_is_named_after_its_place() -> None:
    """The service manager takes a mount by no other name, and finds what lies on the data partition by its folder."""
    for unit in UNITS:
        if unit.suffix == ".mount":
            where = re.findall(r"^Where=(.+)$", unit.read_text(), re.MULTILINE)
            named = subprocess.run(
                ["systemd-escape", "--path", "--suffix=mount", *where], capture_output=True, check=True
            )
            assert named.stdout.decode().strip() == unit.name


def test_the_gate_waits_for_its_data() -> None:
    """Where its state and releases are mounts, a gate does not start without them."""
    assert "\nRequiresMountsFor=/opt/gapura /var/lib/gapura\n" in tree.read("systemd/gapura.service")
