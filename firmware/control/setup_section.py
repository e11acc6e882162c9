"""The section [setup] of a board file: where a blank gate keeps what it becomes, and by what it is reached. No more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from firmware.control.sections import FilePath, Section


class SetupSection(Section):
    """How a blank gate is set up.

    `wifi` names who manages the wireless network, `window_s` how long the window stays open in which a gate that is set
    up takes another document, and `boot` the folder in which a document may lie as a file.
    """

    state_dir: FilePath = Path("/var/lib/gapura")
    wifi: Literal["networkmanager", "none"] = "none"
    window_s: Annotated[int, Field(ge=60, le=3600)] = 600
    boot: FilePath = Path("/boot/firmware/gapura")
