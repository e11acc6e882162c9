"""A kernel's clock and a battery clock in memory: both run wrong as much as they are told to, and can be set.

`true_ms` says how many milliseconds have truly passed; whoever moves the time owns it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hw.ports import KernelTime

if TYPE_CHECKING:
    from collections.abc import Callable

_PPM = 1_000_000


@dataclass(slots=True)
class SimulatedKernelClock:
    """The kernel's clock: `unix_ms` when nothing has passed yet, and what the kernel says of it."""

    true_ms: Callable[[], int]
    unix_ms: int
    ppm: int = 0
    synchronised: bool = False
    error_ms: int = 0

    def read(self) -> KernelTime:
        """Read it."""
        passed = self.true_ms()
        return KernelTime(self.unix_ms + passed + passed * self.ppm // _PPM, self.synchronised, self.error_ms)

    def step(self, by_ms: int) -> None:
        """Have somebody set it."""
        self.unix_ms += by_ms


@dataclass(slots=True)
class SimulatedRtc:
    """A battery clock: it tells whole seconds, or nothing while it is `absent`."""

    true_ms: Callable[[], int]
    unix_ms: int
    ppm: int = 0
    absent: bool = False

    def read(self) -> int | None:
        """Read it."""
        passed = self.true_ms()
        return None if self.absent else (self.unix_ms + passed + passed * self.ppm // _PPM) // 1000

    def step(self, by_ms: int) -> None:
        """Have somebody set it."""
        self.unix_ms += by_ms
