"""Desired documents over a real broker, from the desk's command line to the door and back as a report."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from firmware.control import manifest
from firmware.control.manifest import Blob
from firmware.records.heard import blob_topic
from firmware.signed.envelope import Kind
from provisioning import pieces, publishing
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import LOOPBACK, WATCHER, Broker
from provisioning.broker_address import Address
from provisioning.connection import Connection
from provisioning.mistake import OperatorError
from tests.broker import stand
from tests.broker.stand import GATE, PATIENCE_S
from tests.command import gapura_ops
from tests.revoking import delta_of, listed
from tests.unit.commands.desk import POLICY
from tests.unit.control.reading_room import write_config
from tests.unit.signed.office import Office

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LISTED = 300_000
"""So many entries make some two megabytes."""


@dataclass
class Desk:
    """An authority, a broker and an operator who may write."""

    folder: Path
    broker: Broker
    address: Address

    @property
    def options(self) -> tuple[str | Path, ...]:
        """The options by which a command finds the broker."""
        where = self.address
        return (
            "--broker",
            f"{where.host}:{where.port}",
            "--ca",
            where.ca,
            "--cert",
            where.certificate,
            "--key",
            where.key,
        )

    def sign(self, *what: str | Path, out: str) -> Path:
        """Sign a document and return its file."""
        ended = gapura_ops(what[0], what[1], "--dir", self.folder / "own", *what[2:], "--out", self.folder / out)
        assert ended.code == 0, ended.err
        return self.folder / out

    def doc(self, command: str, *more: str | Path, code: int = 0) -> list[dict[str, object]]:
        """Run `doc`, and return its lines."""
        ended = gapura_ops("doc", command, *self.options, *more)
        assert ended.code == code, ended.err
        return [json.loads(line) for line in ended.out.splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Found an authority and start a broker."""
    stand.require_mosquitto()
    (tmp_path / "broker").mkdir()
    assert gapura_ops("authority", "init", "--dir", tmp_path / "own").code == 0
    with Broker(tmp_path / "broker", rights=Rights(observers=(WATCHER,), operators=("desk",))) as broker:
        certificate, key = broker.issue(Holder.OPERATOR, "desk")
        yield Desk(tmp_path, broker, Address(LOOPBACK, broker.port, broker.ca, certificate, key))


@contextmanager
def gate(desk: Desk) -> Iterator[Reports]:
    """Run a gate's library in a process of its own; it is killed at the end."""
    config = write_config(desk.folder, Office())
    (desk.folder / "root.pub").write_bytes((desk.folder / "own" / "root.pub").read_bytes())
    certificate, key = desk.broker.issue(Holder.GATE, GATE)
    arguments = (config, desk.folder / "state", desk.broker.port, desk.broker.ca, certificate, key)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.broker.library_process", *map(str, arguments)], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        try:
            yield Reports(process.stdout)
        finally:
            process.kill()


class Reports:
    """What the process says of itself, line by line."""

    def __init__(self, lines: IO[bytes]) -> None:
        """Read nothing yet."""
        self._lines = lines

    def until(self, name: str, least: int) -> dict[str, int]:
        """Read on until a number is at least so much, and return all numbers."""
        for line in self._lines:
            numbers: dict[str, int] = json.loads(line)
            if numbers.get(name, 0) >= least:
                return numbers
        message = f"the gate ended before {name} was {least}"
        raise AssertionError(message)


def test_a_policy_is_published_and_applied_and_an_older_one_refused(desk: Desk) -> None:
    """The desk publishes, the gate answers, `doc status` agrees; what is older than the floor stays out."""
    (desk.folder / "policy.json").write_text(json.dumps(POLICY))
    first, second = (desk.sign("policy", "sign", desk.folder / "policy.json", out=f"{n}.cose") for n in (1, 2))
    with gate(desk):
        (said,) = desk.doc("publish", "--wait", str(PATIENCE_S), GATE, second)
        assert said["version"] == 2
        (said,) = desk.doc("publish", "--wait", str(PATIENCE_S), GATE, first, code=1)
        report = said["reported"]
        assert isinstance(report, dict)
        assert (report["state"], report["reason"], report["version"]) == ("rejected", "rolled_back", 2)
        (status,) = desk.doc("status", GATE, code=1)
        assert status["agrees"] is False
        desk.doc("clear", GATE, "policy")
        desk.doc("publish", "_group/lobby", second)
        assert stand.until(lambda: bool(desk.doc("status", GATE, "--groups", "lobby")[0]["agrees"]))


