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


def test_only_configuration_is_kept_from_an_administrator() -> None:
    """Dpkg asks before it replaces what is in /etc, and everything else is the package's own."""
    assert layout.CONFFILES == ("/etc/gapura/gapura.toml",)
    assert all(file.target.startswith(("etc/", "usr/lib/", "usr/share/")) for file in layout.PLACED)


def test_nothing_in_etc_is_for_everybody() -> None:
    """The configuration and its folder are for root and a group, as the documented installation makes them."""
    modes = {file.target: file.mode for file in layout.PLACED if file.target.startswith("etc/")} | layout.FOLDER_MODES
    assert {target: mode & 0o007 for target, mode in modes.items()} == dict.fromkeys(modes, 0)
    declared = re.findall(r"^[dz] /(\S+)\s+0(\d+)", tree.read("systemd/gapura.tmpfiles.conf"), re.MULTILINE)
    assert modes.items() <= {target: int(mode, 8) for target, mode in declared}.items()


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
    """Every program that a unit starts lies where the package puts it and stays there when the rest is dropped."""
    started = re.findall(r"^Exec\w+=(?!-\+)(\S+)", tree.read(f"systemd/{unit}"), re.MULTILINE)
    assert started
    for program in started:
        folder, _, name = program.rpartition("/bin/")
        assert folder == f"/{layout.ENVIRONMENT}"
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


def test_installing_enables_nothing() -> None:
    """No script enables or starts a unit that was not running: a door is enabled by whoever configured it."""
    for name in layout.SCRIPTS:
        commands = [line for line in tree.read(layout.script(name)).splitlines() if not re.match(r"\s*(#|echo )", line)]
        assert not re.search(r"\b(enable|start|restart)\b(?<!try-restart)", "\n".join(commands))


@pytest.mark.parametrize("name", layout.SCRIPTS)
def test_a_script_is_one(name: str) -> None:
    """Every script is read by the shell that dpkg starts it with, and ends at its first failure."""
    text = tree.read(layout.script(name))
    assert text.startswith("#!/bin/sh\n")
    assert "\nset -e\n" in text
    assert subprocess.run(["/bin/sh", "-n"], input=text, text=True, check=False).returncode == 0
