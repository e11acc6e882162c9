"""How `gapura-ops fleet` tells people: plain tables, one line a sector, and what is wrong grouped by what it is.

It decides words and order only. JSON is for everybody else.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from provisioning.fleet.difference import meaning_of
from provisioning.fleet.lifecycle import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from provisioning.fleet.planned import Inventory
    from provisioning.fleet.status import GateStatus

MOST_NAMED: Final = 8
"""Gates that one line names; the rest are counted."""


def for_people(*, json_asked: bool) -> bool:
    """Say whether a person reads what is written."""
    return sys.stdout.isatty() and not json_asked


def is_wanted(row: GateStatus, sectors: Sequence[str], areas: Sequence[str], state: str | None) -> bool:
    """Say whether a gate was asked for."""
    placed = (not sectors or row.sector in sectors) and (not areas or row.area in areas)
    return placed and state in {None, row.state}


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows that have the same keys in columns."""
    if not rows:
        return "no gates\n"
    cells = [list(rows[0]), *([_plain(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def summary(rows: Sequence[GateStatus], inventory: Inventory) -> str:
    """Count by sector, then name every difference with its gates, what it means and what to do first."""
    lines = []
    for sector in dict.fromkeys([*inventory.sectors, *(row.sector for row in rows)]):
        of = [row for row in rows if row.sector == sector]
        if of:
            active = sum(row.state == State.ACTIVE for row in of)
            differ = sum(bool(row.differs) for row in of)
            name = inventory.sectors[sector].name if sector in inventory.sectors else sector or "no sector"
            lines.append(f"{name}: {len(of)} gates, {active} active, {differ} differ")
    for difference, gates in _grouped(rows).items():
        meaning, action = meaning_of(difference)
        lines += ["", f"{difference}: {_gates(gates)}", f"  {meaning} {action}"]
    differing = sum(bool(row.differs) for row in rows)
    return "\n".join(_plain(line) for line in [*lines, "", f"{len(rows)} gates, {differing} differ"]) + "\n"


def _grouped(rows: Sequence[GateStatus]) -> dict[str, list[GateStatus]]:
    """Put the gates of each difference together, what most of them have first."""
    groups: dict[str, list[GateStatus]] = {}
    for row in rows:
        for difference in row.differs:
            groups.setdefault(difference, []).append(row)
    return dict(sorted(groups.items(), key=lambda one: (-len(one[1]), one[0])))


def _gates(rows: Sequence[GateStatus]) -> str:
    """Name gates, by their sector where all of one sector differ alike."""
    names = ", ".join(row.gate for row in rows[:MOST_NAMED])
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    sectors = {row.sector for row in rows}
    of = f" of {sectors.pop()}" if len(sectors) == 1 and len(rows) > 1 else ""
    return f"{len(rows)} {'gates' if len(rows) > 1 else 'gate'}{of}: {names}{more}"


def _plain(value: object) -> str:
    text = {True: "yes", False: "no", None: ""}.get(value) if value is None or isinstance(value, bool) else None
    shown = str(value) if text is None else text
    return "".join(one if one.isprintable() else "?" for one in shown)
