"""The shipped units, judged by the service manager's own tools where they are installed, and by reading elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from firmware.control.config import Config
from firmware.control.mistakes import parse
from provisioning.rig.units import parse_unit

ROOT = Path(__file__).parents[3]
UNITS = ROOT / "systemd"
READERS = ("gapura-reader.service", "gapura-reader-inside.service")
NAMES = ("gapura.service", *READERS)
UPDATER = ("gapura-update.service", "gapura-switched.service")
TRIGGERS = ("gapura-update.path", "gapura-update.timer", "gapura-switched.path")
PROGRAMS = "/opt/gapura/current/.venv/bin/"


def tool(name: str) -> str:
    """Find a tool of the service manager, or skip saying which check was not made and how to have it made."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"NOT CHECKED: {name} is missing, so nobody has verified the shipped files; apt install systemd")
    return path


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run a tool and take what it says."""
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Copy the units with programs that exist here in the place of those of an installed gate."""
    for name in (*NAMES, *UPDATER, *TRIGGERS):
        text = (UNITS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(re.sub(rf"{PROGRAMS}[a-z-]+", "/bin/true", text), encoding="utf-8")
    return tmp_path


def test_the_units_verify_in_silence(installed: Path) -> None:
    """The service manager understands every line of every unit."""
    result = run(tool("systemd-analyze"), "verify", "--man=no", *(str(path) for path in sorted(installed.iterdir())))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("name", [*NAMES, *UPDATER])
def test_the_sandbox_is_tight(installed: Path, name: str) -> None:
    """The exposure of each unit, by the service manager's own count, is at most 2.0."""
    analyze = tool("systemd-analyze")
    unit = str(installed / name)
    result = run(analyze, "security", "--offline=true", "--no-pager", "--threshold=20", unit)
    assert result.returncode == 0, result.stdout + result.stderr
    strict = run(analyze, "security", "--offline=true", "--no-pager", "--threshold=1", unit)
    assert strict.returncode != 0, "the count itself does not work"


def test_users_and_folders_are_understood() -> None:
    """The declarations of users and of folders parse, and name every user and group the units run as."""
    users = run(tool("systemd-sysusers"), "--dry-run", str(UNITS / "gapura.sysusers.conf"))
    assert users.returncode == 0, users.stderr
    declared = (UNITS / "gapura.sysusers.conf").read_text(encoding="utf-8")
    # `video` is one of the base system's own groups.
    names = {"video", *re.findall(r"^[ug] (\S+)", declared, re.MULTILINE)}
    for unit in (*NAMES, *UPDATER):
        text = (UNITS / unit).read_text(encoding="utf-8")
        wanted = re.findall(r"^(?:User|Group|SupplementaryGroups)=(.*)$", text, re.MULTILINE)
        assert names.issuperset(" ".join(wanted).split())


@pytest.mark.parametrize("name", NAMES)
def test_a_program_is_never_given_up(name: str) -> None:
    """Whatever ends a program it is started again within a second, without a limit on how often."""
    text = (UNITS / name).read_text(encoding="utf-8")
    unit = parse_unit(text)
    assert (unit.type, unit.restart, unit.watchdog_ms) == ("notify", "always", 10_000)
    assert unit.watchdog_signal.name == "SIGKILL"
    assert unit.restart_ms <= 1_000
    assert "\nStartLimitIntervalSec=0\n" in text.partition("[Service]")[0]


def test_only_the_gate_reaches_the_lines_and_only_it_releases_them() -> None:
    """The gate has the GPIO chips and lets go after every end; the reader has neither them nor a network."""
    gate, reader, _ = ((UNITS / name).read_text(encoding="utf-8") for name in NAMES)
    assert "ExecStopPost=/opt/gapura/current/.venv/bin/gapura release --config /etc/gapura/gapura.toml\n" in gate
    assert "DeviceAllow=char-gpiochip rw\n" in gate
    assert "gpio" not in reader.partition("[Unit]")[2].lower()
    for line in ("PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX", "IPAddressDeny=any"):
        assert f"\n{line}\n" in reader


def test_the_readers_differ_in_who_they_are_and_in_nothing_else() -> None:
    """The unit of the reader inside has another description, environment, user and group, and the same sandbox."""
    outside, inside = (_directives(UNITS / name) for name in READERS)
    differing = {line.partition("=")[0] for line in {*outside} ^ {*inside}}
    assert differing == {"Description", "Environment", "EnvironmentFile", "User", "Group"}


def test_readers_share_no_group_but_that_of_cameras_and_the_gate_is_in_each() -> None:
    """A reader's own group is what its socket is given to: the gate may give it, and no other reader is in it."""
    gate, *readers = (dict(line.partition("=")[::2] for line in _directives(UNITS / name)) for name in NAMES)
    own = {reader["Group"] for reader in readers}
    assert own == {reader["User"] for reader in readers}
    assert own <= set(gate["SupplementaryGroups"].split())
    assert {reader["SupplementaryGroups"] for reader in readers} == {"video"}
    assert "SystemCallFilter=@chown" in _directives(UNITS / "gapura.service")


def test_the_documented_door_with_two_readers_is_one_the_units_serve() -> None:
    """Each reader of the documented configuration has a unit that knocks at its socket as its user, never the same."""
    text = "\n".join(_example(ROOT / page) for page in ("README.md", "hw/README.md"))
    config = parse(text)
    assert isinstance(config, Config), config
    documented = {(reader.user, str(reader.socket)) for reader in config.readers.values()}
    units = [(UNITS / name).read_text(encoding="utf-8") for name in READERS]
    shipped = {
        (re.findall(r"^User=(.+)$", unit, re.MULTILINE)[0], re.findall(r"_SOCKET=(\S+)", unit)[0]) for unit in units
    }
    assert documented == shipped
    assert len({user for user, _ in documented}) == len(config.readers) == 2


def test_the_process_of_zbar_may_step_back() -> None:
    """It lowers its own priority at its start and ends where that is refused, so the readers' sandbox allows it."""
    for name in READERS:
        lines = _directives(UNITS / name)
        assert lines.index("SystemCallFilter=setpriority") > lines.index("SystemCallFilter=~@privileged @resources")


def test_the_updater_has_neither_keys_nor_lines_and_the_guard_stops_nothing() -> None:
    """What reads the network opens no device and no journal, and may restart nothing; a guard's failure is none."""
    lines = _directives(UNITS / "gapura-update.service")
    assert {"PrivateDevices=yes", "InaccessiblePaths=-/var/lib/gapura", "ReadWritePaths=/opt/gapura"} <= set(lines)
    assert "User=gapura-update" in lines
    guard = "ExecStartPre=-+/usr/bin/python3 -I -S /usr/lib/gapura/guard.py"
    assert guard in _directives(UNITS / "gapura.service")
    watched = {line for name in TRIGGERS for line in _directives(UNITS / name) if line.startswith("PathChanged=")}
    assert watched == {"PathChanged=/run/gapura/update/ask.json", "PathChanged=/opt/gapura/update/restart"}


def test_a_gate_that_eats_memory_is_ended_before_the_machine_suffers() -> None:
    """Every unit has an upper bound of memory and none may swap."""
    for name in NAMES:
        lines = _directives(UNITS / name)
        assert "MemorySwapMax=0" in lines
        assert any(line.startswith("MemoryMax=") for line in lines)


def _directives(path: Path) -> list[str]:
    """Read a unit without its comments."""
    text = path.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _example(page: Path) -> str:
    """Take the configuration out of a page."""
    blocks: list[str] = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return "\n".join(blocks)
