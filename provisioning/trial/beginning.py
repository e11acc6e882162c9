"""How a gate begins in the trial: it only records what it would decide, and then it is made active from the desk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from provisioning.demo.checks import check
from provisioning.rig.configuration import RELAY
from provisioning.trial.device import wait

if TYPE_CHECKING:
    from provisioning.broker.watcher import Watcher
    from provisioning.demo.checks import Check
    from provisioning.trial.device import Device
    from provisioning.trial.office import Office

ELSEWHERE: Final = "roof"
"""An area that is not the gate's."""


def observes(device: Device, office: Office, watcher: Watcher, gate: str) -> Check:
    """Before it is active it lets a bad pass in, and writes down that it would not have."""
    device.show(office.day_pass(ELSEWHERE))
    opened = wait(lambda: device.pins.on(RELAY), 15)
    told = watcher.wait(lambda _: ("allow", "deny") in decided(watcher, gate), 10)
    device.show(None)
    wait(lambda: not device.pins.on(RELAY), 10)
    return check("observes", ["refuses"] * (not opened) + ["not_recorded"] * (not told), 1)


def activated(device: Device, office: Office, watcher: Watcher, gate: str) -> Check:
    """Made active from the desk, it refuses such a pass, and the ledger has it as active."""
    began_s = time.monotonic()
    office.activate(gate)
    took_s = round(time.monotonic() - began_s)
    faults = [] if wait(lambda: office.state(gate) == "active", 10) else ["ledger"]
    moved = len(device.pins.changes())
    device.show(office.day_pass(ELSEWHERE))
    if not watcher.wait(lambda _: ("deny", None) in decided(watcher, gate), 15):
        faults.append("not_refused")
    if any(one.pin == RELAY and one.level for one in device.pins.changes(moved)):
        faults.append("opened")
    device.show(None)
    return check("activated", faults, 1, seconds=took_s)


def decided(watcher: Watcher, gate: str) -> list[tuple[object, object]]:
    """What a gate decided of each code, and what an active one would have."""
    events = [event["data"] for event in watcher.events(gate, kind="access")]
    return [(data["decision"], data.get("observed")) for data in events if isinstance(data, dict)]
