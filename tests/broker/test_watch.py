"""The watching desk beside a real broker: what a script reads of gates that are there and of one that is not."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from firmware.records import wire
from firmware.records.contract import Alert
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from tests.broker import stand

if TYPE_CHECKING:
    from pathlib import Path

ALERT = Alert(
    alarm="forced",
    severity="critical",
    meaning="The leaf was opened by force.",
    action="Send somebody.",
    clears="Closed.",
    boot="b",
    boottime_ms=1,
)


def lines(picture: dict[str, object]) -> list[dict[str, object]]:
    """Take the lines of a picture."""
    found = picture["lines"]
    assert isinstance(found, list)
    return found


def watch(broker: Broker, folder: Path) -> dict[str, object]:
    """Ask for one picture, as a script would."""
    certificate, key = broker.issue(Holder.OPERATOR, WATCHER)
    where = ["--broker", f"{LOOPBACK}:{broker.port}", "--ca", broker.ca, "--cert", certificate, "--key", key]
    command = [sys.executable, "-m", "provisioning", "watch", "--json", "--once", "--state", folder / "marks.json"]
    done = subprocess.run(
        [*map(str, command), *map(str, where)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_one_picture_tells_a_gate_that_is_there_its_alert_and_then_that_it_is_gone(
    broker: Broker, tmp_path: Path
) -> None:
    """The alert comes with its first action; a gate that said goodbye is offline, and since when is known."""
    gate = stand.Gate(tmp_path / "gate", stand.settings(broker))
    with gate, stand.watching(broker, f"{wire.ROOT}/#") as seen:
        gate.notices.keep(wire.alert_topic(stand.GATE, "forced"), wire.dump(ALERT.model_dump(exclude_none=True)))
        assert seen.wait(lambda all_seen: any("/alert/" in one.topic for one in all_seen), stand.PATIENCE_S)
        there = watch(broker, tmp_path)
        assert there["gates"] == {"known": 1, "online": 1, "offline": 0}
        assert [(line["what"], line["action"], line["severity"]) for line in lines(there)] == [
            ("forced", ALERT.action, "critical")
        ]
    gone = watch(broker, tmp_path)
    assert gone["gates"] == {"known": 1, "online": 0, "offline": 1}
    away = next(line for line in lines(gone) if line["kind"] != "alert")
    assert (away["count"], away["gates"], away["since_exact"]) == (1, [stand.GATE], True)


def test_a_broker_that_is_not_there_is_said_and_fails(broker: Broker, tmp_path: Path) -> None:
    """Whoever asks once gets no picture of a fleet that nobody can see."""
    certificate, key = broker.issue(Holder.OPERATOR, WATCHER)
    where = ["--broker", f"{LOOPBACK}:1", "--ca", broker.ca, "--cert", certificate, "--key", key]
    command = [sys.executable, "-m", "provisioning", "watch", "--json", "--once", "--state", tmp_path / "marks.json"]
    done = subprocess.run(
        [*map(str, command), *map(str, where)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "broker" in done.stderr
