"""The inventory: which gates there should be, where, of which kind and in whose charge. One file, judged as a whole.

`read` returns an inventory or every mistake of the file at once, each with its line and what to write. It looks at no
ledger and no broker: what has become of a gate stands there (`ledger.py`, `status`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provisioning import files
from provisioning.fleet import judging, sheets, trees
from provisioning.fleet.planned import Area, Inventory, Person, Planned, Sector
from provisioning.fleet.rows import Mistakes
from provisioning.mistake import OperatorError

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.fleet.rows import Row

__all__ = ["Area", "Inventory", "Person", "Planned", "Sector", "read"]

MAX_BYTES: Final = 32 << 20
MOST_TOLD: Final = 1000
"""More mistakes than this are counted and not told one by one."""


def read(path: Path) -> Inventory:
    """Read an inventory, CSV or (by its name) YAML; raises OperatorError with every mistake as a line."""
    found = Mistakes()
    text = sheets.text_of(files.read(path, MAX_BYTES), found)
    inventory = None
    if text is not None:
        inventory = judging.judge(_rows(path, text, found), found)
    if found.found or inventory is None:
        raise OperatorError(*_told(path, found))
    return inventory


def _rows(path: Path, text: str, found: Mistakes) -> list[Row]:
    yaml = path.suffix.lower() in {".yaml", ".yml"}
    return trees.read(text, found) if yaml else sheets.read(text, found)


def _told(path: Path, found: Mistakes) -> list[str]:
    """Say all mistakes in the order of the file, and how many there are."""
    ordered = sorted(found.found)
    lines = [one.told(str(path)) for one in ordered[:MOST_TOLD]]
    more = len(ordered) - len(lines)
    count = f"{path}: {len(ordered)} mistake{'s' if len(ordered) != 1 else ''}; nothing was done"
    return [*lines, count + (f" ({more} more are not shown)" if more else "")]
