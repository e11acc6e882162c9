"""`gapura-ops cmd` over a real broker: from the operator's folder to the gate, and every answer back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from firmware.signed.command import CommandRefusal, Op, Order, Turned
from firmware.signed.warrant import parse_root
from provisioning import founding, operators
from provisioning.__main__ import INTERRUPTED, main
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.cli import now
from provisioning.commanding.first_actions import FIRST_ACTIONS
from provisioning.mistake import FAILED, USAGE
from provisioning.operators import Appointment
from tests.broker import stand
from tests.broker.answering import AnsweringGate
from tests.broker.stand import GATE
from tests.command import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.broker.answering import Script

PASSPHRASE = b"an operator's own words"


@dataclass
class Ran:
    """How a command ended."""

    code: int
    lines: list[dict[str, object]]
    err: str

    @property
    def states(self) -> list[object]:
        """What was answered, in order."""
        return [line["state"] for line in self.lines]


@dataclass
class Room:
    """An operations room: an authority, its operators, a broker: `desk` writes, `counter` admits, `wall` watches."""

    folder: Path
    broker: Broker
    root: bytes
    capsys: pytest.CaptureFixture[str] | None = None

    def line(self, *said: str, operator: str = "ayu", holder: str = "desk") -> list[str]:
        """Write a command line."""
        certificate, key = self.broker.issue(Holder.OPERATOR, holder)
        where = (
            "--broker",
            f"{LOOPBACK}:{self.broker.port}",
            "--ca",
            self.broker.ca,
            "--cert",
            certificate,
            "--key",
            key,
        )
        who = ("--operator", self.folder / "own" / "operators" / operator, "--passphrase-file", self.folder / "words")
        return [str(part) for part in ("cmd", *where, *who, "--reason", "the fitter is here", *said)]

    def cmd(self, *said: str, operator: str = "ayu", holder: str = "desk") -> Ran:
        """Run it in this process."""
        assert self.capsys is not None
        self.capsys.readouterr()
        code = main(self.line(*said, operator=operator, holder=holder))
        out, err = self.capsys.readouterr()
        return Ran(code, [json.loads(line) for line in out.splitlines()], err)

    def group(self, op: str) -> Ran:
        """Ask the lobby, with far more patience than its gates need."""
        return self.cmd("_group/lobby", op, "--timeout", "600", operator="budi-2")

    def gate(self, name: str = GATE, script: Script | None = None) -> AnsweringGate:
        """Make a gate that pins this authority's root."""
        gate = AnsweringGate(self.broker, self.root, name)
        gate.script = script or gate.script
        return gate


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """Found the authority, appoint a guard and two for incidents, and start a broker."""
    stand.require_mosquitto()
    folder = tmp_path_factory.mktemp("room")
    own = founding.found(folder / "own", founding.Charter("City Hall", None, now(), 30))
    for name, duties in (("ayu", ("guard",)), ("budi-2", ("incident",)), ("citra-3", ("incident",))):
        appointment = Appointment(name, operators.rights(duties), PASSPHRASE, now(), 30)
        operators.appoint(own, own.folder / "root.key", appointment)
    (folder / "words").write_bytes(PASSPHRASE + b"\n")
    (folder / "words").chmod(0o600)
    root = parse_root((own.folder / "root.pub").read_bytes())
    assert root is not None
    (folder / "broker").mkdir()
    rights = Rights(observers=(WATCHER, "wall"), operators=("desk",), officers=("counter",))
    with Broker(folder / "broker", rights=rights) as broker:
        yield Room(folder, broker, root)


@pytest.fixture
def room(shared: Room, capsys: pytest.CaptureFixture[str]) -> Room:
    """Hear what the commands of one test print."""
    shared.capsys = capsys
    return shared


def test_an_unlocking_reaches_the_gate_once_and_is_answered(room: Room) -> None:
    """The gate reads an order of this operator for this connection, and both answers are printed."""
    with room.gate() as gate:
        ran = room.cmd(GATE, "unlock")
    (order,) = gate.heard
    assert isinstance(order, Order)
    assert (order.op, order.operator, order.reason, order.args) == (
        Op.UNLOCK,
        "ayu",
        "the fitter is here",
        {"direction": "in"},
    )
    (message,) = gate.raw
    assert (message.qos, message.retain, message.topic) == (1, False, f"gapura/1/{GATE}/cmd/unlock")
    assert 0 < message.properties.MessageExpiryInterval <= 30  # type: ignore[union-attr]
    assert (ran.code, ran.states) == (0, ["accepted", "successful"])
    assert {line["id"] for line in ran.lines} == {order.id}
    assert all(isinstance(line["ms"], int) and line["gate"] == GATE for line in ran.lines)
    assert f"{GATE}: done after" in ran.err


def test_a_dry_run_says_what_would_be_signed_and_sends_nothing(room: Room) -> None:
    """Audience, body and time are printed; the gate hears nothing."""
    with room.gate() as gate:
        assert room.cmd(GATE, "identify").code == 0
        ran = room.cmd(GATE, "unlock", "--dry-run", "direction=out")
        assert room.cmd(GATE, "health").code == 0
    assert [order.op for order in gate.heard] == ["identify", "health"]
    (said,) = ran.lines
    body = said["body"]
    assert isinstance(body, dict)
    assert (ran.code, said["audience"], said["operator"]) == (0, GATE, "ayu")
    assert (body["op"], body["args"], body["nonce"]) == ("unlock", {"direction": "out"}, None)


