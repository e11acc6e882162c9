"""What operations desire at a whole gate: a policy that lets nobody in, a wrong broker, a trial cut short."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from provisioning import issuing
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, free_port
from provisioning.rig.gate import DESK, RELAY, Plan, Rig
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.command import gapura, gapura_ops
from tests.torture.lane import Lane
from tests.torture.pins import PinRecord

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = {"profile": "closed", "timezone": "Asia/Jakarta", "classes": {"staff": {}}}
TRIAL = "[documents]\ntrial_s = 10\nhealthy_s = 1\n"


class Office:
    """The operations room beside one gate."""

    def __init__(self, rig: Rig) -> None:
        """Take an operator's certificate and the reader outside."""
        self.rig = rig
        self.lane = Lane(rig.socket("outside"))
        certificate, key = rig.broker.issue(Holder.OPERATOR, DESK)
        where = f"{LOOPBACK}:{rig.broker.port}"
        self._options = ("--broker", where, "--ca", rig.broker.ca, "--cert", certificate, "--key", key)

    def sign(self, kind: str, name: str, text: str) -> Path:
        """Sign a document of this text."""
        path = self.rig.folder / name
        path.write_text(text)
        out = path.with_suffix(".cose")
        ended = gapura_ops(kind, "sign", "--dir", self.rig.folder / "authority", path, "--out", out)
        assert ended.code == 0, ended.err
        return out

    def publish(self, path: Path, *, waits: bool = True) -> dict[str, Any]:
        """Publish a document, and return what the gate reports of it."""
        patience = ("--wait", str(PATIENCE_S)) if waits else ()
        ended = gapura_ops("doc", "publish", *self._options, *patience, GATE, path)
        (said,) = ended.lines()
        report = said.get("reported")
        return report if isinstance(report, dict) else {}

    def reported(self, kind: str) -> dict[str, Any]:
        """What the gate reports of a kind now."""
        lines = gapura_ops("doc", "status", *self._options, GATE).lines()
        found = next((line["reported"] for line in lines if line["kind"] == kind), None)
        return found if isinstance(found, dict) else {}

    def visitor(self) -> bytes:
        """Issue a pass for a visitor."""
        now = int(time.time())
        order = issuing.Order("visitor", ("lobby",), now - 60, now + 3600)
        return self.rig.desk.issue(order, now=now).code.encode()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Run a whole gate with its broker."""
    stand.require_mosquitto()
    with Rig(tmp_path, Plan(readers={"outside": None}, unlock_ms=500, max_unlock_ms=1_000)) as rig:
        office = Office(rig)
        yield office
        office.lane.hang_up()


def test_a_policy_from_afar_counts_at_the_next_pass(office: Office) -> None:
    """Who was let in is denied by the new policy at once and without a restart, and let in again by the next one."""
    rig = office.rig
    with rig.watcher() as watcher, PinRecord(rig.keeper_path) as pins:
        mark = pins.mark()
        office.lane.show(office.visitor())
        assert pins.rose(RELAY, mark)
        closed = office.sign("policy", "closed.json", json.dumps(NOBODY))
        assert office.publish(closed)["state"] == "applied"
        assert pins.rests(RELAY)
        mark = pins.mark()
        office.lane.show(office.visitor())
        assert watcher.wait(lambda _: decisions(watcher.events(GATE, kind="access")) == ["allow", "deny"], PATIENCE_S)
        assert pins.rises(RELAY, mark) == 0
        office.publish(office.sign("policy", "open.json", rig.plan.policy.decode()))
        assert office.publish(closed)["reason"] == "rolled_back"
        mark = pins.mark()
        office.lane.show(office.visitor())
        assert pins.rose(RELAY, mark)
        changes = [event["data"] for event in watcher.events(GATE, kind="gate")]
        versions = [data["policy_version"] for data in changes if isinstance(data, dict) and "policy_version" in data]
        assert versions == [2, 3]
    assert len(rig.gate.marks("ready")) == 1


def decisions(events: list[dict[str, Any]]) -> list[str]:
    """What was decided, in order."""
    return [event["data"]["decision"] for event in events]


def test_a_broker_that_is_not_there_is_taken_back(office: Office) -> None:
    """With a wrong address the gate tries, comes back to its old broker by itself, and says that it did."""
    rig = office.rig
    wrong = office.sign("config", "wrong.toml", f"[mqtt]\nport = {free_port()}\n{TRIAL}")
    office.publish(wrong, waits=False)
    rig.gate.wait_for("ready", count=2)
    rig.gate.wait_for("ready", count=3)
    assert stand.until(lambda: office.reported("config").get("state") == "rolled_back")
    report = office.reported("config")
    assert (report["reason"], report["refused_version"], report["version"]) == ("no_connection", 1, 0)
    right = office.sign("config", "right.toml", f'[gate]\nlabels = {{floor = "3"}}\n{TRIAL}')
    with rig.watcher() as watcher:
        assert office.publish(right) == {"code": 0, "digest": office.reported("config")["digest"]} | {
            "state": "applied",
            "version": 2,
        }
        infos = [seen.json() for seen in watcher.seen() if seen.topic.endswith("/info")]
    assert infos[-1]["labels"] == {"area": "lobby", "floor": "3"}
    assert infos[-1]["config_version"] == 2
    assert "config document version 2 is in force over" in gapura("check", rig.config).err
    assert len(rig.gate.marks("ready")) == 4


def test_a_gate_that_is_killed_in_a_trial_goes_back(office: Office) -> None:
    """A power cut in the middle of a trial ends it: the next start goes by the configuration that was good."""
    rig = office.rig
    office.publish(
        office.sign("config", "slow.toml", "[door]\nheld_ms = 60000\n[documents]\nhealthy_s = 600\n"), waits=False
    )
    rig.gate.wait_for("ready", count=2)
    assert rig.gate.pid is not None
    os.kill(rig.gate.pid, signal.SIGKILL)
    rig.gate.wait_for("ready", count=3)
    assert stand.until(lambda: office.reported("config").get("reason") == "interrupted")
    assert office.reported("config")["state"] == "rolled_back"
    assert len(rig.gate.marks("ready")) == 3
