"""When: one reading of the clocks, with the bounds of its error and the name of whoever vouches for it."""

from __future__ import annotations

from dataclasses import dataclass

NEVER = 2**63 - 1
"""The Unix second after all others: the upper bound of a clock that nobody vouches for."""


CEILING = 4_102_444_800
"""2100-01-01T00:00:00Z in Unix seconds: no gate in service then has this release, so no true clock says it."""


@dataclass(frozen=True, slots=True)
class Instant:
    """One reading of the clocks; a decision takes exactly one.

    `ms` is CLOCK_BOOTTIME in milliseconds and orders everything on this gate. `earliest` and `latest` bound the
    Unix time in whole seconds; validity is judged on the whole interval. `source` names who vouches for it.
    """

    ms: int
    earliest: int = 0
    latest: int = NEVER
    source: str = "none"
