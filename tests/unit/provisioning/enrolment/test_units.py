"""The units of the broker's machine, judged by the service manager's own tools where they are installed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from firmware.signed.enrolment import MEANINGS
from provisioning.__main__ import main

UNITS = Path(__file__).parents[4] / "provisioning" / "enrolment" / "systemd"
README = UNITS.parent / "README.md"
SERVICE = "gapura-enrolment.service"
NAMES = (SERVICE, "gapura-enrolment-reload.path", "gapura-enrolment-reload.service")


def run(name: str, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a tool, or skip saying which check was not made and how to have it made."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"NOT CHECKED: {name} is missing, so nobody has verified the shipped files; apt install systemd")
    return subprocess.run([path, *argv], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Copy the units with a program that exists here in the place of the installed one."""
    for name in NAMES:
        text = (UNITS / name).read_text(encoding="utf-8")
        text = re.sub(r"ExecStart=/(opt/gapura/current/.venv/bin/[a-z-]+|bin/[a-z]+)", "ExecStart=/bin/true", text)
        (tmp_path / name).write_text(text.replace("mosquitto.service", "basic.target"), encoding="utf-8")
    return tmp_path


def test_the_units_verify_in_silence(installed: Path) -> None:
    """The service manager understands every line of every unit."""
    result = run("systemd-analyze", "verify", "--man=no", *(str(installed / name) for name in NAMES))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_sandbox_is_tight(installed: Path) -> None:
    """The exposure of the service, by the service manager's own count, is at most 1.5."""
    unit = str(installed / SERVICE)
    for threshold, fits in (("15", True), ("1", False)):
        result = run("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={threshold}", unit)
        assert (result.returncode == 0) is fits, result.stdout + result.stderr


def test_the_user_is_declared() -> None:
    """The declaration parses and names who the service runs as."""
    path = UNITS / "gapura-enrolment.sysusers.conf"
    result = run("systemd-sysusers", "--dry-run", str(path))
    assert result.returncode == 0, result.stderr
    user = re.findall(r"^User=(\S+)$", (UNITS / SERVICE).read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"^u (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE) == user


def test_the_documented_arguments_are_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file of arguments in the README, read as the unit reads it, is complete: only the files are missing."""
    block = README.read_text(encoding="utf-8").split("/etc/gapura-enrolment/arguments:\n\n```text\n")[1].split("```")[0]
    (tmp_path / "arguments").write_text(block, encoding="utf-8")
    command = (
        (UNITS / SERVICE).read_text(encoding="utf-8").split("gapura-ops ")[1].split("\n# ")[0].replace("\\\n", " ")
    )
    words = shlex.split(command.replace("/etc/gapura-enrolment/arguments", str(tmp_path / "arguments")))
    assert main(words) == 1
    assert "cannot be used as the ledger" in capsys.readouterr().err


def test_the_readme_has_every_reason_in_the_words_of_the_code() -> None:
    """The table of reasons is the code's."""
    text = README.read_text(encoding="utf-8")
    assert all(f"| `{reason}` | {meaning} |\n" in text for reason, meaning in MEANINGS.items())
