"""The machine's two clocks of Unix time, as the gate asks for them; it keeps neither and sets neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hw import kernel_clock, rtc

if TYPE_CHECKING:
    from hw.ports import KernelTime


class MachineClocks:
    """The kernel's clock, and the battery clock of a name (empty: whichever there is, None: none)."""

    def __init__(self, device: str | None) -> None:
        """Open nothing; each reading is a look of its own."""
        self._battery = (lambda: None) if device is None else rtc.reader(device)

    def kernel(self) -> KernelTime:
        """Read the kernel's clock."""
        return kernel_clock.read()

    def battery(self) -> int | None:
        """Read the battery clock."""
        return self._battery()
