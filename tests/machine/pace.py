"""How fast this machine emulates right now: a fixed loop, translated by qemu, on as many cores as the machine has.

Whoever waits for something emulated waits so many times longer. A limit that must hold in the emulated machine's own
time, like a watchdog's, is never changed by it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import Final

from provisioning.mistake import FAILED, OperatorError

CORES: Final = 2
"""Of the emulated machines; the loop runs so many times at once."""
FREE_MS: Final = 2_000
"""What the loop takes where nothing else runs, on the kind of machine for which the limits were chosen."""
MOST: Final = 5.0
"""A machine that is slower still is given no more time than that."""
LOOP: Final = "sum(i * i for i in range(3_000_000))"
_PYTHON: Final = "/usr/bin/python3"


def measured() -> tuple[int, float]:
    """Run the loop; return how long it took (ms) and how many times longer limits are, from 1 to `MOST`."""
    emulator = f"qemu-{os.uname().machine}-static"
    if shutil.which(emulator) is None:
        line = f"{emulator} missing: sudo apt-get install qemu-user-static"
        raise OperatorError(line)
    argv = (emulator, _PYTHON, "-I", "-S", "-c", LOOP)
    began_s = time.monotonic()
    running = [subprocess.Popen(argv, stdin=subprocess.DEVNULL) for _ in range(CORES)]
    codes = [one.wait() for one in running]
    loop_ms = round(1000 * (time.monotonic() - began_s))
    if any(codes):
        line = f"{emulator} {_PYTHON} ended with {max(codes, key=abs)}"
        raise OperatorError(line, exit_code=FAILED)
    return loop_ms, longer(loop_ms)


def longer(loop_ms: int) -> float:
    """Say how many times longer to wait where the loop took so long (ms)."""
    return round(min(MOST, max(1.0, loop_ms / FREE_MS)), 1)
