"""An inventory as a spreadsheet saves it: one thing a row, the first row names the columns. Text to rows, no more.

Spreadsheets differ: the separator may be a comma, a semicolon or a tab, and UTF-8 may begin with its mark. What else a
program may have written (UTF-16, the local code page, formulas) is refused, because reading it would be a guess.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from provisioning.fleet.rows import COLUMNS, KINDS, Cell, Mistakes, Row, like_known, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATORS: Final = ",;\t"
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_FORMULA: Final = ("=", "+", "@", "-")
_SAVE: Final = "save it as CSV UTF-8"
_MOST_CELL: Final = 4096


def text_of(data: bytes, found: Mistakes) -> str | None:
    """Read the bytes of a file as UTF-8, with or without its mark; None, and the mistake, where they are none."""
    if data.startswith(_WIDE_MARKS) or b"\0" in data[:64]:
        found.add(0, "", "is UTF-16 text or no text at all", _SAVE)
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8: the byte 0x{data[error.start]:02x} is of another code page"
        found.add(line, "", what, _SAVE)
        return None


def read(text: str, found: Mistakes) -> list[Row]:
    """Read the rows of a CSV text; what is wrong with its form is noted, and the rows that can be read are returned."""
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip(' "').startswith("#")), "")
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: list[str] | None = None
    rows: list[Row] = []
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            found.add(line, "", f"cannot be read as CSV: {error}", 'close every quote, and double a " inside of one')
            return rows
        if values is None:
            return rows
        if not any(value.strip() for value in values) or values[0].lstrip().startswith("#"):
            continue
        if names is None:
            names = _header(values, line, found)
            if names is None:
                return rows
        else:
            rows.extend(_row(names, values, line, found))


def _header(values: Sequence[str], line: int, found: Mistakes) -> list[str] | None:
    """Read the names of the columns; None where they are of no use."""
    names = [value.strip().lower() for value in values]
    if "id" not in names:
        found.add(line, "id", "is missing: the first row names the columns", f"begin with {','.join(COLUMNS)}")
        return None
    for at, name in enumerate(names):
        if name and name in names[:at]:
            found.add(line, name, "is there twice", "leave one column of it")
        elif name and not like_known(name):
            found.add(line, shown(name), "is no column", f"take it out, or name it one of {', '.join(COLUMNS)}")
    return names


def _row(names: Sequence[str], values: Sequence[str], line: int, found: Mistakes) -> list[Row]:
    """Make a row of its values; none where it is of no kind."""
    cells: dict[str, Cell] = {}
    for at, value in enumerate(values):
        text = value.strip()
        if not text:
            continue
        name = names[at] if at < len(names) else ""
        if not name:
            found.add(
                line, f"column {at + 1}", f"{shown(text)} stands in a column without a name", "name it or empty it"
            )
        elif fault := fault_of(text):
            found.add(line, name, f"{shown(text)} {fault[0]}", fault[1])
            cells[name] = Cell("", line)
        else:
            cells[name] = Cell(text, line)
    kind = cells.pop("kind", Cell("gate", line)).text.lower()
    if kind not in KINDS:
        found.add(line, "kind", f"{shown(kind)} is none", f"write one of {', '.join(KINDS)}")
        return []
    return [Row(kind, line, cells)]


def fault_of(text: str) -> tuple[str, str] | None:
    """Say what makes a value dangerous to whoever opens or prints the file, and what to write instead."""
    if text.startswith(_FORMULA):
        return "is a formula to a spreadsheet", "write the value itself; none begins with = + - or @"
    if not text.isprintable():
        return "holds a character that cannot be printed", "write it in one line of plain text"
    if len(text) > _MOST_CELL:
        return "is too long", f"write at most {_MOST_CELL} characters"
    return None
