"""The operator's guide, typed as it stands: from an empty folder to the sheets of the gates that were approved."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT

README = ROOT / "provisioning" / "guide" / "README.md"
BLOCKS: list[str] = re.findall(r"```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.timeout(300)
def test_the_operator_s_guide_works_as_it_is_written(tmp_path: Path) -> None:
    """Every command succeeds in its order; what is a key is its owner's alone, and every page and card is there."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(BLOCKS)],
        cwd=tmp_path, env=os.environ | {"PATH": path}, check=False, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    papers = [line for line in done.stdout.splitlines() if '"claim"' in line]
    counted = json.loads(done.stdout.splitlines()[-1])
    assert counted["issued"] == len(papers) > 0
    assert stat.S_IMODE((tmp_path / "sheets.pdf").stat().st_mode) == 0o600
    made = {path.name for path in tmp_path.iterdir()}
    assert {"user-data", "light-card.pdf", "privacy.pdf", "fleet.csv", "ledger.db"} <= made
    assert (tmp_path / "authority/root.pub").read_text().strip() in (tmp_path / "user-data").read_text()


def test_the_technician_s_part_has_ten_steps_in_both_languages() -> None:
    """Each step of the sheet has its own paragraph, numbered as the picture is."""
    text = README.read_text(encoding="utf-8").partition("## Kode lampu")[0]
    assert re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE) == [str(number) for number in range(1, 11)]
    assert "(steps.svg)" in text
