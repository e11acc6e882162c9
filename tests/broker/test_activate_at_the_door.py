"""`gapura-ops fleet activate` at a whole gate: it observes, then it decides, and what it went by before stays."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.rig.gate import DESK, Plan, Rig
from provisioning.trial.beginning import decided
from tests.broker import stand
from tests.broker.stand import GATE
from tests.broker.test_rollout_at_the_door import TRIAL, attended
from tests.command import Ended, gapura, gapura_ops

if TYPE_CHECKING:
    from pathlib import Path

FLEET = "kind,id,area,sector,door,readers,board,approved\norganisation,city\nsector,s\narea,{area}\n"
ROW = "gate,{gate},{area},s,strike,outside,pi4,yes\n"


class Desk:
    """A desk beside one whole gate: inventory, ledger, authority, and an operator's certificate."""

    def __init__(self, rig: Rig, area: str) -> None:
        """Plan the gate and one that nobody set up; the first one's device has come."""
        self._folder, self._authority = rig.folder, ("--dir", rig.folder / "authority")
        certificate, key = rig.broker.issue(Holder.OPERATOR, DESK)
        where = f"{LOOPBACK}:{rig.broker.port}"
        self._broker = ("--broker", where, "--ca", rig.broker.ca, "--cert", certificate, "--key", key)
        self._inventory, self._ledger = rig.folder / "fleet.csv", rig.folder / "ledger.db"
        rows = "".join(ROW.format(gate=gate, area=area) for gate in (GATE, "later-1"))
        self._inventory.write_text(FLEET.format(area=area) + rows)
        with closing(Ledger.open(self._ledger)) as ledger:
            ledger.enter(GATE, by="desk", at=1)
            for state in (State.APPROVED, State.ISSUED, State.INSTALLED):
                ledger.move(GATE, state, by="desk", why="", at=1)

    def prove(self) -> None:
        """Write down that the self-test was passed."""
        with closing(Ledger.open(self._ledger)) as ledger:
            ledger.note(GATE, "self-test passed", by=GATE, why="", at=2)

    def configure(self, text: str) -> None:
        """Have the gate go by a configuration."""
        source, document = self._folder / "keys.toml", self._folder / "keys.cose"
        source.write_text(text)
        assert gapura_ops("config", "sign", *self._authority, source, "--out", document).code == 0
        ended = gapura_ops("doc", "publish", *self._broker, "--wait", "60", GATE, document)
        assert ended.code == 0, ended.err

    def activate(self, *which: str) -> Ended:
        """Run the command."""
        options = ("--ledger", self._ledger, *self._authority, *self._broker)
        return gapura_ops("fleet", "activate", self._inventory, *which, *options)


@pytest.mark.timeout(300)
def test_a_gate_is_made_active_and_keeps_what_it_went_by(tmp_path: Path) -> None:
    """Not before its self-test; then it decides, by one configuration that says the old keys too."""
    stand.require_mosquitto()
    made = Rig(tmp_path, Plan(readers={"outside": None}))
    text = made.config.read_text().replace("[gate]\n", '[gate]\nstage = "installed"\n')
    made.config.write_text(f"{text}{TRIAL}")
    area = next(line.split('"')[1] for line in text.splitlines() if line.startswith("area = "))
    with made as rig, attended(rig) as show, rig.watcher() as watcher:
        desk = Desk(rig, area)
        desk.configure("[door]\nunlock_ms = 4000\n")
        untested = desk.activate(GATE)
        assert (untested.code, untested.lines()) == (2, [])
        assert "has passed no self-test" in untested.err
        show(b"no pass at all")
        assert watcher.wait(lambda _: decided(watcher, GATE) == [("allow", "deny")], stand.PATIENCE_S)
        desk.prove()
        ended = desk.activate("--all")
        assert ended.code == 0, ended.err
        assert "1 of 2 gates are left out; the first: later-1 is in no ledger" in ended.err
        (line,) = ended.lines()
        assert (line["gate"], line["state"]) == (GATE, "active")
        show(b"no pass at all")
        assert watcher.wait(lambda _: decided(watcher, GATE)[1:] == [("deny", None)], stand.PATIENCE_S)
        assert "door.unlock_ms, gate.stage" in gapura("check", rig.config).err
        again = desk.activate(GATE)
        assert (again.code, again.lines()) == (0, [{"gate": GATE, "reason": None, "state": "active", "version": None}])
