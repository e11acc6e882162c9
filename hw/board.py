"""What the board says of itself: its heat, its supply, its battery clock, and how much room a disk has.

Read from sysfs below a root that is an argument, so that a test's own tree is a board too. Nothing here judges: a part
that is not there, or a file that cannot be read, is None.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw.supply import sensor

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path("/")
MIB: Final = 1 << 20

EMPTY_BATTERY_UV: Final = 2_000_000
"""Below this a lithium cell for a clock is empty, or there is none; only the Pi 5's own clock measures it."""


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
    value = None if alarm is None else _number(alarm)
    return None if value is None else bool(value)


def _temperature(root: Path) -> int | None:
    """Take the hottest zone."""
    zones = (_number(path) for path in root.glob("sys/class/thermal/thermal_zone*/temp"))
    return max((zone for zone in zones if zone is not None), default=None)


def _rtc(root: Path) -> tuple[bool, int | None]:
    """Find a clock that keeps the time without power, and what it says; one with an empty battery is none."""
    for clock in _sorted(root, "sys/class/rtc/rtc*"):
        battery_uv = _number(clock / "battery_voltage")
        if battery_uv is None or battery_uv >= EMPTY_BATTERY_UV:
            return True, _number(clock / "since_epoch")
    return False, None


def _sorted(root: Path, pattern: str) -> Iterator[Path]:
    yield from sorted(root.glob(pattern))


def _free_mib(disk: Path) -> int | None:
    """Ask how much an ordinary user may still write."""
    with contextlib.suppress(OSError):
        asked = os.statvfs(disk)
        return asked.f_bavail * asked.f_frsize // MIB
    return None


def _text(path: Path) -> str | None:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="ascii").strip()
    return None


def _number(path: Path) -> int | None:
    text = _text(path)
    with contextlib.suppress(ValueError):
        return None if text is None else int(text)
    return None
