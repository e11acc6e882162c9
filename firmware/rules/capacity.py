"""How many may be in an area, as policy data, and each gate's share of that.

The shares are whole, sum up to the limit, and none of them falls when the limit rises: what `occupancy` proves rests on
these three.
"""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from firmware.rules.hours import ClockTime, Name
from firmware.rules.ppkm import PPKM, Level, Venue
from firmware.signed.fields import Strict

WHOLE: Final = 100
MOST_GATES: Final = 64
MOST_PLACES: Final = 1_000_000
DAY_MINUTES: Final = 24 * 60


class AreaCapacity(Strict):
    """How many may be in one area at a time.

    `places` is what the area holds; of these `percent` may be taken, or what PPKM `level` allows a `venue`. `gates` are
    all that lead into it or out: each begins with its share, and one that is not named lets nobody in and counts for
    nothing. A higher
    `generation` begins all counts anew. Whoever was not seen to leave counts as gone after `usual_stay_minutes`, when
    the area `closes` (local `HH:MM`), or after 24 hours, whichever is first.
    """

    places: Annotated[int, Field(ge=0, le=MOST_PLACES)]
    gates: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_GATES, strict=False)]
    percent: Annotated[int, Field(ge=0, le=WHOLE)] | None = None
    venue: Venue | None = None
    level: Level | None = None
    generation: Annotated[int, Field(ge=0, le=MOST_PLACES)] = 0
    usual_stay_minutes: Annotated[int, Field(ge=1, le=DAY_MINUTES)] | None = None
    closes: ClockTime | None = None

    @model_validator(mode="after")
    def _means_one_number(self) -> Self:
        """Refuse two answers to how many, and half of one."""
        if (self.venue is None) is not (self.level is None):
            msg = "'venue' and 'level' stand together: what a level allows depends on the venue"
            raise ValueError(msg)
        if self.venue is not None and self.percent is not None:
            msg = "either 'percent', or 'venue' and 'level'; both may contradict each other"
            raise ValueError(msg)
        if len(set(self.gates)) != len(self.gates):
            msg = "'gates' names a gate twice"
            raise ValueError(msg)
        return self

    @property
    def limit(self) -> int:
        """How many may be inside, rounded down."""
        percent = self.percent
        if self.venue is not None and self.level is not None:
            percent = PPKM[self.venue, self.level].percent
        return self.places if percent is None else self.places * percent // WHOLE

    def share(self, gate: str) -> int:
        """How many of them a gate may let in of its own, before it has heard of any other."""
        gates = sorted(self.gates)
        if gate not in gates:
            return 0
        number = len(gates)
        return (self.limit + number - 1 - gates.index(gate)) // number

    @property
    def standby(self) -> int:
        """How many places a gate likes to have at hand for whoever comes next."""
        return min(self.limit, max(1, self.limit // (4 * len(self.gates))))
