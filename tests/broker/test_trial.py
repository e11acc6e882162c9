"""`make enrol` ended in the middle, as a service manager or a closing terminal ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from provisioning.trial.device import wait

ROOT: Final = Path(__file__).parents[2]


def ours(folder: Path) -> list[int]:
    """Every process that was told of a path in this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if os.fsencode(folder) in words:
            found.append(int(path.parent.name))
    return found


@pytest.mark.trial
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_trial_that_is_ended_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    """Gate, readers, pin keeper, broker and service end with it, and so does its folder."""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    trial = subprocess.Popen(
        [sys.executable, "-m", "provisioning.trial", "--n", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait(lambda: len(ours(tmp_path)) >= 6, 60)
        trial.send_signal(number)
        assert trial.wait(60) == 130
        assert ours(tmp_path) == []
        assert list(tmp_path.iterdir()) == []
    finally:
        trial.kill()
