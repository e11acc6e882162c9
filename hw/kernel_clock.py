"""The kernel's clock and what the kernel thinks of it: adjtimex(2) with no mode, which sets nothing.

It judges nothing. Where the call is not allowed the clock counts as one that nobody keeps right; the time itself is
read from CLOCK_REALTIME either way.
"""

from __future__ import annotations

import ctypes
import time
from typing import Final

from hw.ports import KernelTime

STA_UNSYNC: Final = 0x0040
"""`status` bit of adjtimex(2): no program keeps the clock right, or what it heard is too old."""

_TIME_ERROR: Final = 5
_SPARE: Final = 32
NANOSECONDS_PER_MS: Final = 1_000_000
MICROSECONDS_PER_MS: Final = 1_000


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """`struct timex` of Linux, as adjtimex(2) lists it, with room behind it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("spare", ctypes.c_long * _SPARE),
    )


def read() -> KernelTime:
    """Read the clock, whether a program keeps it right, and the kernel's own bound of its error."""
    asked = _Timex()
    state = ctypes.CDLL(None).adjtimex(ctypes.byref(asked))
    unix_ms = time.time_ns() // NANOSECONDS_PER_MS
    if state < 0:
        return KernelTime(unix_ms, synchronised=False, error_ms=0, allowed=False)
    synchronised = state != _TIME_ERROR and not asked.status & STA_UNSYNC
    return KernelTime(unix_ms, synchronised, -(-asked.maxerror // MICROSECONDS_PER_MS))
