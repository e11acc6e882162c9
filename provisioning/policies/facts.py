"""The facts of a health certificate as a table of cases has them: a line for each dose and test, days for the rest."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from firmware.passes.health import Dose, HealthFacts, Test, TestKind
from firmware.rules.health.profile import Day
from firmware.signed.fields import Strict

_DOSE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [1-9]/[1-9]$"
_TEST: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} (pcr|antigen) (positive|negative)$"


def _dated(text: str) -> str:
    """Refuse a line whose day does not exist."""
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        msg = f"there is no day {text[:10]!r}; write YYYY-MM-DD"
        raise ValueError(msg) from None
    return text


DoseLine = Annotated[str, StringConstraints(pattern=_DOSE), AfterValidator(_dated)]
TestLine = Annotated[str, StringConstraints(pattern=_TEST), AfterValidator(_dated)]
Days = Annotated[tuple[Day, ...], Field(strict=False, max_length=64)]


class Facts(Strict):
    """What a certificate says. A dose is `2022-01-31 2/2` (the second of two), a test `2022-07-20 pcr negative`."""

    born: Day | None = None
    doses: Annotated[tuple[DoseLine, ...], Field(strict=False, max_length=64)] = ()
    tests: Annotated[tuple[TestLine, ...], Field(strict=False, max_length=64)] = ()
    recovered: Days = ()
    contacts: Days = ()

    def facts(self) -> HealthFacts:
        """Return them as a pass has them."""
        return HealthFacts(
            tuple(_dose(line) for line in self.doses),
            tuple(_test(line) for line in self.tests),
            tuple(map(date.fromisoformat, self.recovered)),
            tuple(map(date.fromisoformat, self.contacts)),
            None if self.born is None else date.fromisoformat(self.born),
        )


def _dose(line: str) -> Dose:
    day, number, course = re.split(r"[ /]", line)
    return Dose(date.fromisoformat(day), int(number), int(course))


def _test(line: str) -> Test:
    day, kind, result = line.split(" ")
    return Test(date.fromisoformat(day), TestKind(kind), positive=result == "positive")
