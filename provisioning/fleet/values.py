"""One cell of an inventory: an id, a choice, a number of people, brokers. Each reads its value or notes what to write.

Pure. A value that is wrong comes back as it stands, so that reading goes on; nobody uses an inventory with a mistake.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from firmware.records.wire import valid_id
from provisioning.fleet.rows import shown

if TYPE_CHECKING:
    from provisioning.fleet.rows import Mistakes, Row

ID: Final = "write 1 to 64 of a-z, 0-9 and -"
LONGEST_TEXT: Final = 64
"""Letters of a name or a label: what the desk's pictures show."""

MOST_BROKERS: Final = 5
MOST_PEOPLE: Final = 1_000_000
_YES_NO: Final = {"yes": True, "true": True, "no": False, "false": False, "": False}
_BROKER: Final = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:([0-9]{1,5}))?")
_HIGHEST_PORT: Final = 65_535


def name(row: Row, found: Mistakes) -> str:
    """The name of a thing, its id where it has none."""
    text = row.text("name")
    if len(text) > LONGEST_TEXT:
        found.at(row, "name", "is too long", f"write at most {LONGEST_TEXT} letters")
    return text or row.id


def people(row: Row, column: str, found: Mistakes) -> int | None:
    """Read a number of people; None where none is written."""
    text = row.text(column)
    short = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PEOPLE))
    if short and 0 < int(text) <= MOST_PEOPLE:
        return int(text)
    if text:
        remedy = f"write a whole number from 1 to {MOST_PEOPLE}, or leave it empty"
        found.at(row, column, f"{shown(text)} is no number of people", remedy)
    return None


def one_id(row: Row, column: str, found: Mistakes, *, needed: bool) -> str:
    """Read one id."""
    text = row.text(column)
    if text and not valid_id(text):
        found.at(row, column, f"{shown(text)} is no id", ID)
    elif needed and not text:
        found.at(row, column, "is missing", ID)
    return text


def ids(row: Row, column: str, found: Mistakes) -> tuple[str, ...]:
    """Read ids that are separated by blanks, each once."""
    words = row.words(column)
    for word in words:
        if not valid_id(word):
            found.at(row, column, f"{shown(word)} is no id", f"{ID}, with blanks between several")
    return tuple(dict.fromkeys(words))


def choice(row: Row, column: str, allowed: tuple[str, ...], found: Mistakes) -> str:
    """Read one of a few words."""
    text = row.text(column)
    if text not in allowed:
        what = f"{shown(text)} is none" if text else "is missing"
        found.at(row, column, what, f"write one of {', '.join(allowed)}")
    return text


def yes(row: Row, column: str, found: Mistakes) -> bool:
    """Read yes or no; nothing is no."""
    text = row.text(column).lower()
    if text not in _YES_NO:
        found.at(row, column, f"{shown(text)} is neither", "write yes or no")
    return _YES_NO.get(text, False)


def brokers(row: Row, found: Mistakes) -> tuple[str, ...]:
    """Read where brokers are, the first choice first."""
    words = row.words("brokers")
    for word in words:
        match = _BROKER.fullmatch(word)
        if match is None or not 0 < int(match[3] or 1) <= _HIGHEST_PORT:
            found.at(row, "brokers", f"{shown(word)} is no broker", "write host or host:port")
    if len(words) > MOST_BROKERS:
        found.at(row, "brokers", f"are {len(words)}", f"name at most {MOST_BROKERS}")
    return words
