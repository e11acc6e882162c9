"""What `gapura-ops fleet activate` says of gates that do not become active: away, silent, refusing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from tests.broker import stand
from tests.broker.light_gates import LightGate
from tests.broker.party import Party
from tests.command import gapura_ops

if TYPE_CHECKING:
    from pathlib import Path

FLEET = "kind,id,area,sector,door,readers,board,approved\norganisation,city\nsector,s\narea,lobby\n"
AWAY, REFUSES, SILENT = GATES = ("away-1", "refuses-1", "silent-1")
LABELS = {"area": "lobby", "sector": "s"}


def planned(folder: Path) -> tuple[Path, Path]:
    """Write an inventory, and a ledger in which each of these gates has passed its self-test."""
    inventory, path = folder / "fleet.csv", folder / "ledger.db"
    inventory.write_text(FLEET + "".join(f"gate,{gate},lobby,s,strike,outside,pi4,yes\n" for gate in GATES))
    with closing(Ledger.open(path)) as ledger:
        for gate in GATES:
            ledger.enter(gate, by="desk", at=1)
            for state in (State.APPROVED, State.ISSUED, State.INSTALLED):
                ledger.move(gate, state, by="desk", why="", at=1)
            ledger.note(gate, "self-test passed", by=gate, why="", at=2)
    return inventory, path


def test_of_each_gate_it_is_said_why_it_is_not_active(tmp_path: Path) -> None:
    """One has gone, one believes another root, one hears nothing; all get it, and each has its reason."""
    stand.require_mosquitto()
    (tmp_path / "broker").mkdir()
    for name in ("own", "other"):
        assert gapura_ops("authority", "init", "--dir", tmp_path / name).code == 0
    inventory, ledger = planned(tmp_path)
    with Broker(tmp_path / "broker", rights=Rights(observers=(WATCHER,), operators=("desk",))) as broker:
        away = LightGate(tmp_path / AWAY, broker, tmp_path / "own/root.pub", AWAY, LABELS, stage="installed")
        with stand.watching(broker, f"gapura/1/{AWAY}/#") as watcher:
            with away:
                assert watcher.wait(lambda seen: any(one.topic.endswith("/info") for one in seen), stand.PATIENCE_S)
            assert watcher.wait(lambda seen: any(one.payload == b"offline" for one in seen), stand.PATIENCE_S)
        deaf = Party(broker, Holder.GATE, SILENT)
        deaf.client.publish(f"gapura/1/{SILENT}/availability", b"online", qos=1, retain=True)
        deaf.client.publish(f"gapura/1/{SILENT}/info", b'{"stage": "installed"}', qos=1, retain=True)
        certificate, key = broker.issue(Holder.OPERATOR, "desk")
        where = ("--broker", f"{LOOPBACK}:{broker.port}", "--ca", broker.ca, "--cert", certificate, "--key", key)
        options = ("--ledger", ledger, "--dir", tmp_path / "own", *where, "--wait", "5")
        refuses = LightGate(tmp_path / REFUSES, broker, tmp_path / "other/root.pub", REFUSES, LABELS, stage="installed")
        with refuses, stand.watching(broker, "gapura/1/+/#") as watcher:
            births = {f"gapura/1/{gate}/info" for gate in GATES}
            assert watcher.wait(lambda seen: births <= {one.topic for one in seen}, stand.PATIENCE_S)
            ended = gapura_ops("fleet", "activate", inventory, "--all", *options)
            topics = {one.topic for one in watcher.seen()}
        deaf.close()
    said = {str(line["gate"]): (line["state"], line["reason"], line["version"]) for line in ended.lines()}
    assert said == {
        AWAY: ("away", "it takes the configuration when it returns", 1),
        REFUSES: ("rejected", "unknown_root", 1),
        SILENT: ("silent", f"nothing heard in 5 s; see gapura-ops doc status {SILENT}", 1),
    }, ended.err
    assert ended.code == 1
    assert {f"gapura/1/{gate}/doc/config/desired" for gate in GATES} <= topics
