"""Commissioning with a broker: whether the doctor is taken in, and a whole service by card up to its report."""

from __future__ import annotations

import hashlib
import os
import signal
from typing import TYPE_CHECKING

import pytest

from firmware.control import archive
from firmware.records import probe
from firmware.records.faults import LinkFault
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.rig.gate import RELAY, REX, Plan, Rig
from tests.broker import stand
from tests.command import gapura, gapura_ops
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord
from tests.unit.commands.terminal import Camera

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from firmware.records.settings import LinkSettings
    from provisioning.broker.runner import Broker

NEEDS_HANDS = ("lamp-red", "lamp-yellow", "aim-outside", "input-rex", "relay", "lamp-green")


def test_a_broker_that_takes_the_gate_in_is_no_fault(broker: Broker) -> None:
    """The probe connects as the gate, says what is true, and leaves no last will behind."""
    with stand.watching(broker, "gapura/1/#") as watcher:
        assert probe.fault(stand.settings(broker), stand.GATE) is None
        assert watcher.wait(lambda seen: len(seen) > 0, stand.PATIENCE_S)
        assert [(one.topic, one.payload) for one in watcher.seen()] == [("gapura/1/gate-1/availability", b"offline")]


def refused(broker: Broker, folder: Path) -> Iterator[tuple[LinkSettings, LinkFault]]:
    """Give each way in which a broker is out of reach for this gate."""
    good = stand.settings(broker)
    yield stand.with_parts(good, port=1), LinkFault.UNREACHABLE
    certificate, key = DeviceCa.create().issue(Holder.GATE, stand.GATE).write(folder)
    yield stand.with_parts(good, certificate=certificate, key=key), LinkFault.CERTIFICATE_REFUSED
    yield stand.with_parts(good, certificate=folder / "gone"), LinkFault.OWN_CERTIFICATE
    yield stand.settings(broker, "gate-2"), LinkFault.OWN_CERTIFICATE


def test_every_way_of_being_refused_is_named(broker: Broker, tmp_path: Path) -> None:
    """A closed port, a foreign certificate, a missing and another gate's one each give the link's own word."""
    for settings, wanted in refused(broker, tmp_path):
        fault = probe.fault(settings, stand.GATE)
        assert fault is not None
        assert fault.fault is wanted, fault


def test_a_broker_that_is_only_needed_in_an_outage_is_tried_too(broker: Broker) -> None:
    """Each broker of the configuration answers for itself, in the order in which the gate would turn to them."""
    good = stand.settings(broker)
    tried = [probe.fault(one, stand.GATE) for one in probe.each(stand.with_parts(good, fallback=((good.host, 1),)))]
    assert [None if one is None else one.fault for one in tried] == [None, LinkFault.UNREACHABLE]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """Run a whole gate with its broker; we are its reader outside."""
    stand.require_mosquitto()
    with Rig(tmp_path, Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000)) as rig:
        yield rig


class Technician:
    """Somebody with a card at a door without a screen; reads the gate's log to know what was settled."""

    def __init__(self, rig: Rig, pins: PinRecord) -> None:
        """Take a card for this door."""
        made = gapura_ops(
            *("service-card", "--dir", rig.folder / "authority", "--gates", "gate-1", "--technician", "t-17"),
            *("--out", rig.folder / "card.txt"),
        )
        assert made.code == 0, made.err
        self.card = (rig.folder / "card.txt").read_bytes().strip()
        self.lane = Lane(rig.socket("outside"))
        self.camera = Camera(self.lane)
        self._rig, self._pins = rig, pins

    def settled(self, step: str, times: int = 1) -> bool:
        """Say whether the gate's log has told the end of a step so often."""
        return self._rig.log.read_text().count(f"service: {step} ") >= times

    def show(self, step: str) -> None:
        """Show the card once, and wait until a step is settled."""
        self.lane.show(self.card)
        assert stand.until(lambda: self.settled(step)), self._rig.log.read_text()

    def show_until(self, step: str) -> None:
        """Show the card again and again until a step is settled, where nothing tells when it will be asked for."""

        def shown() -> bool:
            self.lane.show(self.card)
            return self.settled(step)

        assert stand.until(shown), self._rig.log.read_text()

    def press(self) -> None:
        """Press the exit button until the lock is released, and let go."""
        mark = self._pins.mark()
        self._pins.press(REX, level=False)
        assert self._pins.rose(RELAY, mark)
        self._pins.press(REX, level=True)

    def walk(self) -> None:
        """Do all that is left from the camera on."""

        def aimed() -> bool:
            self.camera.beat()
            return self.settled("aim-outside")

        self.lane.show(b"any code")
        assert stand.until(aimed)
        self.press()
        assert stand.until(lambda: self.settled("input-rex"))
        self.show_until("relay")
        self.press()
        self.show_until("lamp-green")


def test_a_service_by_card_is_reported_and_proven(rig: Rig) -> None:
    """Killed in the middle and begun again it goes on; the report comes over the broker and names the signed record."""
    with rig.watcher() as watcher, PinRecord(rig.keeper_path) as pins:
        technician = Technician(rig, pins)
        technician.show("relay-rest")
        technician.show("lamp-red")
        kept = rig.folder / "state" / archive.PROGRESS
        assert stand.until(lambda: kept.exists() and "lamp-red" in kept.read_text())
        assert rig.gate.pid is not None
        os.kill(rig.gate.pid, signal.SIGKILL)
        rig.gate.wait_for("ready", count=2)
        technician.lane.show(technician.card)
        assert stand.until(lambda: rig.log.read_text().count("service begins") == 2)
        technician.show_until("lamp-yellow")
        assert rig.log.read_text().count("service: lamp-red ok") == 1
        technician.walk()

        assert stand.until(lambda: len(watcher.events("gate-1", kind="commissioning")) > 0)
        (event,) = watcher.events("gate-1", kind="commissioning")
    technician.lane.hang_up()
    data = event["data"]
    assert isinstance(data, dict)
    path = rig.folder / "state" / f"commissioning-{data['number']}.cose"
    assert data["signed"]
    assert data["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    proven = gapura_ops("commissioning", "verify", path, "--ca", rig.broker.ca)
    (record,) = proven.lines()
    assert (proven.code, record["technician"], record["way"]) == (0, "t-17", "card")
    outcomes = {step["id"]: step["outcome"] for step in record["steps"]}  # type: ignore[attr-defined]
    assert {outcomes[name] for name in (*NEEDS_HANDS, "broker", "certificate", "lists")} == {"ok"}
    assert record["failed"] == data["failed"]
    assert "t-17" not in str(event)


def test_the_doctor_is_taken_in_by_the_broker(rig: Rig) -> None:
    """With the gate stopped, the doctor finds broker and certificate good, and the record is signed."""
    rig.gate.stop()
    ended = gapura("doctor", "--config", rig.config)
    outcomes = {one.get("id"): one.get("outcome") for one in ended.lines()}
    assert (outcomes["broker"], outcomes["certificate"], outcomes["lists"]) == ("ok", "ok", "ok")
    assert ended.lines()[-1]["signed"] is True
