"""What is kept of the numbers in `health`: what waits, who vouches for the clock, how old the lists are.

Pure. Each message changes sums by as much as the gate's own numbers changed, so that ten thousand gates cost what one
costs.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from provisioning.watch import gates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provisioning.watch.gates import Gate

SOURCES: Final = ("nobody", "kernel", "NTP", "RTC", "signed")
"""Who vouches for a gate's clock, by `clock_source`."""

_ISSUED: Final = re.compile(r"documents_([a-z0-9-]{1,64})_issued")
_MOST_LISTS: Final = 16


class Figures:
    """Sums over all gates. `issued` counts gates by kind of list and the Unix second in which theirs was issued."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self.backlog = 0
        self.burdened: set[str] = set()
        self.clocks: Counter[int] = Counter()
        self.issued: Counter[tuple[str, int]] = Counter()

    def fold(self, gate: Gate, values: Mapping[str, int]) -> bool:
        """Take a gate's numbers in place of those it told before; say whether anything is another."""
        backlog, clock = max(0, values.get(gates.BACKLOG, 0)), values.get(gates.CLOCK)
        lists = dict(_lists(values.items()))
        if (backlog, clock, lists) == (gate.backlog, gate.clock, gate.lists):
            return False
        self.backlog += backlog - gate.backlog
        if gate.clock is not None:
            gates.less(self.clocks, gate.clock)
        if clock is not None:
            self.clocks[clock] += 1
        for pair in gate.lists.items():
            gates.less(self.issued, pair)
        self.issued.update(lists.items())
        gate.backlog, gate.clock, gate.lists = backlog, clock, lists
        gates.note(self.burdened, gate.name, held=backlog >= gates.BURDEN)
        return True

    def oldest(self) -> Mapping[str, int]:
        """Say for each kind of list when the oldest that is in force anywhere was issued (Unix seconds)."""
        found: dict[str, int] = {}
        for kind, issued in self.issued:
            found[kind] = min(issued, found.get(kind, issued))
        return found


def source(number: int) -> str:
    """Name who vouches for a clock; a number of a later release stays a number."""
    return SOURCES[number] if 0 <= number < len(SOURCES) else str(number)


def _lists(values: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    found = [(match[1], number) for name, number in values if (match := _ISSUED.fullmatch(name)) and number > 0]
    return found[:_MOST_LISTS]
