"""The board's own readings, from trees that look like a Pi's sysfs, a laptop's, and nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hw import board
from hw.board import Readings
from hw.rtc import EMPTY_BATTERY_UV

if TYPE_CHECKING:
    from pathlib import Path

PI: dict[str, str | None] = {
    "sys/class/thermal/thermal_zone0/temp": "48250\n",
    "sys/class/thermal/thermal_zone1/temp": "51000\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
    "sys/class/rtc/rtc0/since_epoch": "1767582000\n",
    "sys/class/rtc/rtc0/battery_voltage": "3012000\n",
}
CASES: list[tuple[dict[str, str | None], str, object]] = [
    ({}, "temperature_mc", 51_000),
    ({"sys/class/thermal/thermal_zone1/temp": "hot"}, "temperature_mc", 48_250),
    ({"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1"}, "undervoltage", True),
    ({}, "undervoltage", False),
    ({"sys/class/hwmon/hwmon1/in0_lcrit_alarm": None}, "undervoltage", None),
    ({"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "?"}, "undervoltage", None),
    ({}, "rtc", True),
    ({}, "rtc_unix_s", 1_767_582_000),
    ({"sys/class/rtc/rtc0/battery_voltage": None}, "rtc", True),
    ({"sys/class/rtc/rtc0/battery_voltage": str(EMPTY_BATTERY_UV - 1)}, "rtc", False),
    ({"sys/class/rtc/rtc0/battery_voltage": str(EMPTY_BATTERY_UV)}, "rtc", True),
    ({"sys/class/rtc/rtc0/since_epoch": "later"}, "rtc_unix_s", None),
]


def tree(root: Path, files: dict[str, str | None]) -> Path:
    """Write a sysfs."""
    for name, text in files.items():
        if text is not None:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return root


@pytest.mark.parametrize(("changes", "name", "value"), CASES)
def test_a_board_is_read_as_it_is(tmp_path: Path, changes: dict[str, str | None], name: str, value: object) -> None:
    """The hottest zone, the supply's alarm and a clock whose battery is not empty; nonsense is nothing known."""
    assert getattr(board.read(tmp_path, tree(tmp_path, PI | changes)), name) == value


def test_a_board_without_any_of_it_says_so(tmp_path: Path) -> None:
    """An empty tree and a disk that is not there are nothing known, and a disk that is there has room."""
    assert board.read(tmp_path / "gone", tmp_path) == Readings(
        None, None, rtc=False, rtc_unix_s=None, disk_free_mib=None
    )
    free_mib = board.read(tmp_path, tmp_path).disk_free_mib
    assert free_mib is not None
    assert free_mib >= 0


def test_this_machine_can_be_read() -> None:
    """The real sysfs, whatever it has, is read without an error."""
    assert isinstance(board.read(board.ROOT), Readings)
