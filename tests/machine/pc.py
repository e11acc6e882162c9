"""How an amd64 machine is emulated: the arguments of qemu for a folder with disk, kernel and initrd.

qemu translates every instruction (TCG), so that it runs anywhere and is slow: seconds measured inside say how a
machine behaves, not how fast a gate is. The disk is not written to: what a run changes is gone with it.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM: Final = "qemu-system-x86_64"
_MEMORY_MB: Final = 1024
_PATIENCE: Final = "systemd.default_timeout_start_sec=900"
"""For Debian's own units, of which a busy machine would give some up; ours have limits of their own."""


def argv(disk: Path, console: Path) -> list[str]:
    """Return the command line: the first serial line goes to the file `console`, the second is the shell's."""
    if shutil.which(_PROGRAM) is None:
        line = f"{_PROGRAM} missing: sudo apt-get install qemu-system-x86"
        raise OperatorError(line)
    return [
        "setpriv", "--pdeathsig", "KILL",  # whoever started it may be killed: no machine stays behind
        _PROGRAM, "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(_MEMORY_MB),
        "-nographic", "-nodefaults", "-nic", "none", "-no-reboot", "-device", "virtio-rng-pci",
        "-kernel", str(disk / "vmlinuz"), "-initrd", str(disk / "initrd.img"),
        "-append", f"root=/dev/vda rw console=ttyS0 loglevel=4 {_PATIENCE}",
        "-drive", f"file={disk / 'disk.img'},format=raw,if=virtio,snapshot=on",
        "-serial", f"file:{console}", "-serial", "stdio",
    ]  # fmt: skip
