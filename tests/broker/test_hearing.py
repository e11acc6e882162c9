"""What a gate hears through a real broker, and what it says beside its records.

Written by an operator with the rights of one; judged by what reaches the gate's callback and an outsider.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from firmware.records import wire
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import WATCHER, Broker
from tests.broker import stand
from tests.broker.party import Party
from tests.broker.stand import GATE, Gate, settings, watching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALERT = wire.alert_topic(GATE, "held-main")
RESULT = wire.response_topic(GATE, "unlock")
DIGEST = "ab" * 32
BLOB = f"gapura/1/_blob/{DIGEST}/7"

SAID = [
    (f"gapura/1/{GATE}/cmd/unlock", b"\xff\xfe", ("cmd", "unlock", None, None)),
    ("gapura/1/_group/lobby/cmd/evacuate", b"{", ("cmd", "evacuate", "lobby", None)),
    (f"gapura/1/{GATE}/doc/policy/desired", b"p" * 100_000, ("doc", "policy", None, None)),
    ("gapura/1/_group/lobby/doc/trust/desired", b"", ("doc", "trust", "lobby", None)),
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Start a broker that knows an operator who may write."""
    stand.require_mosquitto()
    folder = tmp_path / "broker"
    folder.mkdir()
    with Broker(folder, rights=Rights(observers=(WATCHER,), operators=("desk",))) as running:
        yield running


@pytest.fixture
def desk(broker: Broker) -> Iterator[Party]:
    """Connect the operator."""
    party = Party(broker, Holder.OPERATOR, "desk")
    yield party
    party.close()


def heard(gate: Gate) -> list[tuple[str, str, str | None, int | None]]:
    """Name what a gate has heard so far."""
    return [(each.channel, each.name, each.group, each.piece) for each in gate.heard]


def said_to(watcher_topic: str, broker: Broker) -> bytes | None:
    """Ask a broker what is retained at a topic; None for nothing."""
    with watching(broker, watcher_topic, wire.availability_topic(GATE)) as late:
        assert late.wait(lambda seen: any(each.topic.endswith("/availability") for each in seen), stand.PATIENCE_S)
        return next((each.payload for each in late.seen() if each.topic == watcher_topic), None)


def test_commands_and_documents_for_a_gate_and_its_groups_are_heard_byte_for_byte(
    broker: Broker, tmp_path: Path, desk: Party
) -> None:
    """Whatever the bytes are, they come once, with this connection's nonce and the word whether they were retained."""
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        for topic, payload, _ in SAID:
            desk.client.publish(topic, payload, qos=1)
        desk.client.publish("gapura/1/gate-2/cmd/unlock", b"x", qos=1)
        desk.client.publish("gapura/1/_group/roof/cmd/unlock", b"x", qos=1)
        desk.codes(["gapura/1/_group/lobby/cmd/last"])
        assert stand.until(lambda: len(gate.heard) >= len(SAID) + 1)
        nonce = gate.link.nonce
    assert heard(gate)[:-1] == [place for *_, place in SAID]
    assert [each.data for each in gate.heard[:-1]] == [payload for _, payload, _ in SAID]
    assert {each.nonce for each in gate.heard} == {nonce}
    assert [each.retained for each in gate.heard] == [False] * len(SAID) + [True]


def test_what_lies_at_the_broker_is_heard_as_retained_on_every_connection(
    broker: Broker, tmp_path: Path, desk: Party
) -> None:
    """A document waits for the gate; a command that somebody retained comes marked, so that it can be refused."""
    desk.codes([f"gapura/1/{GATE}/doc/policy/desired", f"gapura/1/{GATE}/cmd/unlock"])
    for _ in range(2):
        with Gate(tmp_path / "gate", settings(broker)) as gate:
            assert stand.until(lambda: len(gate.heard) >= 2)
        assert sorted(heard(gate)) == [("cmd", "unlock", None, None), ("doc", "policy", None, None)]
        assert all(each.retained for each in gate.heard)


def test_a_command_sent_while_the_gate_is_away_never_reaches_it(broker: Broker, tmp_path: Path, desk: Party) -> None:
    """A broker keeps no command for the session of a gate that was cut off, though it keeps the session."""
    with stand.started(broker, tmp_path / "gate") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        child.send_signal(signal.SIGKILL)
    assert stand.until(lambda: f"Client gapura-{GATE} closed" in broker.log())
    for topic in (f"gapura/1/{GATE}/cmd/unlock", f"gapura/1/{GATE}/doc/policy/desired"):
        desk.client.publish(topic, b"x", qos=1)
    desk.codes(["gapura/1/_group/lobby/doc/trust/desired"])
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        assert stand.until(lambda: ("doc", "trust", "lobby", None) in heard(gate))
    assert ("doc", "policy", None, None) in heard(gate)  # so the session was there, and the document waited in it
    assert not [each for each in gate.heard if each.channel == "cmd"]


