"""What `gapura check` says of the time: which clocks this machine has, and what a gate would make of them.

It judges what it is given and opens nothing but the floor's file. None of it is a mistake of the configuration, for a
file may be checked on another machine than its gate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from firmware.control import time_file
from firmware.control.clock import FLOOR
from firmware.signed import times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.control.config import Config
    from hw.ports import KernelTime

MOST_OFF_S: Final = 300
"""A battery clock further off than this is not a little slow; it was never set, or its battery is empty."""


class Battery(Protocol):
    """A battery clock that was found."""

    @property
    def device(self) -> str:
        """The kernel's name of it."""

    @property
    def chip(self) -> str:
        """The driver's name of it."""

    @property
    def unix_s(self) -> int | None:
        """What it says; None if it cannot be read."""


class Look(NamedTuple):
    """One look at the clocks of this machine."""

    kernel: KernelTime
    battery: Battery | None


def remarks(config: Config, look: Look) -> Iterator[str]:
    """Say what is to be known of the time at this door."""
    yield _battery(config, look)
    kernel_s = look.kernel.unix_ms // 1000
    if not look.kernel.allowed:
        yield "note: the kernel does not say whether its clock is kept right; the gate takes it for one that is not"
    elif not look.kernel.synchronised:
        yield "note: no program keeps the kernel's clock right; timedatectl set-ntp true starts one"
    kept = time_file.read(config.gate.state_dir, "", FLOOR)
    if kept.lost:
        file = config.gate.state_dir / time_file.FILE
        yield f"warning: {file} cannot be read by this user, or is damaged; then the floor of time begins anew"
    if kernel_s < kept.belief.floor:
        floor = times.render(kept.belief.floor)
        yield f"warning: the kernel's clock stands before {floor}, the floor of this gate; by it nobody would enter"


def _battery(config: Config, look: Look) -> str:
    """Say which battery clock there is."""
    without = "after a power cut nobody enters before NTP or gapura-ops time answer has told the time"
    if config.clock.device is None:
        return f"note: no battery clock, by clock.rtc; {without}"
    found = look.battery
    if found is None:
        named = f"battery clock {config.clock.device} is not there" if config.clock.device else "no battery clock"
        return f"{'warning' if config.clock.device else 'note'}: {named}; {without}"
    what = f"battery clock {found.device} ({found.chip or 'without a name'})"
    if found.unix_s is None:
        return f"warning: {what} cannot be read; {without}"
    if found.unix_s < FLOOR:
        return f"warning: {what} was never set, or its battery is empty: when the time is right, sudo hwclock -w"
    off_s = found.unix_s - look.kernel.unix_ms // 1000
    if abs(off_s) > MOST_OFF_S:
        return (
            f"warning: {what} is {off_s:+d} s off the kernel's clock: when that is right, sudo hwclock -w, then reboot"
        )
    return f"note: {what}, {off_s:+d} s off the kernel's clock"
