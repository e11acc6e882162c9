"""What a command goes by: a configuration, or a board file and what it has become; told so that it can be mended."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from firmware.commands.mistake import UsageError
from firmware.control import board

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.board import Site


def open_site(path: Path) -> Site:
    """Read it, or raise UsageError with its first mistake; a blank gate's folder is made."""
    site = board.open_site(path)
    if isinstance(site, list):
        more = f" (and {len(site) - 1} more; see gapura check {path})" if site[1:] else ""
        msg = f"{path}: {site[0]}{more}"
        raise UsageError(msg)
    if site.problem is not None:
        sys.stderr.write(f"gapura: {site.problem}\n")
    if site.blank:
        try:
            site.config.gate.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{site.config.gate.state_dir}: {error.strerror}; the board file's setup.state_dir says where"
            raise UsageError(msg) from error
    return site
