"""The calendars that are shipped: which days of a year are public holidays or collective leave, and who said so.

They are data beside this file. A day that could not be confirmed is not in them, and `missing` names it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.rules.hours import DayOff
from provisioning.mistake import OperatorError

FOLDER: Final = Path(__file__).with_name("calendars")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one year, the decree they stand in, and what is left out of it."""

    days: tuple[DayOff, ...]
    source: str
    missing: tuple[str, ...]


def names() -> tuple[str, ...]:
    """Name every calendar."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def read(name: str) -> Calendar:
    """Read one calendar; raises OperatorError for a name that none has."""
    if name not in names():
        line = f"--calendar: there is no {name!r:.60}; there are {', '.join(names())}"
        raise OperatorError(line)
    body = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    days = tuple(DayOff.model_validate(one) for one in body["days"])
    return Calendar(days, body["source"], tuple(body["missing"]))