def test_pieces_of_a_blob_come_while_they_are_asked_for(broker: Broker, tmp_path: Path, desk: Party) -> None:
    """A topic that is followed brings its retained piece, and nothing any more when it is let go."""
    next_one = f"gapura/1/_blob/{DIGEST}/8"
    desk.client.publish(BLOB, b"z" * 65_536, qos=1, retain=True)
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        gate.link.follow(BLOB)
        assert stand.until(lambda: ("blob", DIGEST, None, 7) in heard(gate))
        gate.link.unfollow(BLOB)
        gate.link.follow(next_one)
        desk.codes([next_one])
        assert stand.until(lambda: ("blob", DIGEST, None, 8) in heard(gate))
        desk.codes([BLOB, next_one])
        assert stand.until(lambda: heard(gate).count(("blob", DIGEST, None, 8)) == 2)
    assert [each.piece for each in gate.heard] == [7, 8, 8]


def test_what_holds_is_retained_and_what_does_not_is_cleared(broker: Broker, tmp_path: Path) -> None:
    """A kept notice can be read by whoever comes later, and is gone once it was taken back."""
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        gate.notices.keep(ALERT, b'{"n":1}')
        assert gate.wait_up()
        assert stand.until(lambda: said_to(ALERT, broker) == b'{"n":1}')
        gate.notices.keep(ALERT, b'{"n":2}')
        assert stand.until(lambda: said_to(ALERT, broker) == b'{"n":2}')
        gate.notices.keep(ALERT, b"")
        assert stand.until(lambda: said_to(ALERT, broker) is None)


def test_what_holds_is_said_again_to_a_broker_that_forgot_it(broker: Broker, tmp_path: Path) -> None:
    """A broker that was killed rolls back; on the next connection it says what holds now, and nothing else."""
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        gate.notices.keep(wire.alert_topic(GATE, "old"), b"{}")
        assert stand.until(lambda: said_to(wire.alert_topic(GATE, "old"), broker) == b"{}")
        broker.save()
        gate.notices.keep(wire.alert_topic(GATE, "old"), b"")
        gate.notices.keep(ALERT, b"{}")
        assert stand.until(lambda: said_to(ALERT, broker) == b"{}")
        broker.kill()
        assert gate.wait_up(up=False)
        broker.start()
        assert gate.wait_up(times=2)
        assert stand.until(lambda: said_to(ALERT, broker) == b"{}")
        assert stand.until(lambda: said_to(wire.alert_topic(GATE, "old"), broker) is None)


def test_what_an_earlier_run_left_and_this_one_does_not_hold_is_taken_back(broker: Broker, tmp_path: Path) -> None:
    """An alert of a run that was killed does not stay for ever."""
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        gate.notices.keep(ALERT, b"{}")
        gate.notices.keep(wire.assist_topic(GATE, "a1"), b"{}")
        assert stand.until(lambda: gate.link.counters().get("link_noticed", 0) == 2)
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        gate.notices.keep(wire.assist_topic(GATE, "a1"), b"{}")
        assert stand.until(lambda: gate.link.counters().get("link_taken_back", 0) == 1)
        assert stand.until(lambda: said_to(ALERT, broker) is None)
        assert said_to(wire.assist_topic(GATE, "a1"), broker) == b"{}"


def test_an_answer_is_told_once_and_never_retained(broker: Broker, tmp_path: Path) -> None:
    """Whoever listens hears it with the time it is good for; whoever comes later finds nothing."""
    with watching(broker, RESULT) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        gate.notices.tell(RESULT, b'{"state":"accepted"}', 60)
        assert watcher.wait(lambda seen: len(seen) == 1, stand.PATIENCE_S)
        assert not watcher.seen()[0].retained
        assert said_to(RESULT, broker) is None


def test_a_notice_that_is_denied_is_said_as_soon_as_it_may_be(broker: Broker, tmp_path: Path) -> None:
    """The access list forbids alerts for a while: counted, tried again, and only the newest word is said."""
    text = (tmp_path / "broker" / "acl").read_text()
    broker.set_access(text.replace("pattern write gapura/1/%u/alert/+", ""))
    with watching(broker, ALERT) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        gate.notices.keep(ALERT, b"old")
        assert stand.until(lambda: gate.link.counters().get("link_refused_135", 0) >= 2)
        gate.notices.keep(ALERT, b"new")
        broker.set_access()
        assert watcher.wait(lambda seen: len(seen) >= 1, stand.PATIENCE_S)
        assert [each.payload for each in watcher.seen()] == [b"new"]
        assert gate.link.counters()["link_connects"] == 1
