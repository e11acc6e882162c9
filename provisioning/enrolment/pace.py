"""How often a gate may ask, a few at once, then one in ten seconds; and how often the same is written down of it.

Pure; time comes in as an argument.
"""

from __future__ import annotations

from typing import Final

BURST: Final = 6
EVERY_S: Final = 10
ROW_S: Final = 3_600
"""How long what a gate says or is told again makes no further row in the ledger, which keeps every row for ever."""

_MOST: Final = 20_000
"""Gates that are remembered; beyond it the oldest are forgotten, which is far more than one broker has."""


class Pace:
    """A bucket for each gate."""

    def __init__(self) -> None:
        """Begin with nobody known."""
        self._ready: dict[str, float] = {}
        self._told: dict[str, float] = {}

    def allows(self, gate: str, now: float) -> bool:
        """Say whether this gate's next request is answered, and count it if so."""
        used = max(self._ready.pop(gate, 0.0), now - BURST * EVERY_S)
        allowed = used + EVERY_S <= now
        _keep(self._ready, gate, used + EVERY_S if allowed else used)
        return allowed

    def tells(self, gate: str, now: float) -> bool:
        """Say whether a gate that asks too often is told so: not more often than it may ask."""
        told = self._told.get(gate)
        if told is not None and told + EVERY_S > now:
            return False
        _keep(self._told, gate, now)
        return True


class Rows:
    """When each thing was written down last."""

    def __init__(self) -> None:
        """Begin with nothing; after a start of the service each is written down once more."""
        self._last: dict[str, float] = {}

    def due(self, what: str, now: float) -> bool:
        """Say whether a thing is to be written down, and note it if so: the last time is an hour ago."""
        if now < self._last.get(what, -ROW_S) + ROW_S:
            return False
        _keep(self._last, what, now)
        return True


def _keep(kept: dict[str, float], name: str, value: float) -> None:
    """Remember the newest; beyond the most of them the oldest is forgotten."""
    kept.pop(name, None)
    kept[name] = value
    if len(kept) > _MOST:
        kept.pop(next(iter(kept)))
