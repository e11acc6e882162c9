"""Which gates that went away together have something in common: one dead switch is one line.

Pure. Gates belong together that went away within the same minute and bear the same label. A label of which nearly all
gates are away explains more than one of which some are; among equals the narrower one is the better guess.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning.watch.gates import GROUPS, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provisioning.watch.fleet import Fleet
    from provisioning.watch.troubles import Trouble

TOGETHER_S: Final = 60
LEAST: Final = 3
"""Fewer gates are no group."""

NEARLY_ALL: Final = 80
"""Per cent of a label's gates."""

WHOLE: Final = ("fleet", "")
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Outage:
    """Gates that went away together; `pair` is the label that they share, if any, and `of` how many bear it."""

    pair: Pair | None
    of: int
    troubles: tuple[Trouble, ...]


def group(away: Sequence[Trouble], fleet: Fleet) -> Iterator[Outage]:
    """Put together what went away together."""
    minute: list[Trouble] = []
    for one in sorted(away, key=lambda trouble: (trouble.exact, trouble.since or 0, trouble.gate)):
        first = minute[0] if minute else one
        if one.exact != first.exact or (one.since or 0) - (first.since or 0) > TOGETHER_S:
            yield from _minute(minute, fleet)
            minute = []
        minute.append(one)
    yield from _minute(minute, fleet)


def _minute(minute: list[Trouble], fleet: Fleet) -> Iterator[Outage]:
    """Split the gates of one minute by what they share, the best guess first."""
    left = {one.gate: one for one in minute}
    counts = Counter(pair for name in left for pair in _pairs(fleet, name))
    while (pair := _best(counts, fleet)) is not None:
        shared = [name for name in left if pair in _pairs(fleet, name)]
        yield Outage(pair, _size(fleet, pair), tuple(left.pop(name) for name in shared))
        counts.subtract(one for name in shared for one in _pairs(fleet, name))
    for one in left.values():
        yield Outage(None, 1, (one,))


def _best(counts: Counter[Pair], fleet: Fleet) -> Pair | None:
    """Choose the label that explains most; None when no three gates share one."""
    shared = [pair for pair, count in counts.items() if count >= LEAST]
    whole = [pair for pair in shared if counts[pair] * 100 >= _size(fleet, pair) * NEARLY_ALL]
    if whole:
        return max(whole, key=lambda pair: (counts[pair], -_size(fleet, pair), -_rank(pair), pair))
    narrow = [pair for pair in shared if pair != WHOLE]
    return min(narrow, key=lambda pair: (_rank(pair), -counts[pair], pair), default=None)


def _pairs(fleet: Fleet, name: str) -> list[Pair]:
    return [*pairs(fleet.gates[name].labels), WHOLE]


def _size(fleet: Fleet, pair: Pair) -> int:
    return fleet.known if pair == WHOLE else len(fleet.members[pair])


def _rank(pair: Pair) -> int:
    return len(GROUPS) if pair == WHOLE else GROUPS.index(pair[0])
