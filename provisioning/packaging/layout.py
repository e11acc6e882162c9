"""Where each file of the checkout goes on a gate, and what the package adds to it.

Pure: paths and modes. Everything belongs to root until systemd-tmpfiles gives what is in /etc/gapura to its group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PLACE: Final = "opt/gapura"
CURRENT: Final = f"{PLACE}/current"
"""A link to the release in force: `postinst` sets it, the updater moves it, units go through it, no package has it."""
STARTED_FROM: Final = f"{CURRENT}/.venv"
COMMANDS: Final = ("gapura", "gapura-ops")
"""What an operator types; the reader is only ever started by its unit."""
PROGRAMS: Final = (*COMMANDS, "gapura-reader")
SCRIPTS: Final = ("postinst", "prerm", "postrm")
SOURCES: Final = ("firmware", "hw", "provisioning", "pyproject.toml", "README.md", "LICENSE")
"""What the wheel is made from."""
RELEASE_MARK: Final = "@release@"
"""Stands in the scripts for the name of the release that the package brings."""

_OURS: Final = "provisioning/packaging/debian"
_UNITS: Final = "usr/lib/systemd/system"
_SHARED: Final = "usr/share/gapura"
DOC: Final = "usr/share/doc/gapura"
_PROGRAM: Final = 0o755
_PRIVATE_FOLDER: Final = 0o750


@dataclass(frozen=True, slots=True)
class Placed:
    """A file of the checkout and where it is installed, both relative."""

    source: str
    target: str
    mode: int = 0o644


UPDATING: Final = ("update.service", "update.path", "update.timer", "switched.service", "switched.path")
"""Units of the updater, by the second half of their names."""

PLACED: Final = (
    Placed("systemd/gapura.service", f"{_UNITS}/gapura.service"),
    Placed("systemd/gapura-reader.service", f"{_UNITS}/gapura-reader.service"),
    Placed("systemd/gapura-reader-inside.service", f"{_UNITS}/gapura-reader-inside.service"),
    *(Placed(f"systemd/gapura-{name}", f"{_UNITS}/gapura-{name}") for name in UPDATING),
    Placed("firmware/updating/guard.py", "usr/lib/gapura/guard.py"),
    Placed("systemd/gapura.sysusers.conf", "usr/lib/sysusers.d/gapura.conf"),
    Placed("systemd/gapura.tmpfiles.conf", "usr/lib/tmpfiles.d/gapura.conf"),
    Placed("systemd/gapura.polkit.rules", "usr/share/polkit-1/rules.d/60-gapura.rules"),
    Placed("systemd/gapura.toml", f"{DOC}/examples/gapura.toml"),
    Placed("hw/boot-config.txt", f"{_SHARED}/boot-config.txt"),
    Placed(f"{_OURS}/boot-config", "usr/lib/gapura/boot-config", _PROGRAM),
    Placed("CHANGELOG.md", f"{DOC}/CHANGELOG.md"),
    Placed(f"{_OURS}/copyright", f"{DOC}/copyright"),
    Placed(f"{_OURS}/lintian-overrides", "usr/share/lintian/overrides/gapura"),
)
FOLDER_MODES: Final = {"etc/gapura": _PRIVATE_FOLDER}
FOLDERS: Final = tuple(FOLDER_MODES)
"""What the package has though nothing of it lies there: no file there is the package's, all of them are the door's."""
LINKS: Final = {f"usr/bin/{name}": f"/{STARTED_FROM}/bin/{name}" for name in COMMANDS}


def environment(release: str) -> str:
    """Return where the environment of a release lies; its programs have this path inside."""
    return f"{PLACE}/releases/{release}/.venv"


def script(name: str) -> str:
    """Return where a maintainer script lies in the checkout."""
    return f"{_OURS}/{name}"


def stays_in_bin(name: str) -> bool:
    """Tell whether a program of the environment is shipped: the interpreter and ours, no library's own commands."""
    return name in PROGRAMS or name.startswith("python")
