"""One core at a fraction of this machine's speed: something of real-time priority spins on it for the rest of the time.

It needs root. A core that is taken away every other millisecond is not a slower one, but near enough at the scale of
frames; the kernel's own bandwidth limit is coarser, for it is enforced at its ticks.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CORE: Final = 0
PERIOD_S: Final = 0.002
BEHIND_NICE: Final = 13
"""About what the units' CPUWeight of 1000 and 50 come to between two processes."""
ROOT: Final = Path(__file__).parents[2]


@contextlib.contextmanager
def one_core(first: Iterable[int], behind: Iterable[int], fraction: int) -> Iterator[None]:
    """Hold processes to 1/`fraction` of one core together for good, `behind` giving way to `first`.

    OSError where this machine does not let us.
    """
    argv = [sys.executable, "-m", "tests.bench.slow", str(fraction)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as spinner:
        assert spinner.stdin is not None
        assert spinner.stdout is not None
        said = spinner.stdout.readline().decode().strip()
        if said != "spinning":
            raise OSError(0, said or "the spinning process ended")
        for nicer, pids in ((0, first), (BEHIND_NICE, behind)):
            for task in [int(path.name) for pid in pids for path in Path(f"/proc/{pid}/task").iterdir()]:
                os.sched_setaffinity(task, {CORE})
                os.setpriority(os.PRIO_PROCESS, task, os.getpriority(os.PRIO_PROCESS, task) + nicer)
        try:
            yield
        finally:
            spinner.stdin.close()


def main() -> int:
    """Spin on the core, all but the given fraction of every period, until the input ends."""
    busy_s = PERIOD_S * (1 - 1 / int(sys.argv[1]))
    try:
        os.sched_setaffinity(0, {CORE})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError as error:
        sys.stdout.write(f"{error.strerror}\n")
        return 1
    sys.stdout.write("spinning\n")
    sys.stdout.flush()
    os.set_blocking(sys.stdin.fileno(), False)
    due_s = time.monotonic()
    while True:
        due_s = max(due_s + PERIOD_S, time.monotonic())
        while time.monotonic() < due_s - PERIOD_S + busy_s:
            pass
        with contextlib.suppress(BlockingIOError):
            if not os.read(sys.stdin.fileno(), 1):
                return 0
        time.sleep(max(0.0, due_s - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
