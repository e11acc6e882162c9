"""What the emulated board runs: Debian's own arm64 kernel and Python, the locked libraries, this checkout's firmware.

Packages are unpacked, never installed: no foreign program runs on this machine, and no disk, loop device or kernel
module is needed on either side. All but the firmware is made once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from provisioning.mistake import OperatorError
from provisioning.packaging import cache, roots
from provisioning.packaging.roots import outside
from tests.command import ROOT
from tests.machine import cpio
from tests.machine.vm import GREETING

SUITE: Final = "bookworm"
PYTHON: Final = "3.11"
REVISION: Final = "c03111"
"""A Raspberry Pi 4B: gpiozero asks the device tree which board it is on."""

_PACKAGES: Final = ("linux-image-arm64", "python3")
_PROGRAMS: Final = {
    "debootstrap": "debootstrap", "dpkg-deb": "dpkg", "fdtput": "device-tree-compiler",
    "qemu-system-aarch64": "qemu-system-arm", "setpriv": "util-linux", "tar": "tar",
}  # fmt: skip
_NOT_A_GATES: Final = ("numpy*", "PIL", "pillow*", "fontTools", "fpdf", "pygments", "setuptools", "zxing*", "rich")
"""What only readers and desks import."""
_NOT_NEEDED: Final = ("./boot", "./lib/modules", "./usr/share/*")
_INIT: Final = f"""\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8
export PYTHONPATH=/opt/gapura:/opt/libraries
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir /run/gapura
cd /run/gapura
stty raw -echo </dev/console
echo "{GREETING}"
exec sh /dev/console
"""


def check_machine() -> None:
    """Refuse a machine that lacks a program, and name them all."""
    missing = sorted({package for name, package in _PROGRAMS.items() if not shutil.which(name)})
    if missing:
        line = f"{' and '.join(missing)} missing: sudo apt-get install {' '.join(missing)}"
        raise OperatorError(line)
    roots.check_machine()


def kernel() -> Path:
    """Return the kernel, as Debian ships it."""
    packages = _packages()

    def make(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=part.parent) as place:
            for package in packages.glob("linux-image-*-arm64_*.deb"):
                outside("dpkg-deb", "--extract", str(package), place)
            shutil.move(next(Path(place).glob("boot/vmlinuz-*")), part)

    return cache.kept("board-kernel", ".img", cache.key(packages.name), make)


def initrd(folder: Path) -> Path:
    """Make the first and only file system in `folder`: what is kept, and behind it what this checkout holds now."""
    file = folder / "initrd.cpio"
    shutil.copyfile(_system(), file)
    # The command line tells its version, which it knows from the installed package's metadata.
    installed = distribution("gapura")
    metadata = folder / f"gapura-{installed.version}.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(installed.read_text("METADATA") or "")
    with file.open("ab") as out:
        for package in ("firmware", "hw"):
            cpio.pack(ROOT / package, out, f"opt/gapura/{package}", without=["__pycache__"])
        cpio.pack(metadata, out, f"opt/gapura/{metadata.name}")
        cpio.pack(ROOT / "tests/machine/on_board", out, "opt/gapura/on_board", without=["__pycache__"])
    return file


def device_tree(folder: Path, machine: tuple[str, ...]) -> Path:
    """Make the tree of this machine in `folder`, as qemu describes it, with the revision of a board."""
    file = folder / "board.dtb"
    qemu, *options = machine
    outside(qemu, *options, "-machine", f"dumpdtb={file}")
    outside("fdtput", "--create", str(file), "/system")
    outside("fdtput", "--type", "x", str(file), "/system", "linux,revision", REVISION)
    # qemu's power button claims a line of the chip; on a door every line is the door's.
    outside("fdtput", "--remove", str(file), "/gpio-keys")
    return file


def _packages() -> Path:
    """Return a folder of all Debian packages, downloaded and verified by debootstrap."""

    def make(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=part.parent) as place:
            include = f"--include={','.join(_PACKAGES)}"
            outside("debootstrap", "--download-only", "--arch=arm64", "--variant=minbase", include, SUITE, place,
                    roots.mirror())  # fmt: skip
            part.mkdir()
            for package in Path(place, "var/cache/apt/archives").glob("*.deb"):
                shutil.move(package, part)

    return cache.kept("board-packages", "", cache.key(SUITE, *_PACKAGES), make)


def _system() -> Path:
    """Return the archive of everything but the firmware."""
    packages = _packages()
    locks = [ROOT / "requirements.lock", ROOT / "tests/machine/board.lock"]

    def make(part: Path) -> None:
        with tempfile.TemporaryDirectory(dir=part.parent) as place:
            root, libraries = Path(place, "root"), Path(place, "libraries")
            _lay_out(packages, root)
            for lock in locks:
                _install(lock, libraries)
            with part.open("wb") as out:
                cpio.pack(root, out)
                cpio.pack(libraries, out, "opt/libraries", without=_NOT_A_GATES)

    pinned = [lock.read_bytes() for lock in locks]
    return cache.kept("board-system", ".cpio", cache.key(packages.name, _INIT, *_NOT_A_GATES, *pinned), make)


def _lay_out(packages: Path, root: Path) -> None:
    """Lay the files of every package over another, as a merged-/usr system has them, and add the first process."""
    for name in ("bin", "lib", "sbin"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    unwanted = [f"--exclude={glob}" for glob in _NOT_NEEDED]
    unpack = ("tar", "--directory", str(root), "--extract", "--keep-directory-symlink", *unwanted)
    for package in sorted(packages.glob("*.deb")):
        files = subprocess.run(("dpkg-deb", "--fsys-tarfile", package), check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(unpack, input=files, check=True)
    # Scripts of the packages would have made these; they do not run here.
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    (root / "init").write_text(_INIT)
    (root / "init").chmod(0o755)


def _install(lock: Path, place: Path) -> None:
    """Install the wheels of a lock for the board, each by its hash."""
    platform = ("--python-platform", "aarch64-manylinux_2_34", "--python-version", PYTHON)
    outside(
        str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", *platform, "--target", str(place),
        "--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(lock),
    )  # fmt: skip
