"""What the package says of itself, against the project's own metadata and dpkg's own order of versions."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import replace

import pytest

from provisioning.mistake import OperatorError
from provisioning.packaging import control
from provisioning.packaging.target import SUITES, Target
from tests.unit.house import tree

PYPROJECT = tree.read("pyproject.toml")
PROJECT = control.read_project(PYPROJECT)
LINKED = ("libc6", "zlib1g", "libc6")
BENCH, PI = Target("bookworm", "amd64"), Target("trixie", "arm64")


def fields(text: str) -> dict[str, str]:
    """Read a control file; a line that begins with a space belongs to the field above."""
    return dict(re.findall(r"^([A-Z][\w-]+): ((?:.*\n)(?: .*\n)*)", text, re.MULTILINE))


def test_the_package_has_the_name_and_version_of_the_project() -> None:
    """Name, version and lowest Python come from pyproject.toml and from nowhere else."""
    project = tomllib.loads(PYPROJECT)["project"]
    assert (PROJECT.name, PROJECT.version) == (project["name"], control.debian_version(project["version"]))
    assert f">={PROJECT.python[0]}.{PROJECT.python[1]}" == project["requires-python"]
    assert PROJECT.maintainer.startswith(project["authors"][0]["name"])
    assert control.file_name(PROJECT, BENCH) == f"{PROJECT.name}_{PROJECT.version}+deb12_amd64.deb"
    assert control.file_name(PROJECT, PI) == f"{PROJECT.name}_{PROJECT.version}+deb13_arm64.deb"


@pytest.mark.parametrize(
    ("python", "debian"),
    [
        ("0.1.0", "0.1.0"),
        ("1.2", "1.2"),
        ("1.0.0a1", "1.0.0~a1"),
        ("1.0.0b2", "1.0.0~b2"),
        ("1.0.0rc3", "1.0.0~rc3"),
        ("1.0.0.dev4", "1.0.0~dev4"),
    ],
)
def test_a_version_keeps_its_place_in_the_order(python: str, debian: str) -> None:
    """A version before a release gets the tilde with which dpkg puts it there."""
    assert control.debian_version(python) == debian


@pytest.mark.parametrize("version", ["1!2.0", "1.0.post1", "1.0+local", "1.0-1", "", "one", "1.0rc", "1.0 "])
def test_a_version_without_a_place_in_the_order_is_refused(version: str) -> None:
    """What dpkg would order otherwise than Python is not guessed at."""
    with pytest.raises(OperatorError, match="has no place in dpkg's order"):
        control.debian_version(version)


@pytest.mark.parametrize(("earlier", "later"), [("1.0.0a1", "1.0.0b1"), ("1.0.0rc1", "1.0.0"), ("1.0.0", "1.0.1rc1")])
def test_dpkg_agrees_on_the_order(earlier: str, later: str) -> None:
    """The tool that will upgrade a gate sees the later version as the newer one."""
    if shutil.which("dpkg") is None:
        pytest.skip("NOT CHECKED: dpkg is missing, so nobody has compared the versions as a gate will")
    low, high = (Target("bookworm").versioned(control.debian_version(version)) for version in (earlier, later))
    assert subprocess.run(["dpkg", "--compare-versions", low, "lt", high], check=False).returncode == 0


def test_a_newer_suite_has_the_newer_package() -> None:
    """Whoever upgrades the system gets the package of the new one, which is built for its Python."""
    versions = [Target(suite).versioned("1.0") for suite in SUITES]
    assert versions == sorted(versions)
    assert len(set(versions)) == len(SUITES)


def test_the_package_is_bound_to_one_minor_version_of_python() -> None:
    """Compiled libraries fit one minor version, so the next one is refused by dpkg and not by a traceback."""
    needs = control.depends(PROJECT, BENCH, (3, 11), LINKED).split(", ")
    assert needs[:2] == ["python3 (>= 3.11~)", "python3 (<< 3.12~)"]
    assert needs[2:] == ["libc6", "libzbar0", "systemd", "zlib1g"]


def test_a_pi_takes_from_apt_what_its_camera_is_built_with() -> None:
    """There numpy is the system's and required; camera and pins come from apt where the system has them."""
    assert control.depends(PROJECT, PI, (3, 13), LINKED).split(", ")[2:] == [
        "libc6", "libzbar0t64", "python3-numpy", "systemd", "zlib1g",
    ]  # fmt: skip
    recommended = fields(control.control(PROJECT, PI, "libc6", 1))["Recommends"].strip().split(", ")
    assert {"python3-picamera2", "python3-libcamera", "python3-lgpio", "network-manager"} == set(recommended)
    assert "Recommends" not in fields(control.control(PROJECT, BENCH, "libc6", 1))


@pytest.mark.parametrize(("suite", "architecture"), [("bullseye", "arm64"), ("trixie", "armhf"), ("", "amd64")])
def test_what_is_not_built_for_is_refused(suite: str, architecture: str) -> None:
    """A suite or an architecture outside of the tables is named, with those that there are."""
    with pytest.raises(OperatorError, match="is not built for; there are"):
        Target(suite, architecture)


def test_a_target_with_too_old_a_python_is_refused() -> None:
    """A suite whose Python the project does not support gets no package."""
    with pytest.raises(OperatorError, match=r"the target has Python 3\.9"):
        control.depends(PROJECT, BENCH, (3, 9), LINKED)


def test_an_open_range_of_pythons_is_all_that_is_understood() -> None:
    """A requires-python of another form is refused, because it could not be written as a dependency."""
    with pytest.raises(OperatorError, match=r"understands only >=X\.Y"):
        control.read_project(PYPROJECT.replace('requires-python = ">=3.11"', 'requires-python = ">=3.11,<4"'))


def test_the_control_file_has_what_dpkg_asks_for() -> None:
    """Every field is there once, sizes are rounded up to KiB, and no line of the description is too long."""
    text = control.control(PROJECT, BENCH, "libc6", 1025)
    found = fields(text)
    assert {name: found[name].strip() for name in ("Package", "Version", "Architecture", "Depends")} == {
        "Package": "gapura",
        "Version": f"{PROJECT.version}+deb12",
        "Architecture": "amd64",
        "Depends": "libc6",
    }
    assert found["Installed-Size"] == "2\n"
    synopsis, *about = found["Description"].splitlines()
    assert len(synopsis) < 80
    assert not synopsis.endswith(".")
    assert all(line.startswith(" ") and len(line) <= 80 for line in about)
    assert "".join(f"{name}: {value}" for name, value in found.items()) == text


def test_the_changelog_is_dated_by_the_commit() -> None:
    """Its entry names this version and the moment it was given, never the moment of the build."""
    text = control.changelog(replace(PROJECT, version="1.0~rc1"), BENCH, 0)
    assert text.startswith("gapura (1.0~rc1+deb12) bookworm; urgency=")
    assert text.rstrip().endswith(f" -- {PROJECT.maintainer}  Thu, 01 Jan 1970 00:00:00 -0000")
