"""A machine's clocks in memory, a state folder, and timekeepers that come and go on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.control.timekeeper import Timekeeper
from hw.simulated import SimulatedKernelClock, SimulatedRtc
from tests.unit.signed.office import ISSUED

if TYPE_CHECKING:
    from pathlib import Path

    from firmware.events import ClockChanged
    from hw.ports import KernelTime

MINUTE_MS = 60_000
DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS


@dataclass
class Machine:
    """True time passes by `wait`; a boot begins CLOCK_BOOTTIME anew."""

    folder: Path
    began_s: int = ISSUED + 5 * 86_400
    passed_ms: int = 0
    booted_ms: int = 0
    boots: int = 1
    told: list[ClockChanged] = field(default_factory=list)
    issued: int = 0

    def __post_init__(self) -> None:
        """Begin with both clocks right."""
        self.kernel_clock = SimulatedKernelClock(lambda: self.passed_ms, self.began_s * 1000)
        self.rtc = SimulatedRtc(lambda: self.passed_ms, self.began_s * 1000)

    @property
    def true_s(self) -> int:
        """The true Unix second."""
        return self.began_s + self.passed_ms // 1000

    def boottime_ms(self) -> int:
        """CLOCK_BOOTTIME."""
        return self.passed_ms - self.booted_ms

    def kernel(self) -> KernelTime:
        """Read the kernel's clock."""
        return self.kernel_clock.read()

    def battery(self) -> int | None:
        """Read the battery clock."""
        return self.rtc.read()

    def keeper(self, error_s: int = 2) -> Timekeeper:
        """Start a gate's timekeeper, without its thread."""
        boot = f"boot-{self.boots}"
        return Timekeeper(self.folder, self, error_s, boot=boot, now_ms=self.boottime_ms, told=self.told.append)

    def wait(self, keeper: Timekeeper, ms: int = MINUTE_MS, step_ms: int = 10_000) -> None:
        """Let time pass while the timekeeper looks."""
        for _ in range(0, ms, step_ms):
            self.passed_ms += step_ms
            keeper.turn()

    def reboot(self, off_ms: int = 0) -> None:
        """Cut the power for so long and begin anew."""
        self.passed_ms += off_ms
        self.booted_ms = self.passed_ms
        self.boots += 1

    def whats(self) -> list[str]:
        """Name what was told."""
        return [one.what for one in self.told]
