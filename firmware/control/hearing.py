"""Hearing: which commands are looked at at all, and whether one that is counts here and now.

Looking at one costs signatures, and whoever stands before the door must not wait for that. So what is longer than any
order and what comes faster than people give them is dropped unread. Nothing is raised for any bytes.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from firmware.signed.command import CommandRefusal, Order, Turned
from firmware.signed.orders import UNKNOWN_OP, Here, read_order

if TYPE_CHECKING:
    from collections import Counter

    from firmware.control.accounts import Knowledge
    from firmware.events import CommandArrived, Instant

log = logging.getLogger(__name__)

LONGEST_BYTES: Final = 4_096
"""Longer than any order with any reason and any warrant."""

BURST: Final = 20
EVERY_MS: Final = 100
"""Commands that may come at once, and the pause after which there is room for one more."""

BURST_RETAINED: Final = 10
"""How many of a burst may have lain at the broker: the rest is for whoever is there."""


class Hearing:
    """What one gate makes of the bytes of commands; it belongs to the controller thread."""

    def __init__(self, knowledge: Knowledge, groups: frozenset[str], counts: Counter[str]) -> None:
        """Begin with a whole burst."""
        self._knowledge = knowledge
        self._groups = groups
        self._counts = counts
        self._spent_ms = 0

    def read(self, event: CommandArrived, now: Instant) -> Order | Turned | None:
        """Say whether it counts; None for one too many. What lay at the broker never counts, though it is read."""
        spent_ms = max(self._spent_ms, now.ms) + EVERY_MS
        if spent_ms - now.ms > (BURST_RETAINED if event.retained else BURST) * EVERY_MS:
            self._counts["commands_dropped"] += 1
            return None
        self._spent_ms = spent_ms
        found = self._look(event, now)
        return Turned(CommandRefusal.RETAINED, found.op, found.id, found.operator) if event.retained else found

    def _look(self, event: CommandArrived, now: Instant) -> Order | Turned:
        """Look at the bytes of one."""
        if len(event.data) > LONGEST_BYTES:
            return Turned(CommandRefusal.UNSIGNED, UNKNOWN_OP)
        know = self._knowledge
        try:
            here = Here(know.place.gate, self._groups, know.root, event.nonce, now, know.rulings())
            return read_order(event.data, event.op, event.group, here)
        except Exception:
            log.exception("a command could not be read; this is a fault of the firmware, please report it")
            self._counts["internal"] += 1
            return Turned(CommandRefusal.UNSIGNED, UNKNOWN_OP)
