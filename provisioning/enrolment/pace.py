"""How often a gate may ask: a few at once, then one in ten seconds. Pure; time comes in as an argument."""

from __future__ import annotations

from typing import Final

BURST: Final = 6
EVERY_S: Final = 10
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
        self._keep(self._ready, gate, used + EVERY_S if allowed else used)
        return allowed

    def tells(self, gate: str, now: float) -> bool:
        """Say whether a gate that asks too often is told so: not more often than it may ask."""
        told = self._told.get(gate)
        if told is not None and told + EVERY_S > now:
            return False
        self._keep(self._told, gate, now)
        return True

    @staticmethod
    def _keep(kept: dict[str, float], gate: str, value: float) -> None:
        kept.pop(gate, None)
        kept[gate] = value
        if len(kept) > _MOST:
            kept.pop(next(iter(kept)))
