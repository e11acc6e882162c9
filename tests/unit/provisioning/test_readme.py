"""The first hour of the desk's README, typed as it stands: it ends with a pass that its own lists admit."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.command import ROOT

README = ROOT / "provisioning" / "README.md"
JUDGE = 'gapura inspect --trust trust.cose --policy policy.cose --at "$(date "+%F %H:%M:%S %:z")" pass.png'


def test_the_first_hour_works_as_it_is_written(tmp_path: Path) -> None:
    """Every command succeeds, the passphrase is its owner's alone, and the gate believes the pass that was made."""
    block = README.read_text().split("## The first hour\n")[1].split("```\n")[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block + JUDGE],
        cwd=tmp_path, env=os.environ | {"PATH": path}, check=False, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert json.loads(done.stdout.splitlines()[-1])["verdict"] == "verified"
