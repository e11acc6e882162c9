"""The machine's clocks: battery clocks from trees that look like sysfs, this machine's kernel, and both in memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from hw import kernel_clock, rtc
from hw.clocks import MachineClocks
from hw.rtc import EMPTY_BATTERY_UV, Rtc
from hw.simulated import SimulatedKernelClock, SimulatedRtc
from tests.unit.hw.test_board import tree

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_767_582_000
DS3231 = {
    "sys/class/rtc/rtc0/name": "rtc-ds1307 1-0068\n",
    "sys/class/rtc/rtc0/since_epoch": f"{AT}\n",
    "sys/class/rtc/rtc0/hctosys": "0\n",
}
PI_5 = {
    "sys/class/rtc/rtc1/name": "rpi-rtc soc:rpi_rtc\n",
    "sys/class/rtc/rtc1/since_epoch": f"{AT + 7}\n",
    "sys/class/rtc/rtc1/hctosys": "1\n",
    "sys/class/rtc/rtc1/battery_voltage": "3012000\n",
}
FIRST = Rtc("rtc0", "rtc-ds1307 1-0068", AT, kernel_began_by_it=False)
SECOND = Rtc("rtc1", "rpi-rtc soc:rpi_rtc", AT + 7, kernel_began_by_it=True)
EMPTY = {"sys/class/rtc/rtc1/battery_voltage": str(EMPTY_BATTERY_UV - 1)}

CASES: list[tuple[str, dict[str, str], str, Rtc | None]] = [
    ("none", {}, "", None),
    ("the only one", DS3231, "", FIRST),
    ("the one the kernel began by", DS3231 | PI_5, "", SECOND),
    ("the named one", DS3231 | PI_5, "rtc0", FIRST),
    ("a name that is not there", DS3231, "rtc3", None),
    ("an empty battery", PI_5 | EMPTY, "", None),
    ("an empty battery beside a full one", DS3231 | PI_5 | EMPTY, "", FIRST),
    (
        "nonsense",
        {"sys/class/rtc/rtc0/since_epoch": "later", "sys/class/rtc/rtc0/name": "\u00e9"},
        "",
        Rtc("rtc0", "", None, kernel_began_by_it=False),
    ),
]


@pytest.mark.parametrize(("files", "device", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_which_battery_clock_is_the_machines(
    tmp_path: Path, files: dict[str, str], device: str, expected: Rtc | None
) -> None:
    """The named one, or the one that the kernel began by, or the first; one without a battery is none."""
    root = tree(tmp_path, dict(files))
    assert rtc.find(device, root) == expected
    assert rtc.reader(device, root)() == (None if expected is None else expected.unix_s)


def test_this_kernel_can_be_asked() -> None:
    """The real adjtimex(2) answers, with the time of the real clock and a bound that is no nonsense."""
    before = time.time_ns() // 1_000_000
    found = kernel_clock.read()
    assert before <= found.unix_ms <= time.time_ns() // 1_000_000
    assert found.allowed
    assert 0 <= found.error_ms < 3_600_000


def test_this_machine_has_both_or_says_so() -> None:
    """The clocks as the gate asks for them; a machine told that it has no battery clock has none."""
    clocks = MachineClocks(None)
    assert clocks.battery() is None
    assert clocks.kernel().unix_ms > 0
    assert MachineClocks("rtc99").battery() is None


def test_clocks_in_memory_run_wrong_as_they_are_told() -> None:
    """They drift by parts per million, can be set, and a battery clock tells whole seconds or nothing."""
    passed = [0]
    kernel = SimulatedKernelClock(lambda: passed[0], AT * 1000, ppm=100, synchronised=True, error_ms=5)
    battery = SimulatedRtc(lambda: passed[0], AT * 1000 + 900, ppm=-100)
    assert kernel.read() == (AT * 1000, True, 5, True)
    assert battery.read() == AT
    passed[0] = 100_000_000
    assert kernel.read().unix_ms == AT * 1000 + 100_010_000
    assert battery.read() == AT + 99_990
    kernel.step(-5)
    battery.step(60_000)
    assert kernel.read().unix_ms == AT * 1000 + 100_009_995
    assert battery.read() == AT + 100_050
    battery.absent = True
    assert battery.read() is None
