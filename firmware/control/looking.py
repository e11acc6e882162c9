"""How the door stands, for whoever waits for a quiet moment: read by another thread.

It is at most a turn old and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from firmware.door import alarms
from firmware.events import Alarm, Posture

if TYPE_CHECKING:
    from firmware.control.controller import Controller

_UNEASY: Final = frozenset(
    {
        Alarm.FORCED,
        Alarm.HELD,
        Alarm.TAILGATE,
        Alarm.CONTRADICTION,
        Alarm.BAD_CODES,
        Alarm.TAMPER,
        Alarm.UNDERVOLTAGE,
        Alarm.ON_BATTERY,
        Alarm.STORAGE,
    }
)
"""Alarms that say that somebody is at the door, or that power or card may fail any moment."""

_EMERGENCY: Final = frozenset({Posture.FIRE, Posture.EVACUATION, Posture.LOCKDOWN})


@dataclass(frozen=True, slots=True)
class Look:
    """How the door stands: `calm` while nobody passes, nothing is alarmed and there is no emergency.

    `readers` are those that are there, `relay` whether outputs are as commanded.
    """

    calm: bool
    readers: frozenset[str]
    relay: bool


NOBODY_LOOKS: Final = Look(calm=False, readers=frozenset(), relay=False)
"""What is known of a door at which nobody looks: enough for nothing."""


def look(controller: Controller) -> Look:
    """Look at a gate's door."""
    door = controller.door
    raised = {alarm for alarm, _ in alarms.raised(door.alarms)}
    at_rest = controller.phase == "locked" and not controller.energised
    posture, _ = door.postures.effective
    return Look(
        calm=at_rest and posture not in _EMERGENCY and raised.isdisjoint(_UNEASY),
        readers=frozenset(list(controller.readers)),
        relay=Alarm.OUTPUT_FAULT not in raised,
    )
