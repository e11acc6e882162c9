"""A card's image out of a small one that is laid out like Raspberry Pi OS, looked at by other programs than ours."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from provisioning.images import card, partitions
from provisioning.images.partitions import SECTOR, run
from provisioning.mistake import OperatorError
from tests.command import gapura_ops
from tests.unit.provisioning.images import raspios
from tests.unit.provisioning.images.raspios import MIB, ROOT_MIB

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Lay a small image out, and what belongs on its card beside it."""
    image = raspios.lay(tmp_path)
    (tmp_path / "user-data").write_text("#cloud-config\n{}\n")
    (tmp_path / "gapura_1_arm64.deb").write_bytes(b"a package" * 1000)
    return image


def order(folder: Path, **more: str | int) -> list[str]:
    """Spell the options of `image card`."""
    options: dict[str, object] = {
        "image": folder / "raspios.img", "user-data": folder / "user-data", "deb": folder / "gapura_1_arm64.deb",
        "out": folder / "card.img", "root-mib": 48, "data-mib": 24,
    }  # fmt: skip
    options |= {name.replace("_", "-"): value for name, value in more.items()}
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def test_a_card_is_made_without_being_root(published: Path) -> None:
    """Root has its room, the data lie behind it under their label, the boot partition has what the first boot needs."""
    folder = published.parent
    ended = gapura_ops("image", "card", *order(folder))
    assert ended.code == 0, ended.err
    image = folder / "card.img"
    table = json.loads(run("sfdisk", "--json", str(image)))["partitiontable"]
    assert table["id"] == "0x4e639091"
    boot, root, data = (partitions.Partition(one["start"], one["size"]) for one in table["partitions"])
    assert (root.size * SECTOR, data.size * SECTOR) == (48 * MIB, 24 * MIB)
    assert data.start % 8192 == 0
    at = f"{image}@@{boot.start * SECTOR}"
    assert run("mtype", "-i", at, "::user-data") == "#cloud-config\n{}\n"
    assert run("mtype", "-i", at, "::meta-data").startswith("instance-id: ")
    cmdline = run("mtype", "-i", at, "::cmdline.txt").split()
    assert cmdline == ["console=tty1", "root=PARTUUID=4e639091-02", "rootfstype=ext4", "rootwait", "quiet"]
    run("mcopy", "-i", at, "::gapura/gapura_1_arm64.deb", str(folder / "back.deb"))
    assert (folder / "back.deb").read_bytes() == (folder / "gapura_1_arm64.deb").read_bytes()
    for name, part in {"root": root, "data": data}.items():
        partitions.take(image, part, folder / name)
        assert run("e2fsck", "-f", "-n", str(folder / name))
    assert run("debugfs", "-R", "cat /etc/hostname", str(folder / "root")) == "raspberrypi\n"
    listed = run("debugfs", "-R", "ls -p /", str(folder / "data"))
    found = {line.split("/")[5]: (line.split("/")[2], line.split("/")[3]) for line in listed.splitlines() if line}
    assert {name: found[name] for name in card.FOLDERS} == {
        name: (f"{0o40000 | mode:06o}", "0") for name, mode in card.FOLDERS.items()
    }


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"root_mib": 8}, "is 16 MiB already"),
        ({"user_data": "cmdline.txt"}, "does not begin with #cloud-config"),
        ({"image": "user-data"}, "sfdisk failed"),
        ({"deb": "none.deb"}, "there is no such file"),
    ],
)
def test_what_makes_no_card_leaves_nothing(published: Path, more: dict[str, str | int], told: str) -> None:
    """One line says what is wrong, and no half of an image is left."""
    folder = published.parent
    before = {path.name for path in folder.iterdir()}
    named = {name: str(folder / value) if isinstance(value, str) else value for name, value in more.items()}
    ended = gapura_ops("image", "card", *order(folder, **named))
    assert ended.code in (1, 2)
    assert told in ended.err
    assert {path.name for path in folder.iterdir()} == before


def test_nothing_of_what_was_there_shows_through(published: Path) -> None:
    """Where the new root has a hole, the image has zeros and not what the old root had there."""
    boot, old = partitions.read(published)
    with published.open("r+b") as file:
        file.seek(old.start * SECTOR)
        file.write(b"\xa5" * MIB)
    root, data = published.with_name("root"), published.with_name("data")
    for part in (root, data):
        part.write_bytes(b"")
        os.truncate(part, ROOT_MIB * MIB)
    placed = partitions.lay(published, boot, root, data)
    partitions.take(published, partitions.Partition(old.start, ROOT_MIB * MIB // SECTOR), root)
    assert root.read_bytes() == bytes(ROOT_MIB * MIB)
    assert published.stat().st_size == (placed.start + placed.size) * SECTOR


def test_an_image_with_a_third_partition_is_none_of_ours(published: Path) -> None:
    """A card that was made already, or another system's image, is not laid out a second time."""
    assert gapura_ops("image", "card", *order(published.parent)).code == 0
    with pytest.raises(OperatorError, match="has 3 partitions"):
        partitions.read(published.parent / "card.img")


def test_only_the_system_s_own_growing_leaves_the_command_line() -> None:
    """A word that only contains it stays."""
    assert card.without_first_boot("a noresize resizefs=1 resize b\n") == "a noresize resizefs=1 b\n"
    assert card.without_first_boot("resize\n") == "\n"


def test_a_program_that_fails_is_named(tmp_path: Path) -> None:
    """The last words of a program of the system are what the operator reads."""
    with pytest.raises(OperatorError, match="e2fsck failed with"):
        run("e2fsck", "-n", str(tmp_path / "nothing"))
