"""The section of `gapura.toml` that says where releases lie and when one may be switched to."""

from __future__ import annotations

from pathlib import Path

from firmware.control.sections import FilePath, Section
from firmware.updating.order import Window  # noqa: TC001  pydantic reads it while the program runs


class UpdateSection(Section):
    """Where releases lie, where the updater is asked, and when (local hours, or `any`) one may be switched to."""

    folder: FilePath = Path("/opt/gapura")
    ask: FilePath = Path("/run/gapura/update")
    window: Window = "02:00-04:00"
