"""What can be done to a gate, and what one blow came to. Data only: nothing is struck and nothing is judged here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tests.torture.pins import Span

LANE: Final = "lane"
"""The reader outside on whose socket the tests speak."""

INSIDE: Final = "inside"
"""The reader inside, where a stand has one."""


class Kind(StrEnum):
    """What can be done to a gate."""

    GATE_KILLED = "gate-killed"
    GATE_SEGFAULT = "gate-segfault"
    GATE_EXCEPTION = "gate-exception"
    GATE_OUT_OF_MEMORY = "gate-out-of-memory"
    GATE_STOPPED = "gate-stopped"
    GATE_TERMINATED = "gate-terminated"
    READER_KILLED = "reader-killed"
    BROKER_KILLED = "broker-killed"
    DISK_FULL = "disk-full"
    CLOCK_STEP = "clock-step"


@dataclass(slots=True)
class Wound:
    """What one blow came to: what was wrong, and what was right but too late.

    Times are milliseconds after the blow, None where there was nothing to end. Where a gate may live on for a while
    (out of memory), relay and green count from its end instead.
    """

    kind: Kind
    struck_ms: int
    faults: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    relay_off_ms: int | None = None
    green_off_ms: int | None = None
    release_ms: int | None = None
    ready_ms: int | None = None
    pulse_off_ms: int | None = None
    """How far a pulse that the blow fell into was from the length it should have."""

    unknown: int = 0
    again: int = 0
    refused: int = 0
    """Who was refused because nothing could be written down."""

    survived: bool = False
    """The gate lived through what may kill it."""

    hung: bool = False
    """The gate ended by its watchdog."""

    @property
    def span(self) -> Span:
        """From the blow until the gate was itself again."""
        return Span(self.struck_ms, None if self.ready_ms is None else self.struck_ms + self.ready_ms)
