"""The judge of a board's lines: qemu's own record of every change, and the chip's registers as they are now.

Both are outside of the machine: no driver, kernel or program on it is asked, and a line that rises for a microsecond
is on record. Times are this machine's (s), as qemu wrote them down.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.machine.qmp import Monitor

RECORDING: Final = ("-msg", "timestamp=on", "-d", "trace:pl061_set_output", "-D")
"""What makes qemu keep the record; the file's name follows."""

_CHIP: Final = 0x0903_0000
_ALL_LINES: Final = _CHIP + 0x3FC
"""The chip takes which lines are meant from the address: here all eight."""
_DIRECTIONS: Final = _CHIP + 0x400
_LOOK_S: Final = 0.01
_ENTRY: Final = re.compile(r"\d+@(\d+\.\d+):pl061_set_output .*setting output (\d) to ([01])")


@dataclass(frozen=True, slots=True)
class Change:
    """A line's new level, and when (s)."""

    line: int
    level: int
    at_s: float


class Chip:
    """The lines of one chip, seen from outside."""

    def __init__(self, record: Path, monitor: Monitor) -> None:
        """Take the file of the record and a monitor."""
        self._record = record
        self._monitor = monitor

    def high(self) -> frozenset[int]:
        """Read which lines are high now."""
        return _bits(self._monitor.word(_ALL_LINES))

    def outputs(self) -> frozenset[int]:
        """Read which lines are driven now."""
        return _bits(self._monitor.word(_DIRECTIONS))

    def mark(self) -> int:
        """Say how many changes there have been."""
        return len(self._changes())

    def since(self, mark: int, lines: Iterable[int]) -> list[Change]:
        """List the changes of these lines after a mark, in their order."""
        wanted = frozenset(lines)
        return [change for change in self._changes()[mark:] if change.line in wanted]

    def wait(self, line: int, level: int, mark: int, within_s: float) -> Change | None:
        """Wait until a line has taken a level after a mark; None if it does not in time."""
        until_s = time.monotonic() + within_s
        while True:
            for change in self.since(mark, [line]):
                if change.level == level:
                    return change
            if time.monotonic() > until_s:
                return None
            time.sleep(_LOOK_S)

    def _changes(self) -> list[Change]:
        text = self._record.read_text(encoding="utf-8") if self._record.exists() else ""
        return [Change(int(line), int(level), float(at_s)) for at_s, line, level in _ENTRY.findall(text)]


def _bits(word: int) -> frozenset[int]:
    return frozenset(line for line in range(8) if word >> line & 1)
