"""No core dump: a process that took its precaution leaves none, however much room it was given for one."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[3]
ASKED = """
import ctypes, resource, sys
from hw.no_core import refuse_core
before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
print(before, refuse_core(), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


def unbounded() -> None:
    """Give the child all the room for a dump that this process may have."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)


def run(argv: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    """Start an interpreter of ours with room for a dump."""
    command = [sys.executable, *argv]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(  # the child is ours and single-threaded until exec
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=unbounded,  # noqa: PLW1509
    )


def test_the_kernel_is_told_twice(tmp_path: Path) -> None:
    """Before, the process could be dumped; afterwards mark and limit both say no."""
    process = run(["-c", ASKED], tmp_path)
    out, _ = process.communicate(timeout=60)
    assert out.split() == ["1", "True", "0", "0", "0"]


@pytest.mark.parametrize("how", [signal.SIGABRT, signal.SIGSEGV, signal.SIGQUIT], ids=lambda number: number.name)
def test_whatever_ends_it_no_core_is_left(tmp_path: Path, how: signal.Signals) -> None:
    """The kernel's own word on how it ended says that nothing was dumped, and no file is there."""
    code = f"import os, signal\nfrom hw.no_core import refuse_core\nrefuse_core()\nos.kill(os.getpid(), {how.value})"
    with run(["-c", code], tmp_path) as process:
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -os.WTERMSIG(status)
    assert (os.WTERMSIG(status), os.WCOREDUMP(status)) == (how, False)
    assert list(tmp_path.iterdir()) == []


def test_the_second_decoder_takes_the_same_precaution() -> None:
    """It may import nothing of ours, so its own words are held to those of the room."""
    worker = (ROOT / "hw" / "reader" / "zbar_worker.py").read_text()
    assert "_PR_SET_DUMPABLE = 4\n" in worker
    assert "CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)" in worker
    assert "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))" in worker
