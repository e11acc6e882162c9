"""What an area costs the door's own thread at each turn: the count is settled, and what changed of it is looked for.

A gate of a busy area remembers as many moves as it may; nobody moves while this measures, as at most turns.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from firmware.control.counting import Counting
from firmware.events import Direction, Instant, Move
from firmware.rules.passback import MOST_KEPT
from firmware.rules.presence import Presence
from tests.bench.report import SPREAD_HEAD, Section, Spread
from tests.unit.control.compared import Compared

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS: Final = 500
NOON: Final = Instant(0, 1_767_596_400, 1_767_596_400)


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Take the time of turns at which nothing happens, with everybody remembered who can be."""
    section = Section(
        f"a turn of an area's count, {MOST_KEPT} moves remembered here and as many of siblings, us", ("", *SPREAD_HEAD)
    )
    presence = Presence()
    counting = Counting(presence, epoch="e")
    moves = presence.area.moves
    for number in range(MOST_KEPT):
        moves.note(f"{number:032x}", Direction.IN, NOON)
    moves.hear("gate-2", (Move(f"{number:016x}", Direction.IN, NOON.latest) for number in range(MOST_KEPT)))
    compared = Compared(presence.area)
    counting.settle(NOON)
    progress("turn: with marks of what changed, then comparing all of it")
    section.spread("marked", "settled, by marks of what changed", Spread.of(_turns(lambda: counting.settle(NOON))))
    section.spread("compared", "comparing all of it (beside it)", Spread.of(_turns(compared.take)))
    return section


def _turns(turn: Callable[[], object]) -> list[float]:
    spent = []
    for _ in range(TURNS):
        began = time.perf_counter()
        turn()
        spent.append((time.perf_counter() - began) * 1e6)
    return spent
