"""The other gates of an area as far as they have been heard, and which of their leaves count.

A leaf whose signature holds is still refused where it is older than what is known, or says what cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from firmware.events import Leaf

MOST_SIBLINGS: Final = 64
MOST_PAST: Final = 16


class LeafRefusal(StrEnum):
    """Why a leaf is not counted: a closed list of stable strings."""

    MALFORMED = "malformed"
    FORGED = "forged"
    OLD = "old"
    IMPOSSIBLE = "impossible"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Sibling:
    """The last a gate said, when it came (CLOCK_BOOTTIME, ms), and the epochs that it has ended.

    One that has said a second thing since this gate began is `live`; the first may have lain at the broker for long.
    """

    leaf: Leaf
    at_ms: int
    live: bool = False
    past: tuple[str, ...] = ()

    def then(self, leaf: Leaf, at_ms: int) -> Sibling:
        """Take its newer leaf in place of this one."""
        past = self.past if leaf.epoch == self.leaf.epoch else (*self.past, self.leaf.epoch)[-MOST_PAST:]
        return Sibling(leaf, at_ms, live=True, past=past)


def judged(leaf: Leaf, before: Sibling | None, generation: int) -> LeafRefusal | None:
    """Say why a leaf does not count after what that gate said `before`, in this `generation`; None if it does."""
    if leaf.generation < generation:
        return LeafRefusal.OLD
    if before is None:
        return None
    old = before.leaf
    if leaf.generation < old.generation or leaf.epoch in before.past:
        return LeafRefusal.OLD
    if (leaf.generation, leaf.epoch) != (old.generation, old.epoch):
        return None
    return LeafRefusal.OLD if leaf.seq <= old.seq else _impossible(leaf, old)


def _impossible(leaf: Leaf, old: Leaf) -> LeafRefusal | None:
    """Refuse counts that shrink within one memory, and gifts that are taken back."""
    shrunk = leaf.entered < old.entered or leaf.left < old.left or leaf.estimated < old.estimated
    taken_back = any(leaf.given_to(gate) < places for gate, places in old.given)
    return LeafRefusal.IMPOSSIBLE if shrunk or taken_back else None