def test_a_refusal_is_said_with_what_to_do_first(room: Room) -> None:
    """The exit code is 1, the reason is in the line, and people read the first action."""
    with room.gate(script=lambda _: [("accepted", None), ("failed", "posture")]):
        ran = room.cmd(GATE, "unlock")
    assert (ran.code, ran.states, ran.lines[-1]["reason"]) == (FAILED, ["accepted", "failed"], "posture")
    assert FIRST_ACTIONS[CommandRefusal.POSTURE] in ran.err


def test_a_second_delivery_does_not_hide_what_became_of_the_first(room: Room) -> None:
    """`repeated` between taking up and success is the broker's, not the operator's business."""
    script = [("accepted", None), ("failed", "repeated"), ("successful", None), ("failed", "repeated")]
    with room.gate(script=lambda _: script):
        ran = room.cmd(GATE, "health")
    assert (ran.code, ran.states) == (0, ["accepted", "successful"])


def test_silence_is_said(room: Room) -> None:
    """A gate that does not answer, one that takes up and never ends, one that is away and one that nobody knows."""
    with room.gate(script=lambda _: []) as gate:
        ran = room.cmd(GATE, "health", "--timeout", "1")
        assert (ran.code, ran.lines, len(gate.heard)) == (FAILED, [], 1)
        assert "not answered within 1 s" in ran.err
        gate.script = lambda _: [("executing", None)]
        ran = room.cmd(GATE, "health", "--timeout", "1")
        assert (ran.code, ran.states) == (FAILED, ["executing"])
        assert "not said within 1 s how it ended" in ran.err
    ran = room.cmd(GATE, "health")
    assert (ran.code, ran.lines) == (FAILED, [])
    assert "offline" in ran.err
    ran = room.cmd("gate-of-nobody", "health")
    assert (ran.code, ran.lines) == (FAILED, [])
    assert "check its name" in ran.err


def test_what_the_operator_may_not_is_not_even_sent(room: Room) -> None:
    """What the warrant does not name is refused at the desk, a certificate without the right by the broker."""
    with room.gate() as gate:
        ran = room.cmd(GATE, "lockdown")
        assert (ran.code, ran.lines) == (USAGE, [])
        assert "ayu may not lockdown" in ran.err
        for holder in ("wall", "counter"):
            ran = room.cmd(GATE, "unlock", holder=holder)
            assert (ran.code, ran.lines) == (FAILED, [])
            assert "access list" in ran.err
        assert gate.heard == []
        assert room.cmd(GATE, "admit", "request=4f4f", holder="counter").code == 0


def test_a_group_ends_with_its_last_gate(room: Room) -> None:
    """Every gate that is online is waited for and no longer; one that failed, or is away and named, fails the whole."""
    with ExitStack() as online:
        first, second = (online.enter_context(room.gate(name)) for name in ("gate-1", "gate-2"))
        with room.gate("gate-3") as third:
            assert room.group("lockdown").code == 0
            second.script = lambda _: [("failed", "storage")]
            assert room.group("health").code == FAILED
        second.script = first.script
        ran = room.group("lockdown")
        assert (ran.code, third.heard[-1].op) == (FAILED, "health")
        assert sorted(str(line["gate"]) for line in ran.lines if line["state"] == "successful") == ["gate-1", "gate-2"]
        assert "not reached: gate-3" in ran.err
        with room.gate("gate-3") as third:
            for gate in (second, third):
                gate.tell("info", "")
    ran = room.cmd("_group/nowhere", "health", "--timeout", "1", operator="budi-2")
    assert (ran.code, ran.lines) == (FAILED, [])
    assert "nobody has answered" in ran.err


def test_an_evacuation_takes_two(room: Room) -> None:
    """The first order waits and says how it is seconded; the line it prints, run by another, ends both."""
    first: list[Order] = []

    def paired(order: Order | Turned) -> list[tuple[str, str | None]]:
        assert isinstance(order, Order)
        if order.second is None:
            first.append(order)
            return [("accepted", None)]
        assert [one.id for one in first] == [order.second]
        assert {one.operator for one in (*first, order)} == {"budi-2", "citra-3"}
        gate.answer(first[0], "successful", None)
        return [("accepted", None), ("successful", None)]

    with room.gate() as gate:
        gate.script = paired
        line = room.line("_group/lobby", "evacuate", "for_s=600", operator="budi-2")
        with waiting(line) as process:
            assert process.stderr is not None
            told = next(said for said in process.stderr if "another operator seconds it" in said)
            words = told.partition("gapura-ops cmd ")[2].partition(" --reason")[0].split()
            assert room.cmd(*words, operator="citra-3").code == 0
            out, _ = process.communicate(timeout=stand.PATIENCE_S)
    assert process.returncode == 0
    assert [json.loads(said)["state"] for said in out.splitlines()] == ["accepted", "successful"]


def test_ctrl_c_ends_the_waiting(room: Room) -> None:
    """Whoever has seen enough leaves with 130, and what was answered until then is printed."""
    with room.gate(script=lambda _: [("executing", None)]), waiting(room.line(GATE, "health")) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["state"] == "executing"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=stand.PATIENCE_S)
    assert process.returncode == INTERRUPTED
    assert "Traceback" not in err


def test_a_broker_that_goes_ends_the_waiting(room: Room) -> None:
    """Nobody waits for answers that cannot come; that the order may have been obeyed is said."""
    with room.gate(script=lambda _: [("executing", None)]):
        with waiting(room.line(GATE, "health", "--timeout", "600")) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["state"] == "executing"
            room.broker.stop()
            _, err = process.communicate(timeout=stand.PATIENCE_S)
        room.broker.start()
    assert process.returncode == FAILED
    assert "see what became of it" in err


def waiting(line: list[str]) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    command = [sys.executable, "-m", "provisioning", *line]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
