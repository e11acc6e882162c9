"""Lets this machine's kernel run programs of another architecture: by qemu, one program at a time (user emulation).

The kernel is told once which interpreter such programs have, as Debian's package of qemu does where binfmt-support is
installed; it forgets at the next boot. The interpreter is opened then and there, so it works in every root.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from provisioning.mistake import OperatorError
from provisioning.packaging.roots import outside
from provisioning.packaging.target import MACHINES

_RULES: Final = Path("/usr/lib/binfmt.d")
_CORE: Final = "QEMU_CPU"
_CORES: Final = {"aarch64": "cortex-a72"}
"""A Pi 4's. By itself qemu plays one that signs return addresses: no Pi does, and it takes five times as long."""
_KERNEL: Final = "/proc/sys/fs/binfmt_misc"
_REGISTER: Final = """
set -e
[ -e "$0/register" ] || mount -t binfmt_misc binfmt_misc "$0"
[ -e "$0/$1" ] || cat "$2" >"$0/register"
"""


def prepare(architecture: str) -> None:
    """See that programs of an architecture run here, on a Pi's core; raises OperatorError, saying what is missing.

    Which core qemu plays is told to every program by this process's environment, unless the caller has chosen one.
    """
    machine = MACHINES[architecture]
    if os.uname().machine == machine:
        return
    rule = _RULES / f"qemu-{machine}.conf"
    if shutil.which(f"qemu-{machine}-static") is None or not rule.is_file():
        line = f"{architecture} programs need qemu to run here: sudo apt-get install qemu-user-static"
        raise OperatorError(line)
    if machine in _CORES:
        os.environ.setdefault(_CORE, _CORES[machine])
    # Where this is mounted nowhere the kernel forgets at once, so it is mounted where every Debian has it.
    outside("bash", "-c", _REGISTER, _KERNEL, rule.stem, str(rule))
