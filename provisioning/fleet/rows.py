"""What a CSV and a YAML inventory have in common: rows of cells, each with the line it stands on.

Nothing is decided here about what a cell means. Every text is kept as it was written, without blanks around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

KINDS: Final = ("organisation", "sector", "area", "person", "gate")
"""What one row may describe."""

COLUMNS: Final[dict[str, str]] = {
    "kind": "organisation, sector, area, person or gate; empty means gate",
    "id": "its name: 1 to 64 of a-z, 0-9 and -",
    "name": "organisation, sector, area: what people call it; person: the duty, never a person's own name; gate: empty",
    "area": "gate: the area that it leads into",
    "site": "gate: the building it hangs in, one of its area's; area: its buildings, separated by blanks",
    "sector": "gate: the sector that it is counted with",
    "office": "gate: the office that it belongs to, in the same letters as an id",
    "door": "gate: strike, maglock, turnstile or motor",
    "readers": "gate: outside, or both",
    "board": "gate: the name of the board file that lies on its card",
    "capacity": "area: how many people it holds",
    "in_charge": "gate: the ids of the people in charge, separated by blanks",
    "sees": "person: restricted and assist, where they may read those of their gates too",
    "groups": "gate: further groups whose documents and commands count there, separated by blanks",
    "brokers": "organisation or gate: one to five brokers, host or host:port, separated by blanks",
    "approved": "gate: yes where it may be given out at once, else no",
    "stage": "gate: installed (it begins by only recording what it would decide) or active; empty means installed",
}
"""Every column that has a meaning of its own; `label.NAME` and the dotted keys of gapura.toml come beside them."""

LABEL: Final = "label."


@dataclass(frozen=True, slots=True)
class Cell:
    """One value and its line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the inventory describes; cells that are empty are not there, spoilt ones have no text."""

    kind: str
    line: int
    cells: dict[str, Cell]

    def text(self, column: str) -> str:
        """The value of a column, empty where there is none."""
        cell = self.cells.get(column)
        return "" if cell is None else cell.text

    def words(self, column: str) -> tuple[str, ...]:
        """The words of a column."""
        return tuple(self.text(column).split())

    @property
    def id(self) -> str:
        """Its name."""
        return self.text("id")


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong: its line (0 for the file as a whole), its column, what, and what to write."""

    line: int
    column: str
    what: str
    remedy: str

    def told(self, file: str) -> str:
        """Say it in one line, as compilers do."""
        parts = [f"{file}:{self.line}" if self.line else file, *([self.column] if self.column else [])]
        return f"{': '.join(parts)}: {self.what}; {self.remedy}"


@dataclass(slots=True)
class Mistakes:
    """All that is wrong with one file, in the order of its lines."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, line: int, column: str, what: str, remedy: str) -> None:
        """Note one."""
        self.found.append(Mistake(line, column, what, remedy))

    def at(self, row: Row, column: str, what: str, remedy: str) -> None:
        """Note one about a cell, or about the row where that cell is missing; a spoilt cell has had its own."""
        cell = row.cells.get(column)
        if cell is None or cell.text:
            self.add(row.line if cell is None else cell.line, column, what, remedy)


def shown(text: str) -> str:
    """Show a value of the file: quoted, short, and with nothing that moves a cursor."""
    most = 40
    return ascii(text if len(text) <= most else text[:most] + "...")


def like_known(column: str) -> bool:
    """Say whether a column has a meaning: its own, a label's or that of a configuration key."""
    return column in COLUMNS or "." in column.strip(".")