def test_a_document_that_is_refused_unread_is_told_at_once(desk: Desk) -> None:
    """No version is read of what another root signed: the gate names the bytes that came, the command the reason."""
    foreign = desk.folder / "foreign.cose"
    foreign.write_bytes(Office().seal(Kind.POLICY, {**POLICY}, version=3))
    with gate(desk):
        (said,) = desk.doc("publish", "--wait", str(PATIENCE_S), GATE, foreign, code=1)
    report = said["reported"]
    assert isinstance(report, dict)
    assert (report["state"], report["reason"]) == ("rejected", "unknown_root")
    assert report["refused_sha256"] == hashlib.sha256(foreign.read_bytes()).hexdigest()
    assert "refused_version" not in report


def test_a_long_list_survives_a_cut_and_a_kill(desk: Desk) -> None:
    """A list of some MB comes in pieces; after a kill and a cut of the broker only what is missing is fetched."""
    content = listed(range(LISTED))
    (desk.folder / "list.blob").write_bytes(content)
    document = desk.sign("revocations", "sign", desk.folder / "list.blob", out="list.cose")
    pieces = -(-len(content) // 65_536)
    (said,) = desk.doc("publish", GATE, document)
    assert said["pieces"] == pieces
    hide(desk, content, pieces - 3, pieces)
    with gate(desk) as first:
        first.until("documents_pieces_fetched", pieces // 2)
    with gate(desk) as second:
        begun = second.until("documents_pieces_resumed", 1)
        assert begun["documents_pieces_resumed"] >= pieces // 2
        desk.broker.kill()
        desk.broker.start()
        desk.doc("publish", GATE, document)
        ended = second.until("documents_revocations_version", 1)
        assert ended["documents_pieces_fetched"] == pieces - ended["documents_pieces_resumed"]
        assert ended.get("documents_pieces_bad", 0) == 0
    kept = desk.folder / "state/documents" / f"{hashlib.sha256(content).hexdigest()}.blob"
    assert kept.read_bytes() == content


def test_pieces_go_when_no_document_names_them_any_more(desk: Desk) -> None:
    """A list each night does not fill the broker, and what a group still needs stays."""

    def lay(whose: str, number: int) -> int:
        content = bytes([number]) * 100
        body = publishing.manifest_body(content)
        data = Office().seal(Kind.REVOCATIONS, body, version=number + 1)
        document, blob = publishing.recognise(data), manifest.read(body)
        assert document is not None
        assert isinstance(blob, Blob)
        with Connection(desk.address) as connection:
            old = pieces.before(connection, whose, Kind.REVOCATIONS)
            finished = publishing.Finished(data, document, ((blob, content),))
            publishing.publish(connection, whose, finished, lambda _done, _whole: None)
            return pieces.take_back(connection, Kind.REVOCATIONS, old)

    assert [lay(GATE, 0), lay("_group/lobby", 1), lay(GATE, 1), lay(GATE, 2)] == [0, 0, 1, 0]
    assert lying(desk) == {1, 2}
    with Connection(desk.address) as connection:
        assert pieces.clear(connection, GATE, Kind.REVOCATIONS, pieces=True) == 1
    assert lying(desk) == {1}


def test_a_gate_with_the_list_before_fetches_the_delta_alone(desk: Desk) -> None:
    """Two lists after each other: of the second only the delta crosses the broker, and pieces of the first go."""
    before, after = listed(range(30_000)), listed(range(10, 30_005))
    for name, data in (("a", before), ("b", after), ("b.delta", delta_of(before, after))):
        (desk.folder / name).write_bytes(data)
    first = desk.sign("revocations", "sign", desk.folder / "a", out="a.cose")
    second = desk.sign("revocations", "sign", "--delta", desk.folder / "b.delta", desk.folder / "b", out="b.cose")
    with gate(desk) as running:
        desk.doc("publish", "--wait", str(PATIENCE_S), "--blob", desk.folder / "a", GATE, first)
        was = running.until("documents_revocations_version", 1)
        (said,) = desk.doc("publish", "--wait", str(PATIENCE_S), "--blob", desk.folder / "b", GATE, second)
        now = running.until("documents_revocations_version", 2)
    assert said["pieces"] == -(-len(after) // 65_536) + 1
    assert now["documents_deltas_applied"] == 1
    assert now["documents_pieces_fetched"] == was["documents_pieces_fetched"] + 1
    (kept,) = (desk.folder / "state/documents").glob("*.blob")
    assert kept.read_bytes() == after
    with Connection(desk.address) as connection:
        connection.subscribe("gapura/1/_blob/+/+")
        names = {message.topic.split("/")[3] for message in connection.receive_retained()}
    assert names == {hashlib.sha256(one).hexdigest() for one in (after, delta_of(before, after))}


def lying(desk: Desk) -> set[int]:
    """Name the lists whose pieces lie at the broker."""
    with Connection(desk.address) as connection:
        connection.subscribe("gapura/1/_blob/+/+")
        return {message.payload[0] for message in connection.receive_retained()}


def hide(desk: Desk, content: bytes, first: int, last: int) -> None:
    """Take pieces back from the broker, so that nobody gets them all."""
    digest = hashlib.sha256(content).hexdigest()
    with Connection(desk.address) as connection:
        for piece in range(first, last):
            connection.send(blob_topic(digest, piece), b"", retain=True)
        connection.settle()


def test_a_piece_that_somebody_changed_is_not_believed(desk: Desk) -> None:
    """Whoever owns the broker can spoil a blob and no more: it is refused, reported, and good after a new attempt."""
    content = listed(range(3000))
    (desk.folder / "list.blob").write_bytes(content)
    document = desk.sign("revocations", "sign", desk.folder / "list.blob", out="list.cose")
    desk.doc("publish", GATE, document)
    with Connection(desk.address) as connection:
        connection.send(blob_topic(hashlib.sha256(content).hexdigest(), 0), b"spoiled", retain=True)
        connection.settle()
    with gate(desk):
        assert stand.until(lambda: refusal(desk) == "bad_blob")
        (said_anew,) = desk.doc("publish", "--wait", str(PATIENCE_S), GATE, document)
        assert said_anew["version"] == 1


def test_an_answer_that_would_leave_something_out_is_none(desk: Desk) -> None:
    """Messages that nobody took in time are owned up to, and not left out in silence."""
    with Connection(desk.address, waiting=2) as connection:
        for number in range(5):
            connection.send(f"gapura/1/gate-{number}/doc/policy/desired", b"x", retain=True)
        connection.settle()
        connection.subscribe("gapura/1/+/doc/+/desired")
        connection.subscribe("gapura/1/nobody/info")
        with pytest.raises(OperatorError, match="3 messages came faster"):
            connection.receive(PATIENCE_S)


def refusal(desk: Desk) -> object:
    """Why the gate refuses the list, if it does."""
    ended = gapura_ops("doc", "status", *desk.options, GATE)
    reports = [line["reported"] for line in ended.lines()]
    return next((report["reason"] for report in reports if isinstance(report, dict) and report["code"]), None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("publish", "gate-2", "signed.cose"), "not for gate-2"),
        (("publish", GATE, "policy.json"), "is no signed document"),
        (("publish", "Gate 1", "signed.cose"), "invalid target value"),
        (("publish", "--wait", "1", "_group/lobby", "signed.cose"), "a group does not answer"),
        (("clear", GATE, "weather"), "invalid choice"),
    ],
)
def test_the_desk_refuses_what_no_gate_would_take(desk: Desk, arguments: tuple[str, ...], says: str) -> None:
    """What is wrong is said in one line, before anything reaches the broker."""
    (desk.folder / "policy.json").write_text(json.dumps(POLICY))
    desk.sign("policy", "sign", desk.folder / "policy.json", "--audience", GATE, out="signed.cose")
    placed = [desk.folder / one if "." in one else one for one in arguments[1:]]
    ended = gapura_ops("doc", arguments[0], *desk.options, *placed)
    assert ended.code == 2
    assert says in ended.err
