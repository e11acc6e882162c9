"""The README of the fleet, held against the code and typed as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from provisioning.fleet import difference, rows
from tests.command import ROOT

README = ROOT / "provisioning" / "fleet" / "README.md"


def test_its_tables_are_those_of_the_code() -> None:
    """Every column and every difference stands there, in the code's own words."""
    text = README.read_text()
    assert "".join(f"| `{name}` | {meaning} |\n" for name, meaning in rows.COLUMNS.items()) in text
    assert difference.table() in text


def test_its_commands_work_as_they_are_written(tmp_path: Path) -> None:
    """The template is checked, approved, listed and counted by the commands of the first block."""
    block = README.read_text().split("```\n")[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=tmp_path, env=os.environ | {"PATH": path}, check=False, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["gate"] for one in said if one.get("state") == "approved"] == ["north-1", "north-2"]
    assert said[-1]["by"] == "organisation"
