"""What a fleet of gates says, for the tests of the desk: messages by topic, and a desk that takes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from firmware.records.wire import LASTING_S
from provisioning.watch import picture
from provisioning.watch.broker_seen import BrokerSeen
from provisioning.watch.fleet import Fleet
from provisioning.watch.marks import Marks
from provisioning.watch.picture import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provisioning.watch.lines import Line
    from provisioning.watch.picture import Picture

T0 = 1_767_578_400
"""When the tests begin: 2026-01-05T02:00:00Z."""

ROOT = "gapura/1"


class Told:
    """A fleet, its broker and the marks about it, at a time that the test moves."""

    def __init__(self) -> None:
        """Begin connected, with nothing said."""
        self.now = T0
        self.fleet = Fleet()
        self.marks = Marks.none()
        self.scope = Scope({}, "area")
        self.broker = BrokerSeen(T0)
        self.broker.up(T0)
        self.broker.complete = True

    def say(self, topic: str, payload: bytes | str | dict[str, object], expiry_s: int | None = None) -> None:
        """Let somebody publish under the root."""
        data = json.dumps(payload).encode() if isinstance(payload, dict) else payload
        self.broker.heard = self.now
        self.fleet.take(f"{ROOT}/{topic}", data.encode() if isinstance(data, str) else data, self.now, expiry_s)

    def born(self, gate: str, labels: dict[str, str] | None = None, *, online: bool = True) -> None:
        """Let a gate say who it is and that it is there."""
        info = {"boot": "b", "run": "r", "nonce": "n", "version": "1", "config_digest": "d"}
        self.say(f"{gate}/info", info | {"labels": {"area": "lobby"} | (labels or {})})
        self.says(gate, online=online)

    def says(self, gate: str, *, online: bool, age_s: int | None = None) -> None:
        """Let a gate's availability be published; `age_s` is for how long the broker has had it."""
        expiry_s = None if age_s is None else LASTING_S - age_s
        self.say(f"{gate}/availability", "online" if online else "offline", expiry_s)

    def alert(self, gate: str, name: str, severity: str = "warning", at_ms: int = 1, **more: object) -> None:
        """Let a gate raise an alert."""
        words: dict[str, object] = {"meaning": "It means this.", "action": "Do that.", "clears": "It ends so."}
        raised: dict[str, object] = {"alarm": name, "severity": severity, "boot": "b", "boottime_ms": at_ms}
        self.say(f"{gate}/alert/{name}", words | raised | more)

    def after(self, seconds: int, *, quiet: bool = False) -> None:
        """Let time pass while the broker answers and, unless it is `quiet`, every gate that is online speaks."""
        self.now += seconds
        self.broker.answers(self.now, 3)
        for gate in [] if quiet else list(self.fleet.gates.values()):
            if gate.online:
                self.say(f"{gate.name}/health", {"uptime_s": 1})
        self.fleet.turn(self.now)

    def picture(self) -> Picture:
        """Take the picture, and settle the marks as the desk does."""
        taken = picture.take(self.fleet, self.broker, self.marks, self.scope, self.now)
        self.marks.settle(taken.held, self.now)
        return taken

    def lines(self) -> list[Line]:
        """Take the lines of the picture."""
        return list(self.picture().lines)

    def words(self) -> list[str]:
        """Say each line in a few words."""
        return [f"{line.severity}: {line.what} @ {line.where}" for line in self.lines()]


def fleet_of(count: int, per_switch: int, per_site: int) -> Iterable[tuple[str, dict[str, str]]]:
    """Name gates with the labels of their switch and site."""
    for at in range(count):
        yield f"gate-{at:04}", {"switch": f"sw-{at // per_switch}", "site": f"site-{at // per_site}"}
