"""A stand-in for `nmcli` on a machine without a radio: one network in the air, with one password. It joins nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SSID: Final = "Kantor"
PASSWORD: Final = "rahasia sekali"  # noqa: S105  of a network that does not exist
WRONG: Final = "rahasia lain"

_PROGRAM: Final = f"""#!/bin/sh
case "$*" in
  *passwd-file*)
    read -r typed
    [ "$typed" = "802-11-wireless-security.psk:{PASSWORD}" ] && exit 0
    echo "Error: Connection activation failed: Secrets were required, but not provided." >&2
    exit 4;;
  *delete*) exit 10;;
esac
"""
_MODE: Final = 0o755


def install(folder: Path) -> None:
    """Put the program into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "nmcli"
    path.write_text(_PROGRAM, encoding="ascii")
    path.chmod(_MODE)
