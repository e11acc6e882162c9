"""Fifteen faults, planted as they happen: unplugged, copied, moved, forgotten. Each must be named and no other.

Where a fault needs a hand (a plug, a card, a door that nobody hung), what that hand would do is done to the processes
and files of the device; the rest is what an operator does. It judges the answers of `fleet status` and nothing else.
"""

from __future__ import annotations

import json
import shutil
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.control.identities import CERTIFICATE, LINK
from firmware.control.shelf import FOLDER
from firmware.signed.envelope import Kind
from provisioning.demo.checks import check
from provisioning.fleet.lifecycle import State
from provisioning.trial import board
from tests.fleet.cards import card
from tests.fleet.device import CARD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from provisioning.demo.checks import Check
    from tests.fleet.city import City
    from tests.fleet.town import Town

STRANGER: Final = "stranger-1"
FORGOTTEN: Final = "forgotten-1"
SHORT_DAYS: Final = 20
_SETTLE_S: Final = 120.0

EXPECTED: Final[dict[str, tuple[str, ...]]] = {
    "old-certificate": ("certificate_ends",),
    "unplugged": ("offline",),
    "misconfigured": ("wrong_label:floor",),
    "old-configuration": ("config_version",),
    "old-policy": ("policy_version",),
    "copied": ("duplicate",),
    "old-release": ("release",),
    "foreign": ("unknown_gate",),
    "dead-reader": ("reader_missing",),
    "bad-clock": ("clock",),
    "moved": ("wrong_area",),
    "never-installed": ("not_installed",),
    "rejected-document": ("rejected:policy",),
    "still-observing": ("observing",),
    "retired": ("retired_but_online",),
}
"""Each fault, and by which names it must be told."""


