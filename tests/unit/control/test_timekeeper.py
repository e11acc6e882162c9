"""The timekeeper on simulated clocks: what it believes over starts, power cuts and lies, and what it tells of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.control import time_file
from firmware.control.clock import FLOOR
from firmware.control.timekeeper import ASK_MS, MOST_TOLD, SAVE_MS
from firmware.control.trusted_time import DAY_S, Doubt, Source
from firmware.events import Instant
from tests.unit.control.clockwork import DAY_MS, MINUTE_MS, YEAR_MS, Machine

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.timekeeper import Timekeeper
    from hw.ports import KernelTime


def holds(machine: Machine, keeper: Timekeeper) -> bool:
    """Whether the true second lies in what is told."""
    now = keeper.now()
    return now.source != "none" and now.earliest <= machine.true_s <= now.latest


@pytest.mark.parametrize("off_ms", [YEAR_MS, -YEAR_MS])
@pytest.mark.parametrize("battery", [True, False])
def test_a_kernel_set_a_year_off_is_not_believed(tmp_path: Path, off_ms: int, *, battery: bool) -> None:
    """Time goes on as it was, the disagreement is counted and told once, and so is its end."""
    machine = Machine(tmp_path)
    machine.rtc.absent = not battery
    keeper = machine.keeper()
    machine.wait(keeper)
    machine.kernel_clock.step(off_ms)
    machine.wait(keeper, 30 * MINUTE_MS)
    assert holds(machine, keeper)
    numbers = keeper.counters()
    assert (numbers["clock_disbelieved"], numbers["clock_disagreements"]) == (1, 1)
    last = machine.told[-1]
    assert (last.what, last.cause) == ("disbelieved", "kernel_disagrees")
    assert last.off_s is not None
    assert abs(last.off_s - off_ms // 1000) <= 310
    machine.kernel_clock.step(-off_ms)
    machine.wait(keeper)
    assert keeper.counters()["clock_disbelieved"] == 0
    assert machine.whats() == ["disbelieved", "believed"]


@pytest.mark.parametrize("off_ms", [YEAR_MS, -YEAR_MS])
def test_a_restart_does_not_make_a_lie_true(tmp_path: Path, off_ms: int) -> None:
    """Beside a battery clock the gate is restarted, and the board too, while the kernel is a year off."""
    machine = Machine(tmp_path)
    keeper = machine.keeper()
    machine.wait(keeper)
    machine.kernel_clock.step(off_ms)
    keeper.close()
    assert holds(machine, machine.keeper())
    machine.reboot(8 * 3600 * 1000)
    again = machine.keeper()
    assert holds(machine, again)
    assert again.counters()["clock_source"] == Source.RTC.rank


def test_without_a_battery_clock_nothing_goes_back_behind_the_floor(tmp_path: Path) -> None:
    """A machine whose kernel begins before the floor admits nobody until somebody sets it right."""
    machine = Machine(tmp_path)
    machine.rtc.absent = True
    machine.kernel_clock.synchronised = True
    keeper = machine.keeper()
    for _ in range(3):
        machine.wait(keeper, 2 * MINUTE_MS)
        keeper.close()
        machine.reboot()
        keeper = machine.keeper()
    floor = keeper.belief.floor
    assert floor > FLOOR
    machine.kernel_clock.step(-10 * DAY_MS)
    machine.kernel_clock.synchronised = False
    keeper.close()
    machine.reboot()
    behind = machine.keeper()
    assert behind.now() == Instant(0)
    asks = [behind.asks_again]
    machine.wait(behind, ASK_MS)
    assert [*asks, behind.asks_again] == [False, True]
    assert behind.counters()["clock_rtc"] == 0
    machine.kernel_clock.step(10 * DAY_MS)
    machine.kernel_clock.synchronised = True
    machine.wait(behind)
    assert holds(machine, behind)
    assert behind.belief.floor >= floor


def test_a_month_without_power_is_what_a_battery_clock_may_drift(tmp_path: Path) -> None:
    """After it the interval is as wide as the drift, the true time is in it, and NTP that is right is believed."""
    machine = Machine(tmp_path)
    machine.kernel_clock.synchronised = True
    machine.rtc.ppm = 60
    keeper = machine.keeper()
    machine.wait(keeper, 5 * MINUTE_MS)
    assert keeper.counters()["clock_error_s"] <= 3
    keeper.close()
    machine.kernel_clock.synchronised = False
    machine.kernel_clock.step(-40 * DAY_MS)
    machine.reboot(30 * DAY_MS)
    again = machine.keeper()
    assert holds(machine, again)
    assert 60 <= again.counters()["clock_error_s"] <= 300
    machine.kernel_clock.step(40 * DAY_MS)
    machine.kernel_clock.synchronised = True
    machine.wait(again)
    assert holds(machine, again)
    assert again.counters()["clock_error_s"] <= 3
    assert again.counters()["clock_disbelieved"] == 0


def test_the_floor_is_spared_and_kept(tmp_path: Path) -> None:
    """It is written at the start, every ten minutes and at the end, and follows the time beside a battery clock."""
    machine = Machine(tmp_path)
    machine.kernel_clock.synchronised = True
    keeper = machine.keeper()
    file = tmp_path / time_file.FILE
    assert not file.exists()
    machine.wait(keeper, 10_000)
    first = file.read_bytes()
    machine.wait(keeper, SAVE_MS - 20_000)
    assert file.read_bytes() == first
    machine.wait(keeper, 20_000)
    assert file.read_bytes() != first
    machine.passed_ms += 10_000
    keeper.look()
    keeper.close()
    assert json.loads(file.read_bytes().split(b"\n")[0])["floor"] == keeper.belief.floor == keeper.now().earliest


def test_every_byte_of_the_floor_counts(tmp_path: Path) -> None:
    """Whatever byte is turned over or cut off: the floor of the release and an alarm, never another floor."""
    machine = Machine(tmp_path)
    keeper = machine.keeper()
    keeper.close()
    file = tmp_path / time_file.FILE
    whole = file.read_bytes()
    damaged = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for data in (*damaged, *(whole[:at] for at in range(len(whole)))):
        file.write_bytes(data)
        kept = time_file.read(tmp_path, "boot-1", FLOOR)
        assert kept.lost
        assert (kept.belief.floor, kept.belief.span) == (FLOOR, None)
    machine.told.clear()
    begun = machine.keeper()
    assert begun.counters()["clock_floor_lost"] == 1
    assert machine.whats() == ["floor_lost"]
    file.write_bytes(whole)
    assert not time_file.read(tmp_path, "boot-1", FLOOR + 5).lost


def test_a_file_that_was_never_there_is_no_alarm(tmp_path: Path) -> None:
    """A new gate begins at the floor of its release, and a folder in its place is a file that cannot be read."""
    assert not time_file.read(tmp_path, "boot-1", FLOOR).lost
    (tmp_path / time_file.FILE).mkdir()
    assert time_file.read(tmp_path, "boot-1", FLOOR).lost


def test_a_disk_that_fails_costs_the_floor_and_nothing_else(tmp_path: Path) -> None:
    """The time goes on; that the floor is not kept is counted."""
    machine = Machine(tmp_path / "gone")
    keeper = machine.keeper()
    machine.wait(keeper)
    assert holds(machine, keeper)
    assert keeper.counters()["clock_storage"] == 1


def test_what_is_told_of_a_clock_that_flickers_is_bounded(tmp_path: Path) -> None:
    """A dozen records an hour; the rest is counted."""
    machine = Machine(tmp_path)
    keeper = machine.keeper()
    for _ in range(40):
        machine.kernel_clock.step(YEAR_MS)
        machine.wait(keeper, 10_000)
        machine.kernel_clock.step(-YEAR_MS)
        machine.wait(keeper, 10_000)
    assert len(machine.told) == MOST_TOLD
    assert keeper.counters()["clock_untold"] == 80 - MOST_TOLD
    machine.wait(keeper, 60 * MINUTE_MS)
    machine.kernel_clock.step(YEAR_MS)
    machine.wait(keeper, 10_000)
    assert len(machine.told) == MOST_TOLD + 1


def test_a_document_raises_the_floor_to_its_own_date(tmp_path: Path) -> None:
    """What an authority has signed was signed by now; without a clock that counts for a day, and never beyond it."""
    machine = Machine(tmp_path)
    machine.rtc.absent = True
    keeper = machine.keeper()
    keeper.issued = lambda: machine.issued
    machine.issued = machine.true_s - 100
    machine.wait(keeper)
    assert keeper.belief.floor == machine.issued
    machine.issued = machine.true_s + 40 * DAY_S
    machine.wait(keeper)
    assert keeper.belief.floor == keeper.now().latest
    keeper.close()
    machine.kernel_clock.step(-30 * DAY_MS)
    machine.reboot()
    lost = machine.keeper()
    before = lost.belief.floor
    lost.issued = lambda: machine.issued
    machine.wait(lost)
    assert before < lost.belief.floor <= before + DAY_S + 60


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "restart", "reboot", "kernel", "rtc", "sync", "battery", "issue"]),
        st.integers(-3 * YEAR_MS, 3 * YEAR_MS),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(acts=ACTS)
def test_the_floor_never_goes_back_whatever_happens(tmp_path: Path, acts: list[tuple[str, int]]) -> None:
    """Starts, cuts, lies of every clock and documents of every date: floor and earliest second only rise."""
    (tmp_path / time_file.FILE).unlink(missing_ok=True)
    machine = Machine(tmp_path)
    keeper, floor = machine.keeper(), FLOOR
    for act, number in acts:
        match act:
            case "wait":
                machine.passed_ms += abs(number) % DAY_MS
            case "restart":
                keeper.close()
                keeper = machine.keeper()
            case "reboot":
                keeper.close()
                machine.reboot(abs(number) % (40 * DAY_MS))
                keeper = machine.keeper()
            case "kernel":
                machine.kernel_clock.step(number)
            case "rtc":
                machine.rtc.step(number)
            case "sync":
                machine.kernel_clock.synchronised = not machine.kernel_clock.synchronised
            case "battery":
                machine.rtc.absent = not machine.rtc.absent
            case _:
                machine.issued = abs(number)
        keeper.issued = lambda: machine.issued
        keeper.turn()
        now = keeper.now()
        assert keeper.belief.floor >= floor
        assert now.source == "none" or floor <= now.earliest <= now.latest
        floor = keeper.belief.floor
        assert keeper.belief.doubts <= set(Doubt)
    keeper.close()
    assert time_file.read(tmp_path, "another", FLOOR).belief.floor == keeper.belief.floor


class Slow(Machine):
    """A machine that is held up between its clocks: for `pauses` looks at them, and then no more."""

    pauses = 0

    def kernel(self) -> KernelTime:
        """Read the kernel's clock after a while."""
        if self.pauses:
            self.pauses -= 1
            self.passed_ms += 7_000
        return super().kernel()


