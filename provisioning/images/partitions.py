"""A Pi's image file as it is laid out: boot partition, root, and the data behind it. None of it needs to be root.

Sizes in bytes, places in sectors of 512. The files are worked on by the system's own programs (sfdisk, e2fsprogs,
mtools), found by name and started without a shell.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning.mistake import FAILED, OperatorError

if TYPE_CHECKING:
    from pathlib import Path

SECTOR: Final = 512
_STEP: Final = 8192
"""Partitions begin at multiples of 4 MiB, as Raspberry Pi OS has them: what a card erases at once."""
_MOST_CLEAN: Final = 1
"""e2fsck answers 1 when it has put something right."""
_PATH: Final = f"/usr/sbin:/sbin:{os.environ.get('PATH', '')}"
_PACKAGES: Final = {
    "sfdisk": "fdisk", "mke2fs": "e2fsprogs", "resize2fs": "e2fsprogs", "e2fsck": "e2fsprogs", "mcopy": "mtools",
    "mmd": "mtools", "mtype": "mtools",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Partition:
    """Where a partition lies."""

    start: int
    size: int


def check_programs() -> None:
    """Refuse a machine that lacks a program, and say which package brings it."""
    missing = sorted({package for name, package in _PACKAGES.items() if shutil.which(name, path=_PATH) is None})
    if missing:
        line = f"{' and '.join(missing)} missing: sudo apt-get install {' '.join(missing)}"
        raise OperatorError(line)


def read(image: Path) -> tuple[Partition, Partition]:
    """Find boot and root of a Pi's image; raises OperatorError for anything else."""
    table = json.loads(run("sfdisk", "--json", str(image)))["partitiontable"]
    found = [Partition(one["start"], one["size"]) for one in table["partitions"]]
    if table["label"] != "dos" or len(found) != 2:  # noqa: PLR2004  boot and root
        line = (
            f"{image} has {len(found)} partitions ({table['label']}); Raspberry Pi OS as it is published has two (dos)"
        )
        raise OperatorError(line)
    return found[0], found[1]


def lay(image: Path, boot: Partition, root: Path, data: Path) -> Partition:
    """Put root and data behind the boot partition, each aligned, and write the table; return where data begins."""
    first = read(image)[1].start
    root_size = root.stat().st_size // SECTOR
    start = -(-(first + root_size) // _STEP) * _STEP
    data_size = data.stat().st_size // SECTOR
    table = f"label: dos\nlabel-id: {_label_id(image)}\n"
    table += f"start={boot.start}, size={boot.size}, type=c\nstart={first}, size={root_size}, type=83\n"
    table += f"start={start}, size={data_size}, type=83\n"
    # What was there goes first: holes of the new root would leave it standing.
    os.truncate(image, first * SECTOR)
    os.truncate(image, (start + data_size) * SECTOR)
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", str(image), given=table)
    copy(root, image, first)
    copy(data, image, start)
    return Partition(start, data_size)


def take(image: Path, partition: Partition, out: Path) -> None:
    """Copy a partition into a file of its own, holes left out."""
    run("dd", f"if={image}", f"of={out}", f"bs={SECTOR * _STEP}", f"skip={partition.start * SECTOR}",
        f"count={partition.size * SECTOR}", "iflag=skip_bytes,count_bytes", "conv=sparse", "status=none")  # fmt: skip
    os.truncate(out, partition.size * SECTOR)


def copy(part: Path, image: Path, start: int) -> None:
    """Copy a file into an image, holes left out."""
    run("dd", f"if={part}", f"of={image}", f"bs={SECTOR * _STEP}", f"seek={start * SECTOR}", "oflag=seek_bytes",
        "conv=sparse,notrunc", "status=none")  # fmt: skip


def grow(filesystem: Path, size: int) -> None:
    """Let an ext4 file system take `size` bytes; it is checked first, as resize2fs demands."""
    if size > filesystem.stat().st_size:
        os.truncate(filesystem, size)
    run("e2fsck", "-f", "-y", str(filesystem), most=_MOST_CLEAN)
    run("resize2fs", str(filesystem))


def make_data(skeleton: Path, out: Path, size: int) -> None:
    """Make the data partition's file system out of the folders in `skeleton`, everything in it root's."""
    with out.open("wb") as file:
        file.truncate(size)
    run(
        "mke2fs",
        "-q",
        "-t",
        "ext4",
        "-L",
        "gapura-data",
        "-m",
        "1",
        "-E",
        "root_owner=0:0",
        "-d",
        str(skeleton),
        str(out),
    )


def run(program: str, *arguments: str, given: str | None = None, most: int = 0) -> str:
    """Run a program and return what it printed; its last words are the error if it ends with more than `most`."""
    place = shutil.which(program, path=_PATH) or program
    done = subprocess.run(  # noqa: S603  programs of the system, no shell
        [place, *arguments], input=given, capture_output=True, text=True, check=False,
        env=os.environ | {"MTOOLS_SKIP_CHECK": "1", "LC_ALL": "C"},
    )  # fmt: skip
    if done.returncode > most:
        words = (done.stdout + done.stderr).strip().splitlines()[-4:]
        line = f"{program} failed with {done.returncode}: {'; '.join(words)}"
        raise OperatorError(line, exit_code=FAILED)
    return done.stdout


def _label_id(image: Path) -> str:
    """Keep the disk's id: the boot partition's cmdline.txt finds the root by it."""
    return str(json.loads(run("sfdisk", "--json", str(image)))["partitiontable"]["id"])
