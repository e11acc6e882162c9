"""Buttons and what else asks by a contact: whoever is inside gets out, whoever is called in gets in where that is let.

A button says nothing about who presses it, so no rule is asked; what it opens is recorded under its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.door.contacts import asks
from firmware.events import NO_ENTRY, Decision, Direction, Outcome

if TYPE_CHECKING:
    from collections import Counter

    from firmware.door.contacts import Heard
    from firmware.events import Contact, ContactChanged, Instant, Posture

PRESS_MS: Final = 1_000
"""Whoever presses a button again within this time, while the lock is released, means the same."""


class Buttons:
    """When each was last pressed; it belongs to the controller thread."""

    def __init__(self, counts: Counter[str]) -> None:
        """Begin with none pressed; presses that mean the same are counted as `presses_repeated`."""
        self._counts = counts
        self._pressed_ms: dict[Contact, int] = {}

    def pressed(
        self, event: ContactChanged, before: Heard | None, now: Instant, posture: Posture, *, released: bool
    ) -> Decision | None:
        """Answer a contact that asks to go somewhere; None where it does not, or has just been answered."""
        direction = asks(event.contact, event.level, before)
        if direction is None:
            return None
        if released and now.ms - self._pressed_ms.get(event.contact, -PRESS_MS) < PRESS_MS:
            self._counts["presses_repeated"] += 1
            return None
        self._pressed_ms[event.contact] = now.ms
        reason = NO_ENTRY.get(posture) if direction is Direction.IN else None
        return Decision(Outcome.ALLOW if reason is None else Outcome.DENY, direction, reason)
