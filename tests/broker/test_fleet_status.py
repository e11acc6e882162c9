"""`gapura-ops fleet status` at a real broker: gates that are as planned have no difference, the others theirs."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from firmware.records.contest import MANY
from provisioning.__main__ import main
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import LOOPBACK, Broker
from provisioning.fleet.ledger import Ledger
from provisioning.fleet.lifecycle import State
from provisioning.mistake import FAILED
from tests.broker.stand import FACTS, Gate, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESK = "desk"
HEAD = "kind,id,area,sector,door,readers,board,approved\n"
PLACES = "organisation,city\nsector,health\narea,hall\n"
GATES = ("well", "moved", "twice", "away", "unheard", "retired", "issued")
STEPS = (State.APPROVED, State.ISSUED, State.INSTALLED, State.ACTIVE)


class Town:
    """A broker, a ledger and an inventory of a few gates, and those of them that are connected."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        """Plan the gates, and write into the ledger that all are active."""
        self.folder, self.broker = folder, broker
        self.inventory, self.ledger = folder / "fleet.csv", folder / "ledger"
        rows = "".join(f"gate,{gate},hall,health,strike,outside,pi4,yes\n" for gate in GATES)
        self.inventory.write_text(HEAD + PLACES + rows)
        ledger = Ledger.open(self.ledger)
        for gate in GATES:
            ledger.enter(gate, by="test", at=1)
            for state in STEPS if gate != "issued" else STEPS[:2]:
                ledger.move(gate, state, by="test", why="", at=1)
        ledger.move("retired", State.RETIRED, by="test", why="", at=1)
        ledger.close()

    def gate(self, name: str, machine: str = "a", **facts: object) -> Gate:
        """Prepare one machine that connects under a name."""
        labels = {"area": "hall", "organisation": "city", "sector": "health"}
        told = {**FACTS, "boot": f"boot-{machine}", "labels": labels, "groups": ["hall"], **facts}
        return Gate(self.folder / f"{name}-{machine}", settings(self.broker, name), name, told)

    def status(self, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[dict[str, object]]]:
        """Ask as an operator who may only watch."""
        certificate, key = self.broker.issue(Holder.OPERATOR, DESK)
        where = [
            "--broker",
            f"{LOOPBACK}:{self.broker.port}",
            "--ca",
            self.broker.ca,
            "--cert",
            certificate,
            "--key",
            key,
        ]
        words = ["fleet", "status", self.inventory, "--ledger", self.ledger, "--json", *where, *options]
        code = main([str(word) for word in words])
        return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Run a broker that lets the desk watch."""
    (tmp_path / "broker").mkdir()
    with Broker(tmp_path / "broker", rights=Rights(observers=(DESK,))) as broker:
        yield Town(tmp_path, broker)


def test_each_gate_is_held_against_its_row(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """One row a gate, the differences by name, exit 1; filtered to what is well, exit 0."""
    with ExitStack() as stack:
        moved = {"area": "roof", "organisation": "city", "sector": "health"}
        rivals = [town.gate("twice", "a"), town.gate("twice", "b")]
        away = town.gate("away")
        present = [
            town.gate("well"), town.gate("moved", labels=moved), town.gate("retired"), town.gate("stranger"), *rivals
        ]  # fmt: skip
        for gate in (away, *present):
            stack.enter_context(gate)
            assert gate.wait_up()
        assert all(rival.wait_up(times=MANY + 1) for rival in rivals)
        away.link.close()
        code, rows = town.status(capsys)
        assert code == FAILED
        assert all(list(row) == ["area", "differs", "expected", "gate", "sector", "state"] for row in rows)
        assert {row["gate"]: (row["state"], row["expected"], row["differs"]) for row in rows} == {
            "away": ("active", "active", ["offline"]),
            "issued": ("issued", "installed", ["not_installed"]),
            "moved": ("active", "active", ["wrong_area"]),
            "retired": ("retired", "retired", ["retired_but_online"]),
            "stranger": ("unknown", "absent", ["unknown_gate"]),
            "twice": ("active", "active", ["duplicate"]),
            "unheard": ("active", "active", ["never_seen"]),
            "well": ("active", "active", []),
        }
        code, rows = town.status(capsys, "--state", "retired", "--sector", "licensing")
        assert (code, rows) == (0, [])
