"""A whole gate in virtual time: the simulation that `gapura simulate` plays, with the test for a script."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware import drivers
from firmware.commands.simulated_door import DEFAULT_PLACE, DEFAULT_SETTINGS, DEFAULT_SIDES, SimulatedDoor
from firmware.commands.simulation import Simulation
from firmware.control.accounts import Knowledge
from firmware.control.clock import VirtualClock
from firmware.events import Contact, Instant
from firmware.rules.decide import Rulebook
from firmware.rules.policy import visitor_management
from tests.issuing import NOON, Issuer

if TYPE_CHECKING:
    from firmware.doctor.steps import Fitted
    from firmware.door.settings import Settings


class AlwaysNoon(VirtualClock):
    """A clock whose milliseconds pass while it stays noon: codes that are bad at noon stay bad."""

    def now(self) -> Instant:
        """Read the time."""
        return Instant(self.ms, NOON, NOON, "noon")


@dataclass
class House:
    """One gate and what left it: each change of the relay with its time (ms), and how often every event came."""

    settings: Settings = DEFAULT_SETTINGS
    contacts: tuple[Contact, ...] = ()
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOON))
    relay: list[tuple[int, bool]] = field(default_factory=list)
    root: bytes | None = None
    fitted: Fitted | None = None
    told: Counter[tuple[str, object, object]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Build the gate at noon."""
        self.issuer = Issuer()
        knowledge = Knowledge(
            run="run",
            place=DEFAULT_PLACE,
            sides=DEFAULT_SIDES,
            trust=self.issuer.trust(),
            rules=Rulebook.unlimited(visitor_management()),
            root=self.root,
        )
        chance = random.Random(1)  # noqa: S311  names of a simulation, no secrets
        door = SimulatedDoor(knowledge, self.settings, "boot", chance.randbytes, self.contacts, self.fitted)
        self.gate = Simulation(door, self.clock, drivers.doubles, self._left)

    def show(self, code: bytes, reader: str = "outside") -> None:
        """Hold a code before a reader."""
        self.gate.inbox.scanned(reader, (code,))
        self.gate.pump()

    def contact(self, contact: Contact, *levels: str) -> None:
        """Set a contact to these levels, one after the other; one that never spoke rests first, as if it were wired."""
        fitted = contact in dict(self.gate.controller.door.contacts)
        for level in levels if fitted else ("rest", *levels):
            self.gate.inbox.contact_changed(contact, level)
        self.gate.pump()

    def rises(self) -> int:
        """Say how often the relay rose."""
        return sum(level for _, level in self.relay)

    def _left(self, t_ms: int, kind: str, value: object) -> None:
        if kind == "relay":
            self.relay.append((t_ms, bool(value)))
        elif kind == "event" and isinstance(value, dict):
            data = value["data"]
            what = data.get("decision") or data.get("result") or data.get("alarm")
            self.told[value["type"].split(".")[1], what, data.get("reason") or data.get("state")] += 1
