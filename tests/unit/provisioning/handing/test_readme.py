"""The commands of the README, typed as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.command import ROOT

README = ROOT / "provisioning" / "handing" / "README.md"


def test_the_commands_work_as_they_are_written(tmp_path: Path) -> None:
    """In an empty folder, one after the other: papers, newer papers, what they bring, and the code of a network."""
    block = README.read_text().split("```\n")[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=tmp_path, env=os.environ | {"PATH": path}, check=False, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    told = [line["provisioning"] for line in lines if "provisioning" in line]
    assert [(one["gates"], one["version"], one["refused"]) for one in told] == [(["lobby-1"], 2, None)]
    assert {path.name for path in tmp_path.iterdir()} >= {"lobby-1.pdf", "lobby-1.txt", "wifi.png"}
