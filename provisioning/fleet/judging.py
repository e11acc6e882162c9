"""Rows become an inventory, or mistakes: what is missing, doubled, unknown, or does not fit to another row.

Pure. It goes on after each mistake, so that one look at the answer mends the whole file.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final, TypeVar, get_args

from firmware.control.sections import DoorSection
from firmware.records.wire import valid_id
from provisioning.fleet import overlay, values
from provisioning.fleet.planned import IN_CHARGE, PLACE_LABELS, STAGES, Area, Inventory, Person, Planned, Sector
from provisioning.fleet.rows import COLUMNS, LABEL, Cell, Row, shown
from provisioning.fleet.values import ID, LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from provisioning.fleet.rows import Mistakes

Thing = TypeVar("Thing", Area, Sector, Person)

MOST_LABELS: Final = 16
MOST_GROUPS: Final = 16
_DOORS: Final = get_args(DoorSection.model_fields["kind"].annotation)
_READERS: Final = ("outside", "both")
_SIGHTS: Final = frozenset({"restricted", "assist"})
_NUMBERED: Final = re.compile(r"\d{6}|@")
_OWN: Final[dict[str, frozenset[str]]] = {
    "organisation": frozenset({"id", "name", "brokers"}),
    "sector": frozenset({"id", "name"}),
    "area": frozenset({"id", "name", "site", "capacity"}),
    "person": frozenset({"id", "name", "sees"}),
    "gate": frozenset(COLUMNS) - {"kind", "name", "capacity", "sees"},
}
"""Which columns belong to which kind of row."""


def judge(rows: Iterable[Row], found: Mistakes) -> Inventory:
    """Make the inventory of all rows; it is of use only where nothing was found."""
    of: dict[str, list[Row]] = {kind: [] for kind in _OWN}
    for row in rows:
        _columns(row, found)
        of[row.kind].append(row)
    for alike in of.values():
        _named(alike, found)
    organisation = _organisation(of["organisation"], found)
    areas = _by_id(_area(row, found) for row in of["area"])
    sectors = _by_id(Sector(row.id, values.name(row, found)) for row in of["sector"])
    people = _by_id(_person(row, found) for row in of["person"])
    if not of["gate"]:
        found.add(0, "", "names no gate", "add a row for each door")
    told = Inventory(organisation.id, areas, sectors, {}, people, values.name(organisation, found))
    brokers = values.brokers(organisation, found)
    for row in of["gate"]:
        told.gates.setdefault(row.id, _gate(row, told, brokers, found))
    return told


def _columns(row: Row, found: Mistakes) -> None:
    """Refuse values in columns of another kind of row."""
    for column in row.cells:
        if column not in _OWN[row.kind] and not ("." in column and row.kind == "gate"):
            found.at(row, column, f"says nothing of a row of kind {row.kind}", "empty it")


def _named(rows: list[Row], found: Mistakes) -> None:
    """See that all rows of a kind have an id of their own."""
    first: dict[str, int] = {}
    for row in rows:
        if not row.id:
            found.at(row, "id", "is missing", f"{ID}, or take the row out")
        elif not valid_id(row.id):
            found.at(row, "id", f"{shown(row.id)} is no id", ID)
        elif row.id in first:
            found.at(row, "id", f"{shown(row.id)} is there twice, on line {first[row.id]} too", "give each its own id")
        else:
            first[row.id] = row.line


def _by_id(things: Iterable[Thing]) -> dict[str, Thing]:
    """Find each by its id; of two with one id the first stays."""
    found: dict[str, Thing] = {}
    for one in things:
        found.setdefault(one.id, one)
    return found


def _organisation(rows: list[Row], found: Mistakes) -> Row:
    """Find the one organisation of a file."""
    for row in rows[1:]:
        found.at(row, "kind", "is a second organisation", "leave one; keep a file for each organisation")
    if rows:
        return rows[0]
    found.add(0, "organisation", "is missing", "add one row of kind organisation with its id and its brokers")
    return Row("organisation", 0, {"id": Cell("", 0)})


def _area(row: Row, found: Mistakes) -> Area:
    return Area(row.id, values.name(row, found), values.ids(row, "site", found), values.people(row, "capacity", found))


def _person(row: Row, found: Mistakes) -> Person:
    duty = values.name(row, found)
    if _NUMBERED.search(duty) or _NUMBERED.search(row.id):
        found.at(
            row, "name", "holds a number or address of a person", "write the duty, as in: head of building services"
        )
    sees = frozenset(row.words("sees"))
    for word in sorted(sees - _SIGHTS):
        found.at(row, "sees", f"{shown(word)} is none", "write restricted, assist or both, or leave it empty")
    return Person(row.id, duty, restricted="restricted" in sees, assist="assist" in sees)


def _gate(row: Row, told: Inventory, brokers: tuple[str, ...], found: Mistakes) -> Planned:
    """Judge one gate against all that the file declares."""
    area = told.areas.get(_declared(row, "area", told.areas, found))
    site = _site(row, area, found)
    sector = _declared(row, "sector", told.sectors, found)
    office, board = (values.one_id(row, column, found, needed=column == "board") for column in ("office", "board"))
    door, readers = (
        values.choice(row, column, allowed, found) for column, allowed in (("door", _DOORS), ("readers", _READERS))
    )
    in_charge = values.ids(row, "in_charge", found)
    for name in in_charge:
        _declared(row, "in_charge", told.people, found, name)
    places = {"organisation": told.organisation, "sector": sector, "office": office, "site": site}
    labels = {key: places[key] for key in PLACE_LABELS if places[key]}
    labels |= {IN_CHARGE: " ".join(in_charge)} if in_charge else {}
    groups = values.ids(row, "groups", found)
    if len(groups) > MOST_GROUPS:
        found.at(row, "groups", f"are {len(groups)}", f"name at most {MOST_GROUPS}")
    return Planned(
        gate=row.id,
        area="" if area is None else area.id,
        site=site,
        sector=sector,
        office=office,
        door=door,
        board=board,
        readers=readers,
        labels=_labels(row, labels, found),
        groups=groups,
        in_charge=in_charge,
        capacity=None if area is None else area.capacity,
        brokers=values.brokers(row, found) or brokers,
        config=overlay.read(row, found),
        approved=values.yes(row, "approved", found),
        stage=values.choice(row, "stage", STAGES, found) if "stage" in row.cells else STAGES[0],
    )


def _declared(row: Row, column: str, there: Collection[str], found: Mistakes, name: str | None = None) -> str:
    """Read the id of something that has a row of its own."""
    name = row.text(column) if name is None else name
    kind = "person" if column == "in_charge" else column
    if not name:
        found.at(row, column, "is missing", f"write the id of a row of kind {kind}")
    elif name not in there:
        close = difflib.get_close_matches(name, there, 1)
        meant = f"write {close[0]}, or " if close else ""
        found.at(row, column, f"{shown(name)} is not known", f"{meant}add a row of kind {kind} with this id")
    return name


def _site(row: Row, area: Area | None, found: Mistakes) -> str:
    """The gate's building: one of its area's, and the only one where it names none."""
    site = row.text("site")
    if area is None or site in area.sites:
        return site
    if not site:
        if len(area.sites) > 1:
            found.at(row, "site", f"is missing: {area.id} has several", f"write one of {', '.join(area.sites)}")
        return area.sites[0] if len(area.sites) == 1 else ""
    has = f"it has {', '.join(area.sites)}" if area.sites else "it has none"
    found.at(
        row,
        "site",
        f"{shown(site)} is no site of the area {area.id}; {has}",
        "mend the gate's site or area, or the area's row",
    )
    return site


def _labels(row: Row, labels: dict[str, str], found: Mistakes) -> dict[str, str]:
    """Add the gate's own labels to those that its place gives it."""
    for column, cell in row.cells.items():
        if not column.startswith(LABEL):
            continue
        key = column.removeprefix(LABEL)
        if key in {*PLACE_LABELS, IN_CHARGE, "area"}:
            found.at(row, column, "is made from another column", f"use the column {key.replace('-', '_')}")
        elif not valid_id(key):
            found.at(row, column, "is no name of a label", f"after {LABEL} {ID}")
        elif len(cell.text) > LONGEST_TEXT:
            found.at(row, column, "is too long", f"write at most {LONGEST_TEXT} letters")
        labels[key] = cell.text
    if len(labels) > MOST_LABELS:
        found.at(row, "", f"has {len(labels)} labels", f"leave at most {MOST_LABELS}, the places among them")
    return labels
