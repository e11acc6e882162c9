"""The machine's network: seen in the kernel's routes, and joined by NetworkManager's own program, `nmcli`.

Arguments are a list and never pass a shell; the password goes in by standard input, so that it stands in no list of
processes and in no file but NetworkManager's. nmcli(1): 4 is an activation that failed, and the sentence on standard
error says by which of NMDeviceStateReason.
"""

from __future__ import annotations

import logging
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hw.ports import JoinRefusal

ROUTES: Final = (Path("/proc/net/route"), Path("/proc/net/ipv6_route"))
PROFILE: Final = "gapura-wifi"
NEW: Final = "gapura-wifi-new"
"""What a network is called until it is joined."""

JOIN_S: Final = 45
"""How long a network may take: association, keys, and an address."""

_PLAIN_S: Final = 15
_UP: Final = 0x1
_UNSPECIFIED: Final = "0" * 32
_PASSWORD: Final = ("secrets were required", "no-secrets", "supplicant-disconnect", "802.1x supplicant")
_NOT_FOUND: Final = ("could not be found", "ssid-not-found", "no network with ssid")

log = logging.getLogger(__name__)


class KernelRoutes:
    """A `Network` that joins nothing: the cable is there, or somebody else sees to the network."""

    def __init__(self, routes: tuple[Path, Path] = ROUTES) -> None:
        """Take the two files of the kernel."""
        self._routes = routes

    def connected(self) -> bool:
        """Say whether a route leads anywhere beyond this machine: a default route, or one of a real interface."""
        four, six = (_lines(path) for path in self._routes)
        if any(len(line) > 3 and line[0] != "lo" and int(line[3], 16) & _UP for line in four[1:]):  # noqa: PLR2004
            return True
        return any(len(line) > 9 and line[0] == _UNSPECIFIED and line[9] != "lo" for line in six)  # noqa: PLR2004

    def join(self, ssid: str, psk: str, *, hidden: bool) -> JoinRefusal | None:  # noqa: ARG002  the port's signature
        """Join nothing."""
        return "failed"


class NetworkManager(KernelRoutes):
    """A `Network` whose wireless part NetworkManager looks after; one profile of ours, whichever network it names.

    A network that cannot be joined leaves the one before as it was.
    """

    def __init__(self, program: str = "nmcli", routes: tuple[Path, Path] = ROUTES) -> None:
        """Take the program; nothing runs yet."""
        super().__init__(routes)
        self._program = program
        self._environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        self._environment |= {"LC_ALL": "C"}

    def join(self, ssid: str, psk: str, *, hidden: bool) -> JoinRefusal | None:
        """Bring a new profile up, and let it take the place of the one before only when it is.

        NetworkManager keeps it and its password over a restart.
        """
        self._call(["connection", "delete", "id", NEW], _PLAIN_S)
        profile = ["type", "wifi", "con-name", NEW, "ifname", "*", "autoconnect", "no", "ssid", ssid]
        security = ["wifi.hidden", "yes" if hidden else "no", "wifi-sec.key-mgmt", "wpa-psk"]
        made, said = self._call(["connection", "add", *profile, *security], _PLAIN_S)
        if made != 0:
            log.warning("nmcli makes no profile: %s", said)
            return "failed"
        up = ["--wait", str(JOIN_S), "connection", "up", "id", NEW, "passwd-file", "/dev/stdin"]
        code, said = self._call(up, JOIN_S + _PLAIN_S, f"802-11-wireless-security.psk:{psk}\n")
        if code == 0:
            self._call(["connection", "modify", "id", NEW, "connection.autoconnect", "yes"], _PLAIN_S)
            self._call(["connection", "delete", "id", PROFILE], _PLAIN_S)
            self._call(["connection", "modify", "id", NEW, "connection.id", PROFILE], _PLAIN_S)
            return None
        self._call(["connection", "delete", "id", NEW], _PLAIN_S)
        self._call(["--wait", "0", "connection", "up", "id", PROFILE], _PLAIN_S)
        log.warning("the network is not joined: %s", said)
        lowered = said.lower()
        if any(words in lowered for words in _NOT_FOUND):
            return "not_found"
        return "password" if any(words in lowered for words in _PASSWORD) else "failed"

    def _call(self, arguments: Sequence[str], limit_s: float, typed: str = "") -> tuple[int, str]:
        """Run it once; its exit code and the last line it said, which never holds what was typed."""
        try:
            ended = subprocess.run(  # noqa: S603  a list of ours, no shell
                [self._program, *arguments],
                input=typed.encode(),
                capture_output=True,
                timeout=limit_s,
                check=False,
                env=self._environment,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return -1, type(error).__name__
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        return ended.returncode, said[-1][:200] if said else ""


def _lines(path: Path) -> list[list[str]]:
    """Read a table of the kernel."""
    try:
        return [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, ValueError):
        return []
