"""The board file of the trial's door, as whoever wires a board writes it: pins and readers, and no gate. Text only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from provisioning.rig.configuration import GREEN, RED, RELAY, REX, YELLOW

if TYPE_CHECKING:
    from pathlib import Path

OUTSIDE, INSIDE = "outside", "inside"
READERS: Final = (OUTSIDE, INSIDE)
TAMPER, SERVICE = 20, 12
"""BCM pins of the case's switch, which is closed while the case is, and of the button in it."""

UNLOCK_MS: Final = 1500


def board_toml(folder: Path, keeper: str) -> str:
    """Write it; all that it names lies in `folder`."""
    readers = "\n".join(
        f"""
[readers.{name}]
side = "{name}"
socket = "{folder / "run" / f"{name}.sock"}"
user = "{os.getuid()}"
out_of_sight = {str(name == INSIDE).lower()}
"""
        for name in READERS
    )
    return f"""
[setup]
state_dir = "{folder / "state"}"
boot = "{folder / "boot"}"
wifi = "networkmanager"

[trust]
root = "{folder / "root.pub"}"
list = "{folder / "none.cose"}"
policy = "{folder / "none.cose"}"

[door]
kind = "strike"
unlock_ms = {UNLOCK_MS}

[relay]
pin = {RELAY}

[light]
red = {RED}
yellow = {YELLOW}
green = {GREEN}

[rex]
pin = {REX}

[tamper]
pin = {TAMPER}

[service]
pin = {SERVICE}

[hardware]
pins = "keeper:{keeper}"

[clock]
rtc = "none"

[documents]
healthy_s = 1
{readers}"""
