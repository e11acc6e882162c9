"""Home Assistant's way to a gate at a real broker: it is laid out, lies there for whoever comes later, and goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from firmware.records import wire
from provisioning.rig.gate import Plan, Rig
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.broker.test_desired_at_the_door import TRIAL, Office

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.broker.runner import Broker
    from provisioning.broker.watcher import Watcher

TOPIC = wire.discovery_topic(GATE)


def last(watcher: Watcher) -> bytes | None:
    """Take what was last seen at the gate's discovery topic."""
    return next((one.payload for one in reversed(watcher.seen()) if one.topic == TOPIC), None)


def test_operations_switch_it_on_and_off_from_afar(tmp_path: Path) -> None:
    """A signed configuration lets a whole gate announce itself, and the next one takes that back from the broker."""
    stand.require_mosquitto()
    with Rig(tmp_path, Plan(readers={"outside": None})) as rig, stand.watching(rig.broker, TOPIC) as watcher:
        office = Office(rig)
        on = office.sign("config", "on.toml", f"[mqtt]\nhome_assistant = true\n{TRIAL}")
        assert office.publish(on)["state"] == "applied"
        assert watcher.wait(lambda _: bool(last(watcher)), PATIENCE_S)
        message = json.loads(last(watcher) or b"")
        assert (message["device"]["name"], message["device"]["suggested_area"]) == (GATE, "lobby")
        off = office.sign("config", "off.toml", f"[mqtt]\nhome_assistant = false\n{TRIAL}")
        assert office.publish(off)["state"] == "applied"
        assert watcher.wait(lambda _: last(watcher) == b"", PATIENCE_S)
        office.lane.hang_up()


def test_what_an_earlier_run_laid_out_is_taken_back_and_what_holds_stays(broker: Broker, tmp_path: Path) -> None:
    """A run that announces nothing clears the retained message; one that does leaves it to whoever comes later."""
    link = stand.settings(broker)
    with stand.Gate(tmp_path / "first", link) as gate, stand.watching(broker, TOPIC) as seen:
        gate.notices.keep(TOPIC, b"{}")
        assert seen.wait(lambda _: last(seen) == b"{}", PATIENCE_S)
    with stand.watching(broker, TOPIC) as later:
        assert later.wait(lambda _: last(later) == b"{}", PATIENCE_S)
        with stand.Gate(tmp_path / "second", link) as gate:
            assert later.wait(lambda _: last(later) == b"", PATIENCE_S)
            assert gate.link.counters()["link_taken_back"] == 1
