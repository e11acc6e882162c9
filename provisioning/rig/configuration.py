"""The configuration of the rig's gate as a technician would write it. Text only: it opens no file and knows no key."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RELAY, RED, YELLOW, GREEN, REX = 17, 22, 23, 24, 27
"""BCM pins of the rig's door."""

RECONNECT_S: Final = 3
"""A bench takes its broker away on purpose and waits for the gate to come back."""


@dataclass(frozen=True, slots=True)
class Door:
    """Which gate it is and how long it opens."""

    gate: str
    area: str
    unlock_ms: int
    max_unlock_ms: int


@dataclass(frozen=True, slots=True)
class Link:
    """How the gate reaches its broker, and how often it tells its health there."""

    port: int
    ca: Path
    certificate: Path
    key: Path
    health_s: int


def gate_toml(folder: Path, door: Door, link: Link, sockets: Mapping[str, Path], keeper: str) -> str:
    """Write the whole file; lists and state lie in the rig's `folder`, a reader called `inside` hangs inside."""
    own = folder / "gate"
    readers = "\n".join(_reader(name, socket) for name, socket in sockets.items())
    return f"""
[gate]
id = "{door.gate}"
area = "{door.area}"
state_dir = "{folder / "state"}"

[trust]
root = "{own / "root.pub"}"
list = "{own / "trust.cose"}"
policy = "{own / "policy.cose"}"

[door]
unlock_ms = {door.unlock_ms}
max_unlock_ms = {door.max_unlock_ms}

[relay]
pin = {RELAY}

[light]
red = {RED}
yellow = {YELLOW}
green = {GREEN}

[rex]
pin = {REX}

[mqtt]
host = "127.0.0.1"
port = {link.port}
ca = "{link.ca}"
certificate = "{link.certificate}"
key = "{link.key}"
health_s = {link.health_s}
reconnect_s = {RECONNECT_S}

[hardware]
pins = "keeper:{keeper}"

[clock]
rtc = "none"
{readers}"""


def _reader(name: str, socket: Path) -> str:
    """Write one reader's section."""
    side = "inside" if name == "inside" else "outside"
    return f"""
[readers.{name}]
side = "{side}"
socket = "{socket}"
user = "{os.getuid()}"
out_of_sight = {str(side == "inside").lower()}
"""
