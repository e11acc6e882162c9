"""The board's own undervoltage alarm, from folders made like the kernel's."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

import pytest

from hw.supply import POLL_MS, SupplyContact
from tests.unit.hw.lines import Bells, HandClock

if TYPE_CHECKING:
    from pathlib import Path

    from hw.ports import Level


def sensor(root: Path, number: int, name: str, alarm: str | None) -> Path:
    """Make one sensor's folder and return its alarm file."""
    folder = root / f"hwmon{number}"
    folder.mkdir()
    (folder / "name").write_text(f"{name}\n", encoding="ascii")
    if alarm is not None:
        (folder / "in0_lcrit_alarm").write_text(f"{alarm}\n", encoding="ascii")
    return folder / "in0_lcrit_alarm"


def test_the_alarm_is_told_when_it_comes_and_goes(tmp_path: Path) -> None:
    """The sensor is found by its name among others, and what it is and each change are told once, within a look."""
    sensor(tmp_path, 0, "cpu_thermal", None)
    sensor(tmp_path, 1, "other", "1")
    alarm = sensor(tmp_path, 2, "rpi_volt", "0")
    clock = HandClock()
    bells = Bells(clock)
    supply = SupplyContact(tmp_path, clock_ms=clock, make_alarm=bells)
    told: list[Level] = []
    supply.watch(told.append)
    assert (supply.fitted, supply.level()) == (True, "rest")
    for value in ("0", "1", "1", "0"):
        alarm.write_text(f"{value}\n", encoding="ascii")
        bells.walk(POLL_MS)
    assert told == ["rest", "active", "rest"]
    alarm.unlink()
    bells.walk(POLL_MS)
    supply.close()
    alarm.write_text("1\n", encoding="ascii")
    bells.walk(10 * POLL_MS)
    assert told == ["rest", "active", "rest"]


@pytest.mark.parametrize(("name", "alarm"), [("cpu_thermal", "1"), ("rpi_volt", None)])
def test_a_board_without_the_sensor_is_at_rest(tmp_path: Path, name: str, alarm: str | None) -> None:
    """Where there is no such sensor, or nothing at all, the supply counts as good and says that nobody measures it."""
    for root in (tmp_path, tmp_path / "nowhere"):
        supply = SupplyContact(root)
        told: queue.Queue[Level] = queue.Queue()
        supply.watch(told.put)
        assert (supply.fitted, supply.level(), told.get(timeout=10)) == (False, "rest", "rest")
        supply.close()
        if root == tmp_path:
            sensor(tmp_path, 0, name, alarm)


def test_a_real_look_comes_from_another_thread(tmp_path: Path) -> None:
    """With the clock and the thread of a gate an alarm arrives by itself."""
    alarm = sensor(tmp_path, 0, "rpi_volt", "0")
    supply = SupplyContact(tmp_path)
    told: queue.Queue[Level] = queue.Queue()
    supply.watch(told.put)
    assert told.get(timeout=10) == "rest"
    alarm.write_text("1\n", encoding="ascii")
    assert told.get(timeout=10) == "active"
    supply.close()
