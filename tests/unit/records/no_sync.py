"""A thread that the kernel refuses to synchronise files for, as a failing disk does; nothing here asserts anything.

A filter on system calls belongs to the thread that asks for it and ends with it; no privilege is needed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

SYNC_CALLS = {"x86_64": (74, 75), "aarch64": (82, 83)}.get(platform.machine())
"""The numbers of fsync and fdatasync; none for a machine that was never tried."""

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


class _Program(ctypes.Structure):
    """A `struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def refuse_to_sync() -> None:
    """From now on every fsync and fdatasync of the calling thread ends in EIO, after the data was written."""
    assert SYNC_CALLS is not None
    code = b"".join(
        struct.pack("HBBI", *instruction)
        for instruction in (
            (_LOAD, 0, 0, 0),
            (_JUMP_IF_EQUAL, 2, 0, SYNC_CALLS[0]),
            (_JUMP_IF_EQUAL, 1, 0, SYNC_CALLS[1]),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _ERRNO | errno.EIO),
        )
    )
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*call) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
