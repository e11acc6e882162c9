"""What this process has had of memory at most, as Linux counts it: Python's own and that of every library beneath."""

from __future__ import annotations

from pathlib import Path

_PROCESS = Path("/proc/self")
_FORGET_THE_PEAK = "5"
"""proc(5): resets the high-water mark of the resident set."""


def resident() -> int:
    """Return the bytes that are resident now; the peak is counted anew from here."""
    (_PROCESS / "clear_refs").write_text(_FORGET_THE_PEAK)
    return _bytes("VmRSS")


def peak() -> int:
    """Return the most bytes that were resident at once since `resident` was asked."""
    return _bytes("VmHWM")


def _bytes(name: str) -> int:
    """Read one line of the process's status, which counts in KiB."""
    lines = (_PROCESS / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) * 1024
