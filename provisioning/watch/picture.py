"""The picture of one moment: all that the screen shows and the JSON says, taken out of what is known.

Pure. Making one costs as much as there are troubles, groups and areas; the gates that are well are only counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioning.watch import troubles
from provisioning.watch.lines import Line, arrange
from provisioning.watch.troubles import WORDS, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from provisioning.watch.broker_seen import BrokerSeen
    from provisioning.watch.fleet import Fleet
    from provisioning.watch.gates import Gate
    from provisioning.watch.marks import Marks
    from provisioning.watch.said import Decided


@dataclass(frozen=True, slots=True)
class Scope:
    """What is watched: gates with these labels (all without any), counted `by` one label."""

    labels: Mapping[str, str]
    by: str = "area"

    def has(self, gate: Gate) -> bool:
        """Say whether a gate is watched."""
        return all(gate.labels.get(key) == value for key, value in self.labels.items())


@dataclass(frozen=True, slots=True)
class Row:
    """One group of gates: how many there are, how many are away, and with how many something else is wrong."""

    name: str
    known: int
    offline: int
    troubled: int


@dataclass(frozen=True, slots=True)
class Occupancy:
    """An area's people by its gates' counts; `capacity` where it is told."""

    area: str
    inside: int
    capacity: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """One moment. `lines` has what is to be seen, `muted` how many lines are not.

    `oldest` says for each kind of list when the oldest that is in force anywhere was issued (Unix seconds).
    """

    now: int
    connected: bool
    complete: bool
    took_ms: int | None
    known: int
    offline: int
    lines: tuple[Line, ...]
    muted: int
    rows: tuple[Row, ...]
    areas: tuple[Occupancy, ...]
    documents: Mapping[str, Mapping[int, int]]
    oldest: Mapping[str, int]
    clocks: Mapping[int, int]
    backlog: int
    rubbish: Mapping[str, int]
    decisions: tuple[Decided, ...]
    held: frozenset[str]


def take(fleet: Fleet, broker: BrokerSeen, marks: Marks, scope: Scope, now: int) -> Picture:
    """Take the picture; `held` in it names every trouble that holds, for the marks to be settled by."""
    found = troubles.everything(fleet, scope.has)
    seen = [*_general(fleet, broker, now), *found]
    lines = arrange(seen, marks, fleet, now)
    shown = tuple(line for line in lines if line.standing != "muted")
    watched = _watched(fleet, scope)
    return Picture(
        now=now,
        connected=broker.connected,
        complete=broker.complete,
        took_ms=broker.took_ms,
        known=fleet.known if watched is None else len(watched),
        offline=len(fleet.offline if watched is None else fleet.offline & watched),
        lines=shown,
        muted=len(lines) - len(shown),
        rows=_rows(fleet, scope, found, watched),
        areas=_areas(fleet, scope),
        documents=_documents(fleet),
        oldest=fleet.figures.oldest(),
        clocks=dict(fleet.figures.clocks),
        backlog=fleet.figures.backlog,
        rubbish={why.value: number for why, number in fleet.rubbish.items()},
        decisions=tuple(one for one in fleet.decisions if one.gate in fleet.gates and scope.has(fleet.gates[one.gate])),
        held=frozenset(one.key for one in seen),
    )


def _general(fleet: Fleet, broker: BrokerSeen, now: int) -> list[Trouble]:
    """List what is wrong and belongs to no gate."""
    found = [broker.trouble(now, fleet.known - len(fleet.offline), fleet.known)]
    if number := fleet.rubbish.total():
        found.append(Trouble("rubbish/", "rubbish", "", f"{number} messages not understood", WORDS["rubbish"], None))
    return [one for one in found if one is not None]


def _watched(fleet: Fleet, scope: Scope) -> set[str] | None:
    """Name the gates that are watched; None for all."""
    if not scope.labels:
        return None
    groups = [fleet.members.get(pair, set()) for pair in scope.labels.items()]
    return {name for name in set.intersection(*groups) if fleet.gates[name].online is not None}


def _rows(fleet: Fleet, scope: Scope, found: list[Trouble], watched: set[str] | None) -> tuple[Row, ...]:
    """Count the gates of each group, the worst group first."""
    groups = {value: names for (key, value), names in fleet.members.items() if key == scope.by}
    gone = {one.gate for one in found if one.kind == "offline"}
    away = Counter(fleet.gates[name].labels.get(scope.by, "") for name in gone)
    other = Counter(fleet.gates[name].labels.get(scope.by, "") for name in {one.gate for one in found} - gone)
    sizes = {value: len(names if watched is None else names & watched) for value, names in groups.items()}
    rows = [Row(value, size, away[value], other[value]) for value, size in sizes.items() if size]
    return tuple(sorted(rows, key=lambda row: (-row.offline, -row.troubled, row.name)))


def _areas(fleet: Fleet, scope: Scope) -> tuple[Occupancy, ...]:
    """Sum the counts of each area's gates; nobody is counted twice, and nobody less than none."""
    inside: Counter[str] = Counter()
    capacity: dict[str, int] = {}
    wanted = scope.labels.get("area")
    for (area, _), leaf in fleet.leaves.items():
        if wanted in {None, area}:
            inside[area] += leaf.entered - leaf.left
            if leaf.capacity is not None:
                capacity[area] = max(leaf.capacity, capacity.get(area, 0))
    return tuple(Occupancy(area, max(0, number), capacity.get(area)) for area, number in sorted(inside.items()))


def _documents(fleet: Fleet) -> Mapping[str, Mapping[int, int]]:
    """Count the gates by the version in force of each kind of document."""
    found: dict[str, dict[int, int]] = {}
    for (kind, version), number in sorted(fleet.documents.items()):
        found.setdefault(kind, {})[version] = number
    return found
