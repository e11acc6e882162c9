"""Which gates shall have papers, by the inventory or by hand, and what stands on their sheets beside the codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provisioning.fleet.planned import STAGES
from provisioning.handing import words
from provisioning.handing.papers import Wanted
from provisioning.handing.sheet import Subject
from provisioning.mistake import OperatorError
from provisioning.printing.words import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from provisioning.fleet.planned import Inventory, Planned
    from provisioning.handing.papers import Papers

_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """A gate that shall have papers, and where it hangs."""

    wanted: Wanted
    places: tuple[tuple[Line, Line], ...]

    def subject(self, papers: Papers, issuer: str, offset_s: int) -> Subject:
        """Say what stands on the sheet of these papers; dates are shown at `offset_s` from UTC."""
        return Subject(
            papers.gate, issuer, self.places, papers.version, papers.digest, papers.issued, papers.expires, offset_s
        )


def by_hand(
    gate: str, area: str, brokers: Sequence[str], config: Mapping[str, object] | None, stage: str = STAGES[0]
) -> Plan:
    """Plan one gate that stands in no inventory: whoever makes its papers approves it."""
    for option, name in (("GATE", gate), ("--area", area)):
        if _NAME.fullmatch(name) is None:
            line = f"{option}: {name!r} is no name; use 1 to 64 of a-z, 0-9 and -"
            raise OperatorError(line)
    laid = dict(config or {})
    own = laid.get("gate", {})
    if not isinstance(own, dict) or not own.keys().isdisjoint({"id", "area", "stage"}):
        line = "--config: gate.id, gate.area and gate.stage are said by GATE, --area and --stage; take them out"
        raise OperatorError(line)
    laid["gate"] = {**own, "area": area, "stage": stage}
    return Plan(Wanted(gate, tuple(brokers), laid, approved=True), ((words.AREA, Line(area, area)),))


def named(inventory: Inventory, gates: Sequence[str], brokers: Sequence[str]) -> list[Plan]:
    """Plan gates by their names."""
    unknown = [gate for gate in gates if gate not in inventory.gates]
    if unknown:
        lines = (f"{gate} is not in the inventory; write it there, or correct the name" for gate in unknown)
        raise OperatorError(*lines)
    return [_plan(inventory, inventory.gates[gate], brokers) for gate in dict.fromkeys(gates)]


def placed(inventory: Inventory, sector: str | None, area: str | None, brokers: Sequence[str]) -> list[Plan]:
    """Plan every gate of a sector and an area, of all where none is named."""
    for option, name, known in (("--sector", sector, inventory.sectors), ("--area", area, inventory.areas)):
        if name is not None and name not in known:
            line = f"{option}: the inventory has no {name}; it has {', '.join(sorted(known))}"
            raise OperatorError(line)
    chosen = inventory.select(sectors=_one(sector), areas=_one(area))
    if not chosen:
        line = "no gate of the inventory is meant"
        raise OperatorError(line)
    return [_plan(inventory, planned, brokers) for planned in chosen]


def _one(name: str | None) -> Iterable[str]:
    return () if name is None else (name,)


def _plan(inventory: Inventory, planned: Planned, brokers: Sequence[str]) -> Plan:
    """Plan a gate of the inventory."""
    wanted = Wanted(planned.gate, planned.brokers or tuple(brokers), planned.config_body(), approved=planned.approved)
    return Plan(wanted, tuple(_places(inventory, planned)))


def _places(inventory: Inventory, planned: Planned) -> Iterable[tuple[Line, Line]]:
    """Say where a gate is to be hung, in the names of the inventory."""
    area, sector = inventory.areas.get(planned.area), inventory.sectors.get(planned.sector)
    told = [
        (words.AREA, planned.area if area is None else area.name or area.id),
        (words.SECTOR, planned.sector if sector is None else sector.name or sector.id),
        (words.SITE, planned.site),
        (words.OFFICE, planned.office),
    ]
    yield from ((label, Line(value, value)) for label, value in told if value)
    door = words.DOORS.get(planned.door, Line(planned.door, planned.door))
    readers = words.READERS.get(planned.readers, Line(planned.readers, planned.readers))
    yield words.DOOR, Line(f"{door.indonesian}, {readers.indonesian}", f"{door.english}, {readers.english}")
