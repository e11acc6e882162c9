"""What the package says of itself: Debian's control file and changelog, out of the project's own metadata.

Pure: text in, text out. The package is bound to one minor version of Python, because compiled libraries are.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provisioning.packaging.target import Target

_SERVICES: Final = ("systemd",)

_ADDRESS: Final = "authors@gapura.invalid"
"""Debian's tools refuse a name without an address, and the authors have agreed on none."""

_PLAIN: Final = re.compile(r"(\d+(?:\.\d+)*)(?:(a|b|rc|\.dev)(\d+))?")
_SYNOPSIS: Final = "door that reads QR passes and decides without a network"
_ABOUT: Final = """
The gate process, the reader process, their systemd units and the operations desk's commands, with every Python
library they use at the version and hash of the project's lock. Installing it opens no door: the units wait for a
configuration.
"""


@dataclass(frozen=True, slots=True)
class Project:
    """What `pyproject.toml` says."""

    name: str
    release: str
    """The version as Python writes it, which names the release's folder on a gate."""
    version: str
    """The same as dpkg orders it."""
    maintainer: str
    python: tuple[int, int]


def read_project(pyproject: str) -> Project:
    """Read the fields that a package needs; `python` is the lowest minor version that will do."""
    project = tomllib.loads(pyproject)["project"]
    low = re.fullmatch(r">=(\d+)\.(\d+)", project["requires-python"])
    if low is None:
        line = f"requires-python is {project['requires-python']!r}; the package understands only >=X.Y"
        raise OperatorError(line)
    return Project(
        name=project["name"],
        release=project["version"],
        version=debian_version(project["version"]),
        maintainer=f"{project['authors'][0]['name']} <{_ADDRESS}>",
        python=(int(low[1]), int(low[2])),
    )


def debian_version(version: str) -> str:
    """Write a version so that dpkg orders it as Python does: what comes before a release has a tilde."""
    match = _PLAIN.fullmatch(version)
    if match is None:
        line = f"version {version!r} has no place in dpkg's order: use N.N.N, or N.N.N with aN, bN, rcN or .devN"
        raise OperatorError(line)
    release, stage, number = match.groups()
    return release if stage is None else f"{release}~{stage.lstrip('.')}{number}"


def file_name(project: Project, target: Target) -> str:
    """Name the package's file as every Debian tool expects it."""
    return f"{project.name}_{target.versioned(project.version)}_{target.architecture}.deb"


def depends(project: Project, target: Target, python: tuple[int, int], linked: Iterable[str]) -> str:
    """List what must be installed: this minor version of Python, what libraries were linked with, what they open."""
    if python < project.python:
        line = f"the target has Python {python[0]}.{python[1]}; {project.name} needs {project.python} or newer"
        raise OperatorError(line)
    major, minor = python
    interpreter = [f"python3 (>= {major}.{minor}~)", f"python3 (<< {major}.{minor + 1}~)"]
    return ", ".join(interpreter + sorted({*linked, *target.opened_by_name, *_SERVICES}))


def control(project: Project, target: Target, needs: str, installed_bytes: int) -> str:
    """Write DEBIAN/control."""
    about = textwrap.fill(" ".join(_ABOUT.split()), 78, initial_indent=" ", subsequent_indent=" ")
    fields = {
        "Package": project.name,
        "Version": target.versioned(project.version),
        "Architecture": target.architecture,
        "Maintainer": project.maintainer,
        "Installed-Size": str(-(-installed_bytes // 1024)),
        "Depends": needs,
        "Recommends": ", ".join(target.recommends),
        "Section": "misc",
        "Priority": "optional",
        "Description": f"{_SYNOPSIS}\n{about}",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def changelog(project: Project, target: Target, built_unix: int) -> str:
    """Write the changelog in Debian's form; what changed for operators stands in CHANGELOG.md beside it."""
    return (
        f"{project.name} ({target.versioned(project.version)}) {target.suite}; urgency=medium\n\n"
        f"  * CHANGELOG.md in this folder says what changed.\n\n"
        f" -- {project.maintainer}  {formatdate(built_unix)}\n"
    )
