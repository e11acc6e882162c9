"""A document for many gates over a real broker: in stages, killed and resumed, refused, and brought back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from firmware.signed.envelope import Kind
from provisioning import cli, documents
from provisioning.authority import open_authority
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.rollout import book as books
from provisioning.rollout.book import Phase
from tests.broker import stand
from tests.broker.light_gates import LightGate, profiles
from tests.command import gapura_ops

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(300)
QUICK = ("--settle", "1", "--grace", "1", "--patience", "30")


@dataclass
class Desk:
    """An authority, a broker, an operator who may write, and some gates."""

    folder: Path
    broker: Broker
    gates: list[LightGate] = field(default_factory=list)

    @property
    def options(self) -> tuple[str, ...]:
        """The options by which a command finds the broker."""
        certificate, key = self.broker.issue(Holder.OPERATOR, "desk")
        where = f"{LOOPBACK}:{self.broker.port}"
        return ("--broker", where, "--ca", str(self.broker.ca), "--cert", str(certificate), "--key", str(key))

    def policy(self, name: str) -> Path:
        """Sign a policy that is known by its name."""
        source, out = self.folder / f"{name}.json", self.folder / f"{name}.cose"
        source.write_text(json.dumps({"profile": name, "classes": {"staff": {}}}))
        ended = gapura_ops("policy", "sign", "--dir", self.folder / "own", source, "--out", out)
        assert ended.code == 0, ended.err
        return out

    def plan(self, name: str, document: Path, *more: str, code: int = 0) -> tuple[Path, str]:
        """Plan a rollout, its way back signed; returns its file and what was said."""
        path = self.folder / f"{name}.rollout"
        back = ("--dir", str(self.folder / "own"))
        ended = gapura_ops(
            "rollout", "plan", *self.options, *back, *QUICK, *more, "--to", "_all", "--out", path, document
        )
        assert ended.code == code, ended.err
        return path, ended.err

    def rollout(self, command: str, path: Path, code: int = 0) -> list[dict[str, object]]:
        """Run a command on a rollout, and return its lines."""
        online = () if command in {"status", "pause", "returns"} else self.options
        ended = gapura_ops("rollout", command, *online, path)
        assert ended.code == code, ended.err
        return ended.lines()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Found an authority, start a broker, and let four gates connect."""
    stand.require_mosquitto()
    (tmp_path / "broker").mkdir()
    assert gapura_ops("authority", "init", "--dir", tmp_path / "own").code == 0
    rights = Rights(observers=(WATCHER,), operators=("desk",))
    with Broker(tmp_path / "broker", rights=rights) as broker, ExitStack() as stack:
        made = Desk(tmp_path, broker)
        for number in range(1, 5):
            labels = {"area": "lobby" if number < 4 else "annex", "sector": "s-1"}
            name = f"gate-{number}"
            gate = LightGate(tmp_path / name, broker, tmp_path / "own/root.pub", name, labels)
            made.gates.append(stack.enter_context(gate))
        yield made


def test_a_policy_comes_in_stages_and_goes_back_as_it_came(desk: Desk) -> None:
    """First one gate, then all; what they went by before comes back under a newer version, signed ahead of time."""
    first, _ = desk.plan("first", desk.policy("old"), "--stages", "all")
    desk.rollout("apply", first)
    assert profiles(desk.gates) == ["old"] * 4
    second, said = desk.plan("second", desk.policy("new"), "--stages", "1,all")
    assert "policy version 3: 4 gates in 2 stages (1, 3)" in said
    assert '4 gates of sector s-1: profile "old" -> "new"' in said
    assert profiles(desk.gates) == ["old"] * 4
    lines = desk.rollout("apply", second)
    assert lines[-1]["phase"] == "done"
    settled = [line["gate"] for line in lines if line.get("state") == "settled"]
    sent = [line["gate"] for line in lines if line.get("state") == "sent"]
    assert sent[0] == settled[0]
    assert lines.index(next(one for one in lines if one.get("state") == "settled")) < lines.index(
        next(one for one in lines if one.get("gate") == sent[1])
    )
    assert profiles(desk.gates) == ["new"] * 4
    assert desk.rollout("back", second)[-1]["phase"] == "returned"
    assert profiles(desk.gates) == ["old"] * 4
    assert {gate.version() for gate in desk.gates} == {4}


def test_a_document_that_gates_refuse_stops_with_the_first(desk: Desk) -> None:
    """The others never hear of it; back puts the topic as it was, and the gate goes by what it always went by."""
    first, _ = desk.plan("first", desk.policy("old"), "--stages", "all")
    desk.rollout("apply", first)
    authority = open_authority(desk.folder / "own", None)
    nonsense = documents.seal(authority, Kind.POLICY, {"profile": "Bad Name"}, now=cli.now(), valid_s=86_400)
    (desk.folder / "bad.cose").write_bytes(nonsense.data)
    bad, _ = desk.plan("bad", desk.folder / "bad.cose", "--stages", "1,all")
    lines = desk.rollout("apply", bad, code=1)
    assert lines[-1]["phase"] == "paused"
    assert "rejected: bad_body" in str(lines[-1]["why"])
    assert lines[-1]["counts"] == {"failed": 1, "waiting": 3}
    lines = desk.rollout("back", bad)
    assert lines[-1]["counts"] == {"settled": 1, "untouched": 3}
    assert {gate.version() for gate in desk.gates} == {1}


def test_kills_and_a_cut_lose_nothing(desk: Desk) -> None:
    """Killed after each of its first words, the rollout goes on where it was; a broker that is away is waited for."""
    path, _ = desk.plan("new", desk.policy("new"), "--stages", "1,2,all")
    for number in range(4):
        with process("resume" if number else "apply", desk, path) as running:
            assert running.stdout is not None
            assert json.loads(running.stdout.readline())["state"] in {"sent", "applied", "settled"}
            running.kill()
        assert desk.rollout("status", path)[-1]["phase"] == "running"
    assert 1 <= profiles(desk.gates).count("new") < 4
    with process("resume", desk, path) as running:
        assert running.stdout is not None
        line = json.loads(running.stdout.readline())
        desk.broker.kill()
        desk.broker.start()
        while "phase" not in line:
            line = json.loads(running.stdout.readline())
        assert running.wait() == 0
    assert line["phase"] == "done"
    assert profiles(desk.gates) == ["new"] * 4


def test_ctrl_c_and_pause_stop_before_the_next_gate(desk: Desk) -> None:
    """What was sent stays sent, and is said; nobody else is sent to."""
    path, _ = desk.plan("new", desk.policy("new"), "--stages", "1,all", "--settle", "600")
    with process("apply", desk, path) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait() == 130
    assert books.load(path).why == "operator"
    with process("resume", desk, path) as running:
        assert stand.until(lambda: books.load(path).phase is Phase.RUNNING)
        assert desk.rollout("pause", path) == [{"phase": "asked", "rollout": str(path)}]
        assert running.wait() == 1
    summary = desk.rollout("status", path, code=1)[-1]
    assert (summary["phase"], summary["why"]) == ("paused", "operator")
    assert stand.until(lambda: profiles(desk.gates).count("new") == 1)


def process(command: str, desk: Desk, path: Path) -> subprocess.Popen[bytes]:
    """Run a command on a rollout in a process that can be ended."""
    arguments = [sys.executable, "-m", "provisioning", "rollout", command, *desk.options, str(path)]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
