"""What `gapura check` says of each clock that a machine can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.commands.check_time import Look, remarks
from firmware.control import time_file
from firmware.control.clock import FLOOR
from firmware.control.config import Config
from firmware.control.trusted_time import Belief
from hw.ports import KernelTime
from hw.rtc import Rtc

if TYPE_CHECKING:
    from pathlib import Path

NOW = FLOOR + 200 * 86_400


def config(folder: Path, rtc: str) -> Config:
    """Write a small door."""
    return Config.model_validate(
        {
            "gate": {"id": "gate-1", "area": "lobby", "state_dir": str(folder)},
            "relay": {"pin": 17},
            "readers": {"outside": {"side": "outside", "socket": str(folder / "outside.sock")}},
            "clock": {"rtc": rtc},
        }
    )


def battery(unix_s: int | None, chip: str = "rtc-ds1307") -> Rtc:
    """A battery clock that says this."""
    return Rtc("rtc0", chip, unix_s, kernel_began_by_it=True)


CASES: list[tuple[str, Rtc | None, str]] = [
    ("auto", battery(NOW + 2), "note: battery clock rtc0 (rtc-ds1307), +2 s off the kernel's clock"),
    ("/dev/rtc0", battery(NOW - 301), "warning: battery clock rtc0 (rtc-ds1307) is -301 s off"),
    ("auto", battery(5), "was never set, or its battery is empty"),
    ("auto", battery(None, ""), "warning: battery clock rtc0 (without a name) cannot be read"),
    ("auto", None, "note: no battery clock; after a power cut nobody enters"),
    ("rtc7", None, "warning: battery clock rtc7 is not there"),
    ("none", None, "note: no battery clock, by clock.rtc"),
]


@pytest.mark.parametrize(("rtc", "found", "says"), CASES)
def test_a_battery_clock_is_told_as_it_is(tmp_path: Path, rtc: str, found: Rtc | None, says: str) -> None:
    """Which one it is, how far off, and what to do; a kernel that is kept right needs no word."""
    look = Look(KernelTime(NOW * 1000, synchronised=True, error_ms=1), found)
    (line,) = remarks(config(tmp_path, rtc), look)
    assert says in line


def test_a_kernel_that_nobody_keeps_right_is_told(tmp_path: Path) -> None:
    """No program, a kernel that may not be asked, and one that stands before the floor."""
    door = config(tmp_path, "none")
    free = Look(KernelTime(NOW * 1000, synchronised=False, error_ms=1), None)
    shut = Look(KernelTime(NOW * 1000, synchronised=False, error_ms=0, allowed=False), None)
    assert "timedatectl set-ntp true" in list(remarks(door, free))[1]
    assert "does not say" in list(remarks(door, shut))[1]
    time_file.write(tmp_path, "boot", Belief(NOW + 60), NOW + 60)
    assert "the floor of this gate" in list(remarks(door, free))[2]
    (tmp_path / time_file.FILE).write_text("rubbish")
    assert "is damaged" in list(remarks(door, free))[2]
