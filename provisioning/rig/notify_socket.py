"""The service manager's end of the readiness protocol: one datagram socket, one sender that counts.

Only messages from the main process are heard (NotifyAccess=main), by the credentials the kernel attaches. It
keeps no state; what a message means is for the supervisor.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import tempfile
from pathlib import Path
from typing import Final

_CREDENTIALS: Final = struct.Struct("3i")


class NotifySocket:
    """A socket for NOTIFY_SOCKET; `path` goes into the environment of the program."""

    def __init__(self) -> None:
        """Bind in a private folder; Unix socket paths must be short."""
        self._folder = Path(tempfile.mkdtemp(prefix="rig-"))
        self.path = str(self._folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(self.path)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature

    def fileno(self) -> int:
        """Return what to wait on."""
        return self._socket.fileno()

    def receive(self, main_pid: int) -> frozenset[str]:
        """Return the assignments of the next message; empty when there is none or it is not the main process's."""
        try:
            data, ancillary, _, _ = self._socket.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
        except BlockingIOError:
            return frozenset()
        sender = next(
            (
                _CREDENTIALS.unpack(value[: _CREDENTIALS.size])[0]
                for level, kind, value in ancillary
                if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS
            ),
            None,
        )
        return frozenset(data.decode(errors="replace").splitlines()) if sender == main_pid else frozenset()

    def drain(self) -> None:
        """Forget what a process that is dead by now still had under way."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(4096)

    def close(self) -> None:
        """Remove the socket and its folder."""
        self._socket.close()
        Path(self.path).unlink(missing_ok=True)
        os.rmdir(self._folder)  # noqa: PTH106 - fails if anything else appeared in it
