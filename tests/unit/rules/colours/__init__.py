"""Tables of cases for the shipped colours, one file a version, and how a row is read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import firmware.rules
from firmware.events import Colour
from firmware.passes.health import Dose, HealthFacts, Test, TestKind
from firmware.rules.health.profile import HealthProfile

HERE: Final = Path(__file__).parent
SHIPPED: Final = Path(firmware.rules.__file__).parent / "profiles" / "pedulilindungi.json"
LONG_AGO: Final = 200
"""Days since a dose of which the table says nothing more."""

_DOSE: Final = re.compile(r"(\d)/(\d)(?:@(-?\d+))?")
_TEST: Final = re.compile(r"(positive|pcr-|antigen[+-])=(-?\d+)")
_PAST: Final = re.compile(r"(recovered|contact)=(-?\d+)")


def profile(**changes: object) -> HealthProfile:
    """Read the shipped profile, changed."""
    return HealthProfile.model_validate(json.loads(SHIPPED.read_text(encoding="utf-8")) | changes)


@dataclass
class Case:
    """One row: facts and the day they are asked on (days before it, negative ones after), and the colour of them."""

    colour: Colour | None
    words: str
    why: str
    day: date
    by_test: bool = False
    doses: list[Dose] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    past: dict[str, list[date]] = field(default_factory=lambda: {"recovered": [], "contact": []})
    born: date | None = None

    def take(self, word: str) -> None:
        """Read one word of the row."""
        if word == "by-test":
            self.by_test = True
        elif word.startswith("born="):
            self.born = date.fromisoformat(word.removeprefix("born="))
        elif found := _DOSE.fullmatch(word):
            self.doses.append(Dose(self._ago(found[3] or LONG_AGO), int(found[1]), int(found[2])))
        elif found := _TEST.fullmatch(word):
            kind = TestKind.ANTIGEN if found[1].startswith("antigen") else TestKind.PCR
            self.tests.append(Test(self._ago(found[2]), kind, positive=not found[1].endswith("-")))
        elif found := _PAST.fullmatch(word):
            self.past[found[1]].append(self._ago(found[2]))
        else:
            raise ValueError(word)

    def _ago(self, days: str | int) -> date:
        return self.day - timedelta(days=int(days))

    @property
    def facts(self) -> HealthFacts:
        """The facts of the row."""
        past = tuple(self.past["recovered"]), tuple(self.past["contact"])
        return HealthFacts(tuple(self.doses), tuple(self.tests), *past, self.born)


def cases(version: str) -> list[Case]:
    """Read the table of one version."""
    lines = (HERE / f"{version}.txt").read_text(encoding="utf-8").splitlines()
    asked = re.search(r"on (\d{4}-\d{2}-\d{2})\.$", lines[0])
    assert asked is not None, lines[0]
    return [_case(line, asked[1]) for line in lines if not line.startswith("#")]


def _case(line: str, day: str) -> Case:
    colour, words, why = (part.strip() for part in line.split("|"))
    every = words.split()
    days = [word.removeprefix("day=") for word in every if word.startswith("day=")]
    found = Case(None if colour == "unknown" else Colour(colour), words, why, date.fromisoformat((days or [day])[0]))
    for word in every:
        if not word.startswith("day="):
            found.take(word)
    return found
