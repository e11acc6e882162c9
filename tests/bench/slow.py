"""One core at a fraction of this machine's speed, made of the kernel's own bandwidth limit.

It decides how the limit is set (control groups, version 1 or 2); it needs root. A limited core is not a slower one: it
runs at full speed for a moment and rests for the remainder of each period, which is why periods are kept short.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path("/sys/fs/cgroup")
QUOTA_US: Final = 1000
"""The shortest the kernel takes."""
LEAVING_S: Final = 2.0


@contextlib.contextmanager
def one_core(pids: Iterable[int], fraction: int) -> Iterator[None]:
    """Hold the processes to 1/`fraction` of the first core together; OSError where this machine does not let us."""
    group = _group()
    every = list(pids)
    cores = {pid: os.sched_getaffinity(pid) for pid in every}
    home = group.parent / "cgroup.procs"
    try:
        _limit(group, fraction)
        for pid in every:
            (group / "cgroup.procs").write_text(str(pid), "ascii")
            _pin(pid, {0})
        yield
    finally:
        for pid in every:
            with contextlib.suppress(OSError):
                home.write_text(str(pid), "ascii")
                _pin(pid, cores[pid])
        _remove(group)


def _group() -> Path:
    """Make an empty group under the processor controller."""
    unified = ROOT / "cgroup.controllers"
    parent = ROOT if unified.is_file() and "cpu" in unified.read_text("ascii").split() else ROOT / "cpu"
    group = parent / f"gapura-bench-{os.getpid()}"
    group.mkdir()
    return group


def _remove(group: Path) -> None:
    """Remove a group that processes have just left; for a moment the kernel may still call it busy."""
    until_s = time.monotonic() + LEAVING_S
    while True:
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.01)
        else:
            return


def _limit(group: Path, fraction: int) -> None:
    period_us = QUOTA_US * fraction
    if (group / "cpu.cfs_quota_us").exists():
        (group / "cpu.cfs_period_us").write_text(str(period_us), "ascii")
        (group / "cpu.cfs_quota_us").write_text(str(QUOTA_US), "ascii")
    else:
        (group / "cpu.max").write_text(f"{QUOTA_US} {period_us}", "ascii")


def _pin(pid: int, cores: set[int]) -> None:
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), cores)
