"""What a judged inventory says: organisation, areas, sectors, people, and the gates as they should be.

Pure data. Everything is known by an id of 1 to 64 of a-z, 0-9 and -, which is what topics, certificates and passes use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.control.remote import INSTALLED

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACE_LABELS: Final = ("organisation", "sector", "office", "site")
"""Labels that columns make; `area` is told by the gate itself. `gapura-ops watch` groups by these."""

IN_CHARGE: Final = "in-charge"
STAGES: Final = (INSTALLED, "active")
"""With which `gate.stage` a gate begins: by only recording what it would decide, or by deciding."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where a pass must be good for; `sites` are its buildings (none: it has no building of its own)."""

    id: str
    name: str
    sites: tuple[str, ...] = ()
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Sector:
    """What gates are counted by."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in charge of gates, by duty: the operator `operator:<id>` at the broker.

    Each reads the gates that name them; `restricted` and `assist` say whether those branches too.
    """

    id: str
    duty: str
    restricted: bool = False
    assist: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One gate as it should be. `labels` are all that `info` should carry but `area`."""

    gate: str
    area: str
    site: str
    sector: str
    office: str
    door: str
    board: str
    readers: str
    labels: dict[str, str]
    groups: tuple[str, ...] = ()
    in_charge: tuple[str, ...] = ()
    capacity: int | None = None
    brokers: tuple[str, ...] = ()
    config: dict[str, object] = field(default_factory=dict)
    approved: bool = False
    stage: str = INSTALLED

    def config_body(self) -> dict[str, object]:
        """What is laid over the board's file at this door: who it is there, how it begins, its lock and keys."""
        own: dict[str, object] = {"area": self.area, "labels": dict(self.labels), "stage": self.stage}
        if self.groups:
            own["groups"] = list(self.groups)
        body: dict[str, object] = {"gate": own, "door": {"kind": self.door}}
        for section, keys in self.config.items():
            below = body.get(section)
            body[section] = {**below, **keys} if isinstance(below, dict) and isinstance(keys, dict) else keys
        return body


@dataclass(frozen=True, slots=True)
class Inventory:
    """The whole file: everything by its id, in the order of the file."""

    organisation: str
    areas: dict[str, Area]
    sectors: dict[str, Sector]
    gates: dict[str, Planned]
    people: dict[str, Person]
    name: str = ""

    def select(self, *, sectors: Iterable[str] = (), areas: Iterable[str] = ()) -> list[Planned]:
        """The gates of some sectors and areas; of all where none is named."""
        of_sectors, of_areas = frozenset(sectors), frozenset(areas)
        return [
            one
            for one in self.gates.values()
            if (not of_sectors or one.sector in of_sectors) and (not of_areas or one.area in of_areas)
        ]