class Faults:
    """The faults of one city, each at a gate of its own."""

    def __init__(self, town: Town, city: City, chance: Random) -> None:
        """Draw which gate gets which."""
        self._town, self._city = town, city
        self._others = [name for name in EXPECTED if name not in {"foreign", "never-installed", "dead-reader"}]
        drawn = chance.sample(city.many, len(self._others))
        self.gates = dict(zip(self._others, drawn, strict=True))
        self.gates |= {"foreign": STRANGER, "never-installed": FORGOTTEN, "dead-reader": next(iter(city.whole))}
        self.alone = self.gates["unplugged"]

    def run(self, say: Callable[[str], None], out: Path | None) -> list[Check]:
        """Plant all of them, wait until each is told, and answer a check for each and one for everything else."""
        self._town.stop_service()  # it would cut off the retired gate, and the broker may not survive a reload now
        for name in EXPECTED:
            say(f"{name} at {self.gates[name]}")
            getattr(self, f"_{name.replace('-', '_')}")(self.gates[name])
        wanted = {self.gates[name]: set(EXPECTED[name]) for name in EXPECTED}
        until_s = time.monotonic() + _SETTLE_S
        rows, took_s = self._town.status()
        while _told(rows) != wanted and time.monotonic() < until_s:
            rows, took_s = self._town.status()
        if out is not None:
            (out / "status-faults.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
        told = _told(rows)
        checks = [self._judged(name, told) for name in EXPECTED]
        others = [f"{gate}:{'+'.join(sorted(differs))}" for gate, differs in told.items() if gate not in wanted]
        return [
            *checks,
            check("no-other", others, len(rows) - len(wanted)),
            check("status", [], len(rows), seconds=f"{took_s:.1f}"),
        ]

    def _judged(self, name: str, told: dict[str, set[str]]) -> Check:
        """Say whether one fault is told by its names and by no other."""
        gate = self.gates[name]
        found = told.get(gate, {"untold"})
        return check(f"fault-{name}", [] if found == set(EXPECTED[name]) else sorted(found), 1, gate=gate)

    # --- the faults --------------------------------------------------------------------------------------------------

    def _unplugged(self, gate: str) -> None:
        self._city.hosts[gate].kill()

    def _misconfigured(self, gate: str) -> None:
        labels = {**self._town.plan.gates[gate].labels, "floor": "99"}
        self._city.hosts[gate].do(gate, "lay_over", keys={"gate": {"labels": labels}})

    def _old_configuration(self, gate: str) -> None:
        self._city.hosts[gate].do(gate, "hush")
        self._town.sign_for(gate, Kind.CONFIG, {"door": {"unlock_ms": 6000}})

    def _old_policy(self, gate: str) -> None:
        self._city.hosts[gate].do(gate, "hush")
        self._town.sign_for(gate, Kind.POLICY, {"profile": "x", "timezone": "Asia/Jakarta", "classes": {"staff": {}}})

    def _copied(self, gate: str) -> None:
        """Put a copy of the card into another device."""
        home = self._city.folder / "copies" / gate
        shutil.copytree(self._city.folder / "devices" / gate, home, symlinks=True)
        (home / CARD).write_text(card(self._town.plan.gates[gate].board, home))
        host = self._city.host()
        self._city.hosts[f"copy of {gate}"] = host
        host.tell(gate, "start", folder=str(home))

    def _old_release(self, gate: str) -> None:
        self._city.hosts[gate].do(gate, "release", version="0.0.9")

    def _foreign(self, gate: str) -> None:
        home = self._city.folder / "devices" / gate
        self._town.stranger(gate, home)
        host = self._city.host()
        self._city.hosts[gate] = host
        host.tell(gate, "start", folder=str(home))

    def _retired(self, gate: str) -> None:
        """Retire a gate while nobody brings the broker's lists after the ledger."""
        with self._town.ledger() as ledger:
            ledger.move(gate, State.RETIRED, by="desk", why="the door was walled up", at=int(time.time()))

    def _old_certificate(self, gate: str) -> None:
        """Renew a certificate for too short a time."""
        now, folder = int(time.time()), self._city.folder / "devices" / gate / "state" / LINK
        with self._town.ledger() as ledger:
            before = x509.load_der_x509_certificate(ledger.certificates(gate)[-1].der)
            made = self._town.broker.device_ca.certify(gate, before.public_key(), valid=timedelta(days=SHORT_DAYS))  # type: ignore[arg-type]
            ledger.add_certificate(gate, made.public_bytes(Encoding.DER), now, by="desk")
            ledger.revoke(before.serial_number, now, by="desk", why="renewed")
        (folder / CERTIFICATE).write_bytes(made.public_bytes(Encoding.PEM))
        self._city.hosts[gate].do(gate, "again")

    def _dead_reader(self, gate: str) -> None:
        device = self._city.whole[gate]
        if device is not None:
            device.readers[board.OUTSIDE].stop()

    def _bad_clock(self, gate: str) -> None:
        self._city.hosts[gate].do(gate, "alarm", alarm="clock_untrusted", subject=None)

    def _moved(self, gate: str) -> None:
        area = next(one for one in self._town.plan.areas if one != self._town.plan.gates[gate].area)
        self._city.hosts[gate].do(gate, "lay_over", keys={"gate": {"area": area}})

    def _never_installed(self, gate: str) -> None:
        self._town.add_row(self.alone, gate)
        self._town.sheets(gate)

    def _rejected_document(self, gate: str) -> None:
        self._town.sign_for(gate, Kind.POLICY, {"profile": 1})

    def _still_observing(self, gate: str) -> None:
        """Lose what came over the broker, with the card that had it, and what lies at the broker for it."""
        self._town.forget(gate, Kind.CONFIG)
        shutil.rmtree(self._city.folder / "devices" / gate / "state" / FOLDER)
        self._city.hosts[gate].do(gate, "again")


def _told(rows: list[dict[str, object]]) -> dict[str, set[str]]:
    """Say what differs at which gate, where anything does."""
    return {str(row["gate"]): set(map(str, row["differs"])) for row in rows if row["differs"]}  # type: ignore[call-overload]
