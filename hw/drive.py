"""How long a line may be driven: the relay's law, in integers and without a clock, a thread or a pin.

Two things drive a line, and each has a bound that no caller can move: a *pulse* ends at its maximum since its chain of
demands began, a *lease* at five seconds after it was last renewed. The line is on while either of them runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

LEASE_MS: Final = 5_000
"""The longest lease: who holds a line for longer says so again and again, and whoever hangs says it no more."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """A chain of demands, each made while the one before it ran: when it began, and when it must be over."""

    began_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Drive:
    """What drives a line: a pulse, a lease, both or neither."""

    pulse: Pulse | None = None
    lease_until_ms: int | None = None

    def until_ms(self) -> int | None:
        """Say when the line must fall; None if nothing drives it."""
        pulse_ms = None if self.pulse is None else self.pulse.until_ms
        return max((end for end in (pulse_ms, self.lease_until_ms) if end is not None), default=None)


REST: Final = Drive()


def settled(drive: Drive, now_ms: int) -> Drive:
    """Return the drive without what is over by now, each part for itself.

    A pulse that ended under a lease has ended: the next demand begins a pulse of its own, with the whole maximum.
    """
    pulse, lease_ms = drive.pulse, drive.lease_until_ms
    return Drive(
        pulse if pulse is not None and now_ms < pulse.until_ms else None,
        lease_ms if lease_ms is not None and now_ms < lease_ms else None,
    )


def pulsed(drive: Drive, now_ms: int, limit_ms: int, max_on_ms: int) -> Drive:
    """Return the drive after a demand: its pulse ends by `limit_ms` from now and by `max_on_ms` since its chain began.

    A lease neither lengthens that nor eats it up: the maximum counts from the first demand, not from the line's rise.
    """
    running = settled(drive, now_ms)
    began_ms = now_ms if running.pulse is None else running.pulse.began_ms
    return replace(running, pulse=Pulse(began_ms, min(now_ms + limit_ms, began_ms + max_on_ms)))


def leased(drive: Drive, now_ms: int, lease_ms: int) -> Drive:
    """Return the drive after a lease was taken or renewed: capped at LEASE_MS, never shorter than it was before."""
    running = settled(drive, now_ms)
    until_ms = now_ms + min(lease_ms, LEASE_MS)
    return replace(running, lease_until_ms=max(until_ms, running.lease_until_ms or until_ms))


def check_span(*spans_ms: int) -> None:
    """Refuse, by ValueError, a limit that is no time at all."""
    if min(spans_ms) < 1:
        message = f"a relay is energised for at least 1 ms, not {min(spans_ms)}"
        raise ValueError(message)


def check_continuous(*, continuous: bool) -> None:
    """Refuse, by ValueError, to hold what was not built to be held."""
    if not continuous:
        message = "this relay drives a lock that is not for continuous duty: it may be pulsed, never held"
        raise ValueError(message)
