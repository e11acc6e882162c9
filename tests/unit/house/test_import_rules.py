"""The import rules bite: each is broken, all in one copy of the house, and the linter must name every breach.

The copy is thrown away; what the rules say about the house as it stands is `make lint`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
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
]
CYCLE = ("hw/errors.py", "import hw.relay")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Break every rule in one copy, and give what the linter says below the name of each, line by line."""
    house = tmp_path_factory.mktemp("house")
    for package in ("firmware", "hw", "provisioning"):
        shutil.copytree(tree.ROOT / package, house / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(tree.ROOT / "pyproject.toml", house)
    for path, line, *_ in (*(breach.values for breach in BREACHES), CYCLE):
        with (house / str(path)).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    lines = lint(house).partition("Broken contracts\n")[2].splitlines()
    heads = [number - 1 for number, line in enumerate(lines) if number and line and set(line) == {"-"}]
    return {lines[head]: lines[head + 1 : end] for head, end in pairwise([*heads, len(lines)])}


def lint(house: Path) -> str:
    """Run the import linter over a house and give its words."""
    program = Path(sys.executable).with_name("lint-imports")
    environment = os.environ | {"PYTHONPATH": str(house), "PYTHONSAFEPATH": "", "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        [program, "--no-cache"], cwd=house, env=environment, capture_output=True, text=True, check=False
    ).stdout


@pytest.mark.parametrize(("path", "line", "rule"), BREACHES)
def test_a_breach_of_each_rule_is_named(said: dict[str, list[str]], path: str, line: str, rule: str) -> None:
    """One forbidden import at the end of a file is enough: below the rule that forbids it stand both modules."""
    importing = path.removesuffix(".py").replace("/", ".")
    imported = line.split()[1]
    (broken,) = (words for name, words in said.items() if name.startswith(rule))
    direct = re.compile(rf"- +{re.escape(importing)} -> {re.escape(imported)} \(l\.\d+")
    assert [words for words in broken if direct.match(words)], broken


def test_a_cycle_is_named(said: dict[str, list[str]]) -> None:
    """Two modules that import each other are one, and the linter says which import to take away."""
    (broken,) = (words for name, words in said.items() if name.startswith("no import cycles"))
    assert "No cycles are allowed in hw." in broken
    assert [
        words for words in broken[broken.index("No cycles are allowed in hw.") :] if ".errors -> .relay" in words
    ], broken
