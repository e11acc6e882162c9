"""Where the gates are, counted: one row a gate, and by sector and area how many are in each state. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.signed import times
from provisioning.fleet.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from provisioning.fleet.ledger_rows import Standing
    from provisioning.fleet.planned import Inventory


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate of the inventory with its place in the ledger; `since` in Unix seconds, None where it has none yet."""

    gate: str
    area: str
    sector: str
    state: State
    suspended: bool
    since: int | None

    def told(self) -> dict[str, object]:
        """Say it as JSON."""
        return {
            "gate": self.gate,
            "area": self.area,
            "sector": self.sector,
            "state": self.state.value,
            "suspended": self.suspended,
            "since": None if self.since is None else times.render(self.since),
        }


def rows(
    inventory: Inventory, standings: Mapping[str, Standing], *, sectors: Iterable[str] = (), areas: Iterable[str] = ()
) -> list[GateRow]:
    """List the gates of the inventory; one that the ledger does not know is requested."""
    found = []
    for planned in inventory.select(sectors=sectors, areas=areas):
        standing = standings.get(planned.gate)
        state, suspended, since = State.REQUESTED, False, None
        if standing is not None:
            state, suspended, since = standing.state, standing.suspended, standing.since
        found.append(GateRow(planned.gate, planned.area, planned.sector, state, suspended, since))
    return found


def counts(inventory: Inventory, gates: Iterable[GateRow]) -> list[dict[str, object]]:
    """Count in each state: by sector, by area, and all together; in the order of the inventory."""
    listed = list(gates)
    said = list(_by("sector", {one.id: one.name for one in inventory.sectors.values()}, listed))
    said += _by("area", {one.id: one.name for one in inventory.areas.values()}, listed)
    whole = _line("organisation", inventory.organisation, inventory.name, listed)
    return [*said, whole]


def _by(what: str, names: Mapping[str, str], gates: list[GateRow]) -> Iterator[dict[str, object]]:
    groups: dict[str, list[GateRow]] = {}
    for gate in gates:
        groups.setdefault(gate.sector if what == "sector" else gate.area, []).append(gate)
    for one, name in names.items():
        if one in groups:
            yield _line(what, one, name, groups[one])


def _line(what: str, one: str, name: str, gates: list[GateRow]) -> dict[str, object]:
    """Count some gates."""
    states = Counter(gate.state for gate in gates)
    by_state = {state.value: states[state] for state in State}
    suspended = sum(gate.suspended for gate in gates)
    return {"by": what, "id": one, "name": name, "gates": len(gates), **by_state, "suspended": suspended}
