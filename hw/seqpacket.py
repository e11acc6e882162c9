"""A SOCK_SEQPACKET socket in the file system: bound where nobody else listens, private, and cleared of the dead.

It decides when a path may be taken. It may not read or accept anything.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODE = 0o660


def listen(path: Path, gid: int | None = None) -> socket.socket:
    """Bind and listen without blocking, for members of a group; OSError names the path and says what is in the way.

    Without `gid` the group stays what the directory and this process make it.
    """
    _clear(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    try:
        listener.bind(os.fspath(path))
        # Before listen(): nobody can connect while group and mode are still what this process was started with.
        if gid is not None:
            _hand_over(path, gid)
        path.chmod(MODE)
        listener.listen(4)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen: {error.strerror or error}", str(path)) from None
    return listener


def uid_of(peer: socket.socket) -> int:
    """Return the user id of the process that connected."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


def _hand_over(path: Path, gid: int) -> None:
    """Give the socket's file to a group; without privileges that works for a group this process is a member of."""
    if path.lstat().st_gid == gid:
        return
    try:
        os.chown(path, -1, gid, follow_symlinks=False)
    except PermissionError as error:
        raise OSError(error.errno, f"it must belong to group {gid}, of which this user is no member") from None


def _clear(path: Path) -> None:
    """Remove what a gate that ended hard left behind, and nothing else."""
    if not path.parent.is_dir():
        raise OSError(errno.ENOENT, "the directory of the reader's socket does not exist", str(path.parent))
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise OSError(errno.EEXIST, "there is something that is not a socket", str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(os.fspath(path))
        except BlockingIOError:  # more knock there than it answers: it hangs, but it lives
            pass
        except OSError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, "another process listens here", str(path))
