"""The README of the fleet, held against the code. Its commands are typed by `test_guides`."""

from __future__ import annotations

from provisioning.fleet import difference, rows
from tests.command import ROOT

README = ROOT / "provisioning" / "fleet" / "README.md"


def test_its_tables_are_those_of_the_code() -> None:
    """Every column and every difference stands there, in the code's own words."""
    text = README.read_text()
    assert "".join(f"| `{name}` | {meaning} |\n" for name, meaning in rows.COLUMNS.items()) in text
    assert difference.table() in text
