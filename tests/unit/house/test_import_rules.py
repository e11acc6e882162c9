"""The import rules bite: each is broken once, in a copy of the house, and the linter must name it.

The copy is thrown away; what the rules say about the house as it stands is `make lint`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.house import tree

BREACHES = [
    pytest.param("firmware/events/time.py", "import pydantic", "1. events", id="a-library-in-the-vocabulary"),
    pytest.param("firmware/events/time.py", "import firmware.passes.gp1", "1. events", id="a-room-in-the-vocabulary"),
    pytest.param("firmware/rules/decide.py", "import time", "2. the pure rooms", id="a-clock-in-the-rules"),
    pytest.param("firmware/door/machine.py", "import threading", "2. the pure rooms", id="a-thread-in-the-door"),
    pytest.param("firmware/records/wire.py", "import sqlite3", "2. the pure rooms", id="a-database-on-the-wire"),
    pytest.param("firmware/trust/keys.py", "from pathlib import Path", "2. the pure rooms", id="a-file-in-trust"),
    pytest.param("firmware/door/machine.py", "import firmware.rules.decide", "3. the rooms", id="the-door-knows-rules"),
    pytest.param("firmware/signed/cbor.py", "import firmware.passes.gp1", "3. the rooms", id="against-the-way"),
    pytest.param("firmware/doctor/guide.py", "import time", "2. the pure rooms", id="a-clock-in-the-guide"),
    pytest.param(
        "firmware/doctor/guide.py", "import firmware.rules.decide", "7. the doctor", id="the-guide-knows-rules"
    ),
    pytest.param(
        "firmware/door/machine.py", "import firmware.doctor.guide", "3. the rooms", id="the-door-knows-the-guide"
    ),
    pytest.param("hw/relay.py", "import firmware.events", "4. hw", id="hardware-knows-the-vocabulary"),
    pytest.param("firmware/control/inbox.py", "import hw.relay", "5. only", id="a-driver-in-control"),
    pytest.param("firmware/control/inbox.py", "import provisioning", "6. provisioning", id="the-gate-knows-the-desk"),
    pytest.param("hw/errors.py", "import hw.relay", "no import cycles", id="a-cycle"),
]


def lint(house: Path) -> str:
    """Run the import linter over a house and give its words on one line."""
    program = Path(sys.executable).with_name("lint-imports")
    environment = os.environ | {"PYTHONPATH": str(house), "PYTHONSAFEPATH": "", "COLUMNS": "200", "NO_COLOR": "1"}
    run = subprocess.run(
        [program, "--no-cache"], cwd=house, env=environment, capture_output=True, text=True, check=False
    )
    return " ".join((run.stdout + run.stderr).split())


@pytest.mark.parametrize(("path", "line", "rule"), BREACHES)
def test_a_breach_of_each_rule_is_named(tmp_path: Path, path: str, line: str, rule: str) -> None:
    """One forbidden import at the end of a file is enough to break the rule that forbids it."""
    for package in ("firmware", "hw", "provisioning"):
        shutil.copytree(tree.ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(tree.ROOT / "pyproject.toml", tmp_path)
    module = tmp_path / path
    module.write_text(f"{module.read_text()}\n{line}\n")
    contract = lint(tmp_path).split(" Contracts: ")[0].split(" BROKEN")[:-1]
    assert [words for words in contract if rule in words.split(" KEPT")[-1]], lint(tmp_path)
