"""What goes where on a gate, against the units, the scripts and the documented way of installing by hand."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from provisioning.packaging import layout
from tests.unit.house import tree

UPDATER = ("gapura-switched.service", "gapura-update.service")
UNITS = sorted(path.name for path in (tree.ROOT / "systemd").glob("*.service") if path.name not in UPDATER)
TARGETS = [file.target for file in layout.PLACED]


def test_every_unit_and_declaration_is_shipped() -> None:
    """Nothing of systemd/ but its page is left out, and nothing is placed twice."""
    shipped = {file.source for file in layout.PLACED if file.source.startswith("systemd/")}
    assert shipped == {str(path) for path in tree.tracked() if path.parts[0] == "systemd" and path.suffix != ".md"}
    assert len(set(TARGETS)) == len(TARGETS)


def test_everything_named_is_in_the_checkout() -> None:
    """Every source, every script and every part of the wheel is a file or folder that git tracks."""
    names = [file.source for file in layout.PLACED] + [layout.script(name) for name in layout.SCRIPTS]
    assert [name for name in names if Path(name) not in tree.tracked()] == []
    assert [name for name in layout.SOURCES if not (tree.ROOT / name).exists()] == []


def test_a_configuration_is_never_the_package_s() -> None:
    """Nothing is shipped into /etc: neither an upgrade nor a removal touches what a door was configured with."""
    assert all(file.target.startswith(("usr/lib/", "usr/share/")) for file in layout.PLACED)


def test_the_folder_of_configurations_is_not_for_everybody() -> None:
    """The folder is for root and a group, and so is a configuration that somebody lays there."""
    assert {target: mode & 0o007 for target, mode in layout.FOLDER_MODES.items()} == {"etc/gapura": 0}
    found = re.findall(r"^[dz] /(\S+)\s+0(\d+)", tree.read("systemd/gapura.tmpfiles.conf"), re.MULTILINE)
    declared = {target: int(mode, 8) for target, mode in found}
    assert layout.FOLDER_MODES.items() <= declared.items()
    assert declared["etc/gapura/gapura.toml"] == 0o640


def test_the_guard_is_shipped_outside_of_every_release() -> None:
    """What root runs before the gate lies where no updater may write."""
    guards = re.findall(
        r"^ExecStartPre=-\+/usr/bin/python3 -I -S /(\S+)", tree.read("systemd/gapura.service"), re.MULTILINE
    )
    assert guards
    assert set(guards) <= set(TARGETS)
    assert all(guard.startswith("usr/lib/") for guard in guards)


@pytest.mark.parametrize("unit", [*UNITS, "gapura-update.service"])
def test_a_unit_starts_what_is_shipped(unit: str) -> None:
    """Every program that a unit starts is reached through the release in force and stays when the rest is dropped."""
    started = re.findall(r"^Exec\w+=(?!-\+)(\S+)", tree.read(f"systemd/{unit}"), re.MULTILINE)
    assert started
    for program in started:
        folder, _, name = program.rpartition("/bin/")
        assert folder == f"/{layout.STARTED_FROM}"
        assert layout.stays_in_bin(name)


@pytest.mark.parametrize(
    ("name", "stays"), [("python3.11", True), ("gapura-ops", True), ("f2py", False), ("pip", False)]
)
def test_the_commands_of_libraries_are_dropped(name: str, *, stays: bool) -> None:
    """An operator finds the interpreter and the project's own programs, and no tool of a library."""
    assert layout.stays_in_bin(name) is stays


@pytest.mark.parametrize(("script", "verb"), [("postinst", "try-restart"), ("prerm", "disable")])
def test_a_script_forgets_no_unit(script: str, verb: str) -> None:
    """Whichever unit runs is started again after an upgrade and stopped before a removal."""
    lines = [line for line in tree.read(layout.script(script)).splitlines() if verb in line]
    assert [sorted(re.findall(r"[\w-]+\.service", line)) for line in lines] == [UNITS]


def test_installing_enables_a_door_that_waits_for_its_configuration() -> None:
    """Gate and reader outside are enabled, at the first installation alone, and none runs without a configuration."""
    commands = [line.strip() for line in tree.read(layout.script("postinst")).splitlines()]
    assert commands.count("systemctl --quiet enable gapura.service gapura-reader.service \\") == 1
    assert sum(line.startswith("systemctl") and " enable " in line for line in commands) == 1
    for unit in UNITS:
        before_service = tree.read(f"systemd/{unit}").partition("[Service]")[0]
        assert "\nConditionPathExists=/etc/gapura/gapura.toml\n" in before_service


@pytest.mark.parametrize("name", layout.SCRIPTS)
def test_a_script_is_one(name: str) -> None:
    """Every script is read by the shell that dpkg starts it with, and ends at its first failure."""
    text = tree.read(layout.script(name))
    assert text.startswith("#!/bin/sh\n")
    assert "\nset -e\n" in text
    assert subprocess.run(["/bin/sh", "-n"], input=text, text=True, check=False).returncode == 0
