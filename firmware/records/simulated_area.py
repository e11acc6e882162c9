"""The broker of one area without a broker: it keeps each gate's newest leaf and hands it to the others, or fails to.

Leaves may be lost, late, out of order and repeated, and a gate may be cut off; how often is for its maker to say.
It decides nothing about what a leaf says, and knows neither thread nor socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from firmware.events import Leaf


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network is: chances from 0 to 1, and the longest that a leaf is under way (ms)."""

    lost: float = 0.0
    repeated: float = 0.0
    latest_ms: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A leaf of `sender` on its way to `gate`, there at `due_ms`."""

    due_ms: int
    gate: str
    sender: str
    leaf: Leaf


class SimulatedArea:
    """Retained leaves by gate, and those under way; all chance comes from `chance`."""

    def __init__(self, gates: Iterable[str], chance: Random) -> None:
        """Begin with everybody within reach and nothing said."""
        self.weather = Weather()
        self._chance = chance
        self._within_reach = set(gates)
        self._newest: dict[str, Leaf] = {}
        self._retained: dict[str, Leaf] = {}
        self._under_way: list[Delivery] = []

    def tell(self, sender: str, leaf: Leaf, now_ms: int) -> None:
        """Publish a leaf; from a gate that is cut off it goes out when the gate is back."""
        self._newest[sender] = leaf
        if sender not in self._within_reach:
            return
        self._retained[sender] = leaf
        for gate in sorted(self._within_reach - {sender}):
            self._send(gate, sender, leaf, now_ms)

    def cut(self, gate: str) -> None:
        """Take a gate's way to the broker away, with all that was on it."""
        self._within_reach.discard(gate)
        self._under_way = [one for one in self._under_way if one.gate != gate]

    def join(self, gate: str, now_ms: int) -> None:
        """Give it back: the gate hears what lies there, its own leaf included, and tells its own anew."""
        self._within_reach.add(gate)
        for sender, leaf in sorted(self._retained.items()):
            self._send(gate, sender, leaf, now_ms)
        if gate in self._newest:
            self.tell(gate, self._newest[gate], now_ms)

    def arrived(self, now_ms: int) -> list[Delivery]:
        """Hand out what is there by now, in the order in which it arrives."""
        here = sorted((one for one in self._under_way if one.due_ms <= now_ms), key=lambda one: one.due_ms)
        self._under_way = [one for one in self._under_way if one.due_ms > now_ms]
        return here

    def _send(self, gate: str, sender: str, leaf: Leaf, now_ms: int) -> None:
        """Let a leaf set out: never, once, or twice."""
        if self._chance.random() < self.weather.lost:
            return
        for _ in range(1 + (self._chance.random() < self.weather.repeated)):
            due_ms = now_ms + self._chance.randint(0, self.weather.latest_ms)
            self._under_way.append(Delivery(due_ms, gate, sender, leaf))
