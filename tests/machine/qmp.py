"""Asks qemu itself about the machine it emulates, over its monitor socket (QMP). The machine does not notice."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

_CONNECT_S: Final = 10.0
_ANSWER_S: Final = 10.0
_AGAIN_S: Final = 0.02


class MonitorError(Exception):
    """The monitor refused, or cannot be reached."""


class Monitor:
    """One connection to a monitor, between `with` and its end."""

    def __init__(self, path: Path) -> None:
        """Remember where; the socket may appear later."""
        self._path = path

    def __enter__(self) -> Self:
        """Connect and agree on the protocol."""
        self._socket = self._connected()
        self._lines = self._socket.makefile("rb")
        json.loads(self._lines.readline())  # it greets first, with its version
        self._ask("qmp_capabilities")
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def word(self, address: int) -> int:
        """Read 32 bits of physical memory, a device's register being such."""
        said = self._ask("human-monitor-command", {"command-line": f"xp /1wx {address:#x}"})
        found = re.fullmatch(r"[0-9a-f]+: 0x([0-9a-f]{8})\s*", str(said))
        if found is None:
            message = f"no word at {address:#x}: {said}"
            raise MonitorError(message)
        return int(found[1], 16)

    def _ask(self, command: str, arguments: dict[str, str] | None = None) -> object:
        asked = {"execute": command} | ({"arguments": arguments} if arguments else {})
        self._socket.sendall(json.dumps(asked).encode() + b"\n")
        # Events may come between a question and its answer.
        while line := self._lines.readline():
            said: dict[str, Any] = json.loads(line)
            if "return" in said:
                return said["return"]
            if "error" in said:
                message = f"{command}: {said['error'].get('desc')}"
                raise MonitorError(message)
        message = f"{command}: the monitor hung up"
        raise MonitorError(message)

    def _connected(self) -> socket.socket:
        until_s = time.monotonic() + _CONNECT_S
        while True:
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            link.settimeout(_ANSWER_S)
            with contextlib.suppress(OSError):
                link.connect(str(self._path))
                return link
            link.close()
            if time.monotonic() > until_s:
                message = f"no monitor at {self._path.name}"
                raise MonitorError(message)
            time.sleep(_AGAIN_S)
