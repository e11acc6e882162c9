"""What the voltage of a supervised loop means: contact closed or open, wire cut or shorted.

Pure: resistors and a ratio of voltages in, a state out. A loop with two end-of-line resistors, seen from the board:

    supply --[ pull-up ]--+-- to the converter
                          |
                          +--- wire --- [ end ] ---+--- contact ---+--- wire --- ground
                                                   +--[ bridge ]---+

Both resistors hang at the contact, at the far end of the wire: only then are a cut and a short told from a contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

State = Literal["short", "closed", "open", "cut"]

HYSTERESIS: Final = 0.03
"""How far beyond a threshold, as a part of the supply, a loop must go to be believed: a tenth of a volt."""

_ORDER: Final[tuple[State, ...]] = ("short", "closed", "open", "cut")


@dataclass(frozen=True, slots=True)
class Loop:
    """The three resistors of a loop; these values stand a third of the supply apart, to be bought with 1 %."""

    pull_up_ohm: int = 4_700
    end_ohm: int = 2_200
    bridge_ohm: int = 6_800

    def ratio(self, state: State) -> float:
        """Say which part of the supply stands at the converter in a state."""
        match state:
            case "short":
                return 0.0
            case "closed":
                return self._part(self.end_ohm)
            case "open":
                return self._part(self.end_ohm + self.bridge_ohm)
            case "cut":
                return 1.0

    def thresholds(self) -> tuple[float, float, float]:
        """Say where one state ends and the next begins: half-way."""
        short, closed, opened, cut = (self.ratio(state) for state in _ORDER)
        return (short + closed) / 2, (closed + opened) / 2, (opened + cut) / 2

    def _part(self, loop_ohm: int) -> float:
        return loop_ohm / (loop_ohm + self.pull_up_ohm)


STANDARD: Final = Loop()


def state_of(ratio: float, before: State | None = None, loop: Loop = STANDARD) -> State:
    """Say what a ratio means; near a threshold, what the loop was before."""
    index = 0 if before is None else _ORDER.index(before)
    edges = loop.thresholds()
    if before is None:
        return _ORDER[sum(ratio >= edge for edge in edges)]
    while index < len(edges) and ratio >= edges[index] + HYSTERESIS:
        index += 1
    while index > 0 and ratio < edges[index - 1] - HYSTERESIS:
        index -= 1
    return _ORDER[index]
