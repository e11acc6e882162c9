"""Cloud-init's user-data for a card: the customer's root, a board file and the system files of this folder. Pure.

Written as JSON, which is YAML too, so that no name or key can become anything but text. Nothing in it is secret: a
blank gate has no secret yet, and what a card says can be read by whoever holds it.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER: Final = "#cloud-config\n"
"""Without it as the first line cloud-init takes the file for something else."""
META_DATA: Final = "instance-id: gapura-card\n"
NAME: Final = "gapura-gate"
SYSTEM: Final[Mapping[str, str]] = {
    "data.mount": "/etc/systemd/system/data.mount",
    "var-lib-gapura.mount": "/etc/systemd/system/var-lib-gapura.mount",
    "opt-gapura.mount": "/etc/systemd/system/opt-gapura.mount",
    r"etc-NetworkManager-system\x2dconnections.mount": (
        r"/etc/systemd/system/etc-NetworkManager-system\x2dconnections.mount"
    ),
    "gapura-first-boot.service": "/etc/systemd/system/gapura-first-boot.service",
    "gapura-first-boot": "/usr/local/sbin/gapura-first-boot",
    "overlayroot.conf": "/etc/gapura/overlayroot.conf",
    "journald.conf": "/etc/systemd/journald.conf.d/gapura.conf",
    "watchdog.conf": "/etc/systemd/system.conf.d/gapura.conf",
}
"""Where each file of `system/` comes to lie."""

_PROGRAMS: Final = frozenset({"gapura-first-boot"})
_KEY: Final = re.compile(r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/=]{16,}( [^\r\n]*)?\Z")


@dataclass(frozen=True, slots=True)
class Card:
    """What one kind of card says: texts of files. Without `keys` nobody logs in from afar.

    `authority` is the document in which the root says what it has taken back, if it has.
    """

    root: str
    board: str
    system: Mapping[str, str]
    keys: Sequence[str] = ()
    releases_root: str | None = None
    authority: bytes | None = None


def render(card: Card) -> str:
    """Write the user-data; raises KeyError for a file of `system/` that is missing."""
    written = [_file("/etc/gapura/root.pub", card.root), _file("/etc/gapura/gapura.toml", card.board)]
    if card.releases_root is not None:
        written.append(_file("/etc/gapura/releases-root.json", card.releases_root))
    if card.authority is not None:
        coded = base64.b64encode(card.authority).decode("ascii")
        written.append(_file("/etc/gapura/authority.cose", coded) | {"encoding": "b64"})
    for name, path in SYSTEM.items():
        written.append(_file(path, card.system[name], "0755" if name in _PROGRAMS else "0644"))
    said: dict[str, object] = {
        "hostname": NAME,
        "growpart": {"mode": "off"},
        "resize_rootfs": False,
        "ssh_pwauth": False,
        "disable_root": True,
        "write_files": written,
        # Not waited for: it ends with a restart of the machine.
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", "--now", "--no-block", "gapura-first-boot.service"],
        ],
    }
    if card.keys:
        said["ssh_authorized_keys"] = list(card.keys)
    return HEADER + json.dumps(said, indent=1) + "\n"


def public_keys(text: str) -> list[str] | None:
    """Read the public keys of a file as ssh-keygen writes them; None if a line is anything else."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return lines if lines and all(_KEY.match(line) for line in lines) else None


def _file(path: str, content: str, mode: str = "0644") -> dict[str, str]:
    return {"path": path, "content": content, "permissions": mode, "owner": "root:root"}
