"""A small image laid out like Raspberry Pi OS is published: a boot partition and a root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provisioning.images import partitions
from provisioning.images.partitions import SECTOR, run

if TYPE_CHECKING:
    from pathlib import Path

MIB: Final = 1 << 20
BOOT_START, BOOT_MIB, ROOT_MIB = 8192, 40, 16
CMDLINE: Final = (
    "console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 rootwait resize quiet "
    "init=/usr/lib/raspberrypi-sys-mods/firstboot\n"
)


def lay(folder: Path) -> Path:
    """Make it in a folder, as `raspios.img`."""
    image, root, tree = folder / "raspios.img", folder / "root.part", folder / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/hostname").write_text("raspberrypi\n")
    root.write_bytes(b"")
    partitions.run("mke2fs", "-q", "-t", "ext4", "-L", "rootfs", "-d", str(tree), str(root), f"{ROOT_MIB}M")
    start = BOOT_START + BOOT_MIB * MIB // SECTOR
    with image.open("wb") as file:
        file.truncate(start * SECTOR + ROOT_MIB * MIB)
    table = f"label: dos\nlabel-id: 0x4e639091\nstart={BOOT_START}, size={BOOT_MIB * MIB // SECTOR}, type=c\n"
    run("sfdisk", "--quiet", str(image), given=table + f"start={start}, size={ROOT_MIB * MIB // SECTOR}, type=83\n")
    at = f"{image}@@{BOOT_START * SECTOR}"
    run("mformat", "-i", at, "-F", "-T", str(BOOT_MIB * MIB // SECTOR), "-h", "64", "-s", "32", "::")
    (folder / "cmdline.txt").write_text(CMDLINE)
    run("mcopy", "-i", at, str(folder / "cmdline.txt"), "::cmdline.txt")
    partitions.copy(root, image, start)
    root.unlink()
    return image
