"""What the board says of itself: its heat, its supply, its battery clock, and how much room a disk has.

Read from sysfs below a root that is an argument, so that a test's own tree is a board too. Nothing here judges: a part
that is not there, or a file that cannot be read, is None.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hw import rtc, sysfs
from hw.supply import sensor

ROOT: Final = Path("/")
MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Readings:
    """One look at the board: thousandths of a degree, whether the voltage is too low, Unix seconds of its own clock."""

    temperature_mc: int | None
    undervoltage: bool | None
    rtc: bool
    rtc_unix_s: int | None
    disk_free_mib: int | None


def read(disk: Path, root: Path = ROOT) -> Readings:
    """Look at the board, and at the file system that `disk` lies on."""
    present, unix_s = _rtc(root)
    return Readings(_temperature(root), undervoltage(root), present, unix_s, _free_mib(disk))


def undervoltage(root: Path = ROOT) -> bool | None:
    """Ask the board's detector; None where there is none."""
    alarm = sensor(root / "sys/class/hwmon")
    value = None if alarm is None else sysfs.number(alarm)
    return None if value is None else bool(value)


def _temperature(root: Path) -> int | None:
    """Take the hottest zone."""
    zones = (sysfs.number(path) for path in root.glob("sys/class/thermal/thermal_zone*/temp"))
    return max((zone for zone in zones if zone is not None), default=None)


def _rtc(root: Path) -> tuple[bool, int | None]:
    """Find a clock that keeps the time without power, and what it says."""
    clock = rtc.find(root=root)
    return (False, None) if clock is None else (True, clock.unix_s)


def _free_mib(disk: Path) -> int | None:
    """Ask how much an ordinary user may still write."""
    with contextlib.suppress(OSError):
        asked = os.statvfs(disk)
        return asked.f_bavail * asked.f_frsize // MIB
    return None
