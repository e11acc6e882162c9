"""A gate's own count of its area: who came and went here, which places it holds, what it has handed to siblings.

Only this gate writes it, so that nobody has to agree on anything: numbers only grow, or are this gate's own business.
It is a plain value that can be put away and taken up again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from firmware.events import MOST_COUNTED, Direction, Leaf, Move
from firmware.passes.presented import FRESH_S
from firmware.rules.stays import MOST, Stay, dated, in_order, second

if TYPE_CHECKING:
    from firmware.events import Instant

MOST_TOLD: Final = 64
"""Moves that a leaf carries: a sibling that was away for more passages of one gate has missed the older ones."""

MOST_GIVEN: Final = 64
"""Siblings that a leaf can name as given to."""

MOST_PAST: Final = 64
"""Epochs of its own that a gate remembers to have taken over."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a gate has counted since `epoch` and `generation` began; `past` are epochs of its own that it took over."""

    epoch: str
    generation: int = 0
    seq: int = 0
    entered: int = 0
    left: int = 0
    estimated: int = 0
    strays: int = 0
    given: dict[str, int] = field(default_factory=dict)
    stays: tuple[Stay, ...] = ()
    used: tuple[Move, ...] = ()
    past: tuple[str, ...] = ()

    def entry(self, subject: str | None, now: Instant, shown: int = 0) -> Ledger:
        """Count somebody in, who came by a code made at the second `shown`, if by one that has a second."""
        stays = in_order((*self.stays, Stay(second(now), subject)))
        lost = len(stays) - MOST
        counted = replace(
            self, entered=self.entered + 1, stays=stays, used=self._told(subject, Direction.IN, now, shown)
        )
        return counted if lost <= 0 else counted.estimate(stays[:lost])

    def exit(self, subject: str | None, now: Instant, shown: int = 0, *, came_elsewhere: bool = False) -> Ledger:
        """Count somebody out, and end their stay: their own, or of somebody as unknown the longest.

        Whoever a sibling saw come in is that sibling's to close, and whoever nobody saw is a stray.
        """
        counted = replace(self, left=self.left + 1, used=self._told(subject, Direction.OUT, now, shown))
        mine = next((stay for stay in reversed(self.stays) if subject is not None and stay.subject == subject), None)
        if mine is None and not came_elsewhere:
            mine = next((stay for stay in self.stays if stay.subject is None), None)
        if mine is not None:
            return counted.without(mine)
        return counted if came_elsewhere else replace(counted, strays=self.strays + 1)

    def without(self, stay: Stay) -> Ledger:
        """End one stay that was counted elsewhere."""
        stays = list(self.stays)
        stays.remove(stay)
        return replace(self, stays=tuple(stays))

    def estimate(self, over: tuple[Stay, ...], strays: int = 0) -> Ledger:
        """End stays that nobody saw end; as many as there are `strays` in the area were counted out already."""
        seen = min(len(over), max(0, strays))
        gone = len(over) - seen
        ending = Counter(over)
        return replace(
            self,
            stays=tuple(stay for stay in self.stays if not _taken(ending, stay)),
            strays=self.strays - seen,
            left=self.left + gone,
            estimated=self.estimated + gone,
        )

    def redated(self, now: Instant) -> Ledger:
        """Begin anew the stays that a clock put far into the future, or they would never end."""
        stays = dated(self.stays, now)
        return self if stays is self.stays else replace(self, stays=stays)

    def give(self, gate: str, places: int) -> Ledger:
        """Hand places to a sibling, for good; no more than a leaf can tell."""
        before = self.given.get(gate, 0)
        if gate not in self.given and len(self.given) >= MOST_GIVEN:
            return self
        return replace(self, given=self.given | {gate: min(before + places, MOST_COUNTED)})

    def take_over(self, leaf: Leaf) -> Ledger:
        """Go on from what this gate had told before its memory was lost: its last leaf, once.

        One with which these counts would come to more than a leaf can tell was never this gate's own.
        """
        if leaf.epoch == self.epoch or leaf.epoch in self.past or leaf.generation != self.generation:
            return self
        given = dict(self.given)
        for gate, places in leaf.given:
            given[gate] = given.get(gate, 0) + places
        both = replace(
            self,
            entered=self.entered + leaf.entered,
            left=self.left + leaf.left,
            estimated=self.estimated + leaf.estimated,
            strays=self.strays + leaf.strays,
            given=given,
            past=(*self.past, leaf.epoch)[-MOST_PAST:],
        )
        counts = (both.entered, both.left, both.estimated, abs(both.strays), *given.values())
        return self if max(counts) > MOST_COUNTED or len(given) > MOST_GIVEN else both

    def begun_anew(self, generation: int) -> Ledger:
        """Forget all counts: somebody entitled says that they are wrong."""
        return Ledger(self.epoch, generation, self.seq)

    def leaf(self, reserved: int, wanted: int) -> Leaf:
        """Word what siblings are told."""
        return Leaf(
            self.epoch,
            self.generation,
            self.seq,
            self.entered,
            self.left,
            min(max(0, reserved), MOST_COUNTED),
            min(wanted, MOST_COUNTED),
            tuple(sorted(self.given.items())),
            self.estimated,
            self.strays,
            self.used,
        )

    def _told(self, subject: str | None, direction: Direction, now: Instant, shown: int) -> tuple[Move, ...]:
        """Add a move to what is told, if it can be told.

        Its second is that of the passage, or of the code where the wallet was ahead: every code up to then is used.
        """
        at = second(now)
        at = max(at, min(shown, at + FRESH_S))
        return self.used if subject is None else (*self.used, Move(subject, direction, at))[-MOST_TOLD:]


def _taken(ending: Counter[Stay], stay: Stay) -> bool:
    """Say whether this is one of those that end, and count it."""
    ending[stay] -= 1
    return ending[stay] >= 0
