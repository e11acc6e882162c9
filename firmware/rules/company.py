"""Company: who may not go in alone, and who has to be there with them; as policy data.

Pure. Two rules, one measure: those who show their passes at the same reader within a time. Of an area it can ask that
two persons are there (`TwoPersons`), of a class that an escort is (`Escort`); a child with an adult is the second.
Whoever leaves needs nobody.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from firmware.events import Reason
from firmware.rules.hours import Name
from firmware.signed.fields import Strict

MOST_WITHIN_S: Final = 60
MOST_PER_ESCORT: Final = 64

AWAITED: Final = frozenset({Reason.SECOND_PERSON, Reason.NO_ESCORT})
"""What is said to somebody whose pass is good and who has to wait for company."""

Within = Annotated[int, Field(ge=1, le=MOST_WITHIN_S)]
Classes = Annotated[frozenset[Name], Field(strict=False, min_length=1, max_length=64)]


class TwoPersons(Strict):
    """Nobody goes into an area alone: two persons have to be there, one of a class in `first`, one of `second`.

    Where either is not named it is any class; which of the two shows their pass first does not matter. `within_s` is
    how many seconds may lie between two passes that are shown together.
    """

    first: Classes | None = None
    second: Classes | None = None
    within_s: Within = 15

    def paired(self, classes: list[str]) -> bool:
        """Say whether two of these persons make a pair."""
        first, second = (
            {at for at, name in enumerate(classes) if named is None or name in named}
            for named in (self.first, self.second)
        )
        return bool(first and second) and len(first | second) > 1


class Escort(Strict):
    """Whose pass a class does not go in without: one of a class in `by` for each `per_escort` of that class.

    `within_s` is how many seconds may lie between the pass and its escort's, whichever comes first.
    """

    by: Classes
    per_escort: Annotated[int, Field(ge=1, le=MOST_PER_ESCORT)] = 1
    within_s: Within = 15
