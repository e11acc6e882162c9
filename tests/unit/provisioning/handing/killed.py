"""`gapura-ops` in a process whose power fails at the so-manieth touch of the disk; said as the first argument.

Run as `python -m tests.unit.provisioning.handing.killed N WORD...`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

from provisioning.__main__ import main

TOUCHES: Final = frozenset({"tempfile.mkstemp", "os.rename", "os.mkdir"})
"""What the writing of papers does to a folder; the ledger's own file is SQLite's matter."""


def die_at(number: int) -> None:
    """End as a power cut would at this touch."""
    left = [number]

    def hook(event: str, _: object) -> None:
        if event in TOUCHES:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


if __name__ == "__main__":
    die_at(int(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
