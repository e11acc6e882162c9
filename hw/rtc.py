"""The battery clock (RTC) as the kernel shows it: /sys/class/rtc, Documentation/ABI/testing/sysfs-class-rtc.

It reads and never sets. A clock whose battery is measured and empty is none; that the kernel took its own time from one
(`hctosys`) makes that one the machine's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hw import sysfs

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path("/")
EMPTY_BATTERY_UV: Final = 2_000_000
"""Below this a lithium cell for a clock is empty, or there is none; only the Pi 5's own clock measures it."""


@dataclass(frozen=True, slots=True)
class Rtc:
    """One battery clock: its device (`rtc0`), the chip's name, its time in whole Unix seconds (None: unreadable)."""

    device: str
    chip: str
    unix_s: int | None
    kernel_began_by_it: bool


def find(device: str = "", root: Path = ROOT) -> Rtc | None:
    """Find a battery clock: the named one, or the one the kernel began by, or the first; None if there is none."""
    places = [root / "sys/class/rtc" / device] if device else sorted(root.glob("sys/class/rtc/rtc*"))
    found = [clock for place in places if (clock := _read(place)) is not None]
    return next((clock for clock in found if clock.kernel_began_by_it), found[0] if found else None)


def reader(device: str = "", root: Path = ROOT) -> Callable[[], int | None]:
    """Make what reads the battery clock in whole Unix seconds; None whenever it cannot be read."""

    def read() -> int | None:
        clock = find(device, root)
        return None if clock is None else clock.unix_s

    return read


def _read(place: Path) -> Rtc | None:
    battery_uv = sysfs.number(place / "battery_voltage")
    if not place.is_dir() or (battery_uv is not None and battery_uv < EMPTY_BATTERY_UV):
        return None
    began = sysfs.number(place / "hctosys") == 1
    return Rtc(place.name, sysfs.text(place / "name") or "", sysfs.number(place / "since_epoch"), began)
