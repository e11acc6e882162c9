"""Makes the image of a card: Raspberry Pi OS as it is published, with room, a data partition, and what a gate needs.

It works on a copy and gives it its name when it is whole. Only files are written: no root, no loop device, no mount.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provisioning.images import partitions, user_data
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Sequence

MIB: Final = 1 << 20
FOLDERS: Final = {"state": 0o700, "releases": 0o755, "networks": 0o700}
"""What the data partition begins with; the mount units of `system/` name them."""
_FIRST_BOOT: Final = re.compile(r"(^| )(init=/usr/lib/raspberrypi-sys-mods/firstboot|resize)(?= |$)")
"""How Raspberry Pi OS has its root grow over the whole card: that room is the data's."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: from which image, with which user-data and packages, how large (MiB)."""

    image: Path
    out: Path
    user_data: Path
    packages: Sequence[Path]
    root_mib: int
    data_mib: int


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it: where data begins and how large everything is (bytes)."""

    size: int
    root: int
    data: int


def make(order: Order) -> Made:
    """Make the image; raises OperatorError, and then nothing is left of it."""
    partitions.check_programs()
    with tempfile.TemporaryDirectory(prefix=".card.", dir=order.out.parent) as folder:
        place = Path(folder)
        image, root, data = place / "image", place / "root", place / "data"
        partitions.run("cp", "--sparse=always", "--", str(order.image), str(image))
        boot, old = partitions.read(image)
        if order.root_mib * MIB < old.size * partitions.SECTOR:
            line = f"--root-mib: the root of {order.image} is {-(-old.size * partitions.SECTOR // MIB)} MiB already"
            raise OperatorError(line)
        partitions.take(image, old, root)
        partitions.grow(root, order.root_mib * MIB)
        skeleton = place / "skeleton"
        skeleton.mkdir(mode=0o755)
        for name, mode in FOLDERS.items():
            (skeleton / name).mkdir(mode=mode)
        partitions.make_data(skeleton, data, order.data_mib * MIB)
        partitions.lay(image, boot, root, data)
        _fill_boot(image, boot, order, place)
        made = Made(image.stat().st_size, root.stat().st_size, data.stat().st_size)
        shutil.move(image, order.out)
    return made


def without_first_boot(cmdline: str) -> str:
    """Take the system's own growing of the root out of the kernel's command line."""
    return _FIRST_BOOT.sub(r"\1", cmdline).replace("  ", " ").strip() + "\n"


def _fill_boot(image: Path, boot: partitions.Partition, order: Order, place: Path) -> None:
    """Lay user-data and packages on the boot partition, and put its command line right."""
    at = f"{image}@@{boot.start * partitions.SECTOR}"
    (place / "meta-data").write_text(user_data.META_DATA, encoding="ascii")
    cmdline = partitions.run("mtype", "-i", at, "::cmdline.txt")
    (place / "cmdline.txt").write_text(without_first_boot(cmdline), encoding="ascii")
    for name, file in {
        "user-data": order.user_data, "meta-data": place / "meta-data", "cmdline.txt": place / "cmdline.txt"
    }.items():  # fmt: skip
        partitions.run("mcopy", "-o", "-i", at, str(file), f"::{name}")
    partitions.run("mmd", "-D", "s", "-i", at, "::gapura", most=1)
    for package in order.packages:
        partitions.run("mcopy", "-o", "-i", at, str(package), f"::gapura/{package.name}")
