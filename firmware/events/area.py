"""What a gate tells the other gates of its area: how many went which way, what it may still let in, who moved lately.

A person is a subject of the day and nothing else. How such a leaf is worded is `firmware/records`, what follows from it
`firmware/rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.events.decisions import Direction


@dataclass(frozen=True, slots=True)
class Move:
    """One passage of a person whose subject of the day is known; `at` is a Unix second of the gate that saw it."""

    subject: str
    direction: Direction
    at: int


MOST_COUNTED: Final = 10**9
"""No count of a leaf is beyond this: somebody every second for thirty years. The sum of all siblings is still exact."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One gate's word about its area.

    `epoch` names the memory that counts, `generation` the signed reset since which it does, and `seq` grows with each
    leaf of both. `entered` and `left` only grow; `estimated` of `left` are forgotten check-outs. `reserved` places may
    still be filled there without asking, and below `wanted` it is short of them. `given` says how many it has handed
    to each sibling in all. `strays` are exits of people whom it had not seen come in, less those it has set off against
    somebody since. `used` are the newest moves, the oldest first.
    """

    epoch: str
    generation: int
    seq: int
    entered: int
    left: int
    reserved: int = 0
    wanted: int = 0
    given: tuple[tuple[str, int], ...] = ()
    estimated: int = 0
    strays: int = 0
    used: tuple[Move, ...] = ()

    def given_to(self, gate: str) -> int:
        """How many places this gate has handed to another in all."""
        return dict(self.given).get(gate, 0)