@pytest.mark.parametrize("pauses", [1, 3, 40])
def test_a_machine_that_is_held_up_between_its_clocks_is_not_misled(tmp_path: Path, pauses: int) -> None:
    """Clocks that were not read together are read again; if they never are, the pause is part of the error."""
    machine = Slow(tmp_path)
    machine.rtc.absent = True
    machine.pauses = pauses
    keeper = machine.keeper()
    assert holds(machine, keeper)
    machine.pauses = 0
    machine.wait(keeper, 5 * MINUTE_MS)
    assert holds(machine, keeper)
    assert machine.whats() == []


@pytest.mark.parametrize("ppm", [-20, 20])
def test_an_owner_who_allows_no_error_gets_none(tmp_path: Path, ppm: int) -> None:
    """With `error_s = 0` rounding alone is no disagreement."""
    machine = Machine(tmp_path)
    machine.rtc.absent = True
    machine.kernel_clock.ppm = ppm
    keeper = machine.keeper(error_s=0)
    for _ in range(200):
        machine.wait(keeper, 10_003, step_ms=10_003)
    assert keeper.counters()["clock_disbelieved"] == 0
    assert keeper.counters()["clock_error_s"] <= 1


def test_a_gate_that_starts_again_and_again_runs_nowhere(tmp_path: Path) -> None:
    """A kernel that is a year ahead may move the floor by a day in each boot, however often the program is started."""
    machine = Machine(tmp_path)
    machine.rtc.absent = True
    machine.kernel_clock.step(YEAR_MS)
    for _ in range(30):
        keeper = machine.keeper()
        machine.wait(keeper)
        keeper.close()
    assert machine.keeper().belief.floor <= FLOOR + DAY_S + 31 * 60
    machine.reboot()
    keeper = machine.keeper()
    machine.wait(keeper)
    assert FLOOR + DAY_S + 31 * 60 < keeper.belief.floor <= FLOOR + 2 * DAY_S + 32 * 60
