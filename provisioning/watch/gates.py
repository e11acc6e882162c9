"""One gate as the desk knows it, and the bounds of what it may claim of the desk's memory. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from provisioning.watch.said import AlertRaised, DocumentReported

Key = TypeVar("Key")

OLDEST_S: Final = 10 * 366 * 86_400
QUIET_S: Final = 200
"""How long a gate that is online may say nothing, unless its health message names a longer time."""

LONGEST_QUIET_S: Final = 3 * 3600

UNSTEADY_FALLS: Final = 3
UNSTEADY_S: Final = 600
"""So many times away within so many seconds is one trouble, not many."""

MOST_GATES: Final = 200_000
MOST_ALERTS: Final = 64
MOST_DOCUMENTS: Final = 16
AHEAD_S: Final = 300
"""A gate that says something began later than this from now does not know the time."""

KEPT_FALLS: Final = 8
KEPT_DECISIONS: Final = 50
TURNED_DOWN: Final = frozenset({"rejected", "rolled_back"})
GROUPS: Final = ("switch", "sector", "office", "site", "area", "organisation")
"""Labels by which gates fail and are counted together, the narrowest first where two say the same."""

BACKLOG: Final = "journal_backlog"
CLOCK: Final = "clock_source"
BURDEN: Final = 500
"""Events that wait at a gate that is online before somebody is told."""


@dataclass(slots=True)
class Gate:
    """One gate: `since` is when its availability last changed, exact or only the latest it can have been."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    online: bool | None = None
    since: int = 0
    exact: bool = False
    version: str = ""
    speaks_by: int = 0
    awaited: bool = False
    backlog: int = 0
    clock: int | None = None
    lists: Mapping[str, int] = field(default_factory=dict)
    alerts: dict[str, AlertRaised] = field(default_factory=dict)
    documents: dict[str, DocumentReported] = field(default_factory=dict)
    falls: tuple[int, ...] = ()
    rubbish: int = 0


def pairs(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name the groups that labels put a gate in, the narrowest first."""
    return [(key, labels[key]) for key in GROUPS if key in labels]


def note(names: set[str], name: str, *, held: bool) -> None:
    """Let a name stand in a set, or not."""
    if held:
        names.add(name)
    else:
        names.discard(name)


def less(counter: Counter[Key], key: Key) -> None:
    """Count one less, and forget what is counted no more."""
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
