"""A whole gate in virtual time whose kernel and battery clock are simulated: who gets in when one of them lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from firmware.control.clock import VirtualClock
from firmware.control.timekeeper import LOOK_S
from tests.door.house import House
from tests.issuing import NOON
from tests.unit.control.clockwork import DAY_MS, YEAR_MS, Machine

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.control.timekeeper import Timekeeper
    from firmware.events import Instant

HOUR_MS = 3_600_000
LOOK_MS = int(LOOK_S * 1000)


class KeptClock(VirtualClock):
    """Virtual milliseconds, and the timekeeper's word for the date; it looks as often as its thread would."""

    def __init__(self, machine: Machine) -> None:
        """Begin with the machine."""
        super().__init__(NOON)
        self.machine = machine
        self.keeper: Timekeeper = machine.keeper()
        self._looked_ms = 0

    def now(self) -> Instant:
        """Read the time, after every look that was due."""
        self.machine.passed_ms = self.ms
        if self.ms - self._looked_ms >= LOOK_MS:
            self._looked_ms = self.ms
            self.keeper.turn()
        return self.keeper.now()


def house(folder: Path, *, battery: bool, kernel_off_ms: int = 0) -> House:
    """Build a gate at noon."""
    machine = Machine(folder, began_s=NOON)
    machine.kernel_clock.step(kernel_off_ms)
    machine.rtc.absent = not battery
    return House(clock=KeptClock(machine))


def shown(gate: House, code: bytes, reader: str = "outside") -> tuple[object, object]:
    """Show a code; return what was decided, after the lock has come to rest."""
    gate.show(code, reader)
    last = gate.gate.state()["last"]
    gate.gate.wait(30_000)
    assert isinstance(last, dict)
    return last["decision"], last["reason"]


@pytest.mark.parametrize("off_ms", [YEAR_MS, -YEAR_MS, 3 * HOUR_MS, -3 * HOUR_MS])
@pytest.mark.parametrize("battery", [True, False])
def test_a_kernel_that_is_set_lets_nobody_in_who_is_not_due(tmp_path: Path, off_ms: int, *, battery: bool) -> None:
    """Passes of the lie stay shut, passes of the true time open until they end by the true time."""
    gate = house(tmp_path, battery=battery)
    assert isinstance(gate.clock, KeptClock)
    of_the_lie = gate.issuer.code(
        not_before=NOON + off_ms // 1000 - 3600, expires=NOON + off_ms // 1000 + 3600, issued=NOON - 7200
    )
    assert shown(gate, gate.issuer.code()) == ("allow", None)
    gate.clock.machine.kernel_clock.step(off_ms)
    gate.gate.wait(60_000)
    opened = gate.rises()
    assert shown(gate, of_the_lie) == ("deny", "not_yet_valid" if off_ms > 0 else "expired")
    assert gate.rises() == opened
    assert shown(gate, gate.issuer.code()) == ("allow", None)
    gate.gate.wait(HOUR_MS + 600_000)
    assert shown(gate, gate.issuer.code()) == ("deny", "expired")
    assert gate.clock.keeper.counters()["clock_disbelieved"] == 1


@pytest.mark.parametrize("battery", [True, False])
def test_a_gate_that_starts_with_a_kernel_of_last_year(tmp_path: Path, *, battery: bool) -> None:
    """With a battery clock everything is as ever; without one nobody enters, and everybody gets out."""
    gate = house(tmp_path, battery=battery, kernel_off_ms=-30 * DAY_MS)
    assert shown(gate, gate.issuer.code()) == (("allow", None) if battery else ("deny", "clock_untrusted"))
    opened = gate.rises()
    assert shown(gate, b"anything", "inside")[0] == "allow"
    assert gate.rises() == opened + 1
    assert isinstance(gate.clock, KeptClock)
    gate.clock.machine.kernel_clock.step(30 * DAY_MS)
    gate.clock.machine.kernel_clock.synchronised = True
    gate.gate.wait(LOOK_MS)
    assert shown(gate, gate.issuer.code()) == ("allow", None)
