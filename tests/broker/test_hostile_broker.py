"""A broker that somebody has taken over, or that is ill: the link stays, says what it is, and loses nothing.

Played by a scripted server over TLS where a real broker would not do it, and by mosquitto where it would.
"""

from __future__ import annotations

import os
import random
import socket
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from firmware.records import wire
from firmware.records.faults import SUCCESS_BELOW
from firmware.records.intake import BURST_BYTES, MESSAGE_BYTES
from provisioning.broker.certificates import Holder
from provisioning.broker.configuration import Rights
from provisioning.broker.runner import WATCHER, Broker
from tests.broker import scripted, stand
from tests.broker.party import Party
from tests.broker.scripted import CONNACK, message, serving
from tests.broker.stand import GATE, Gate, settings, wait_events, watching, with_parts

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = f"gapura/1/{GATE}/cmd/unlock".encode()
RUBBISH = [
    pytest.param(message(b"gapura/1/gate-1/cmd/\xff\xfe", b"x"), "link_unasked_topic", id="topic-that-is-no-utf-8"),
    pytest.param(message(b"", b"x"), "link_unasked_topic", id="topic-that-is-empty"),
    pytest.param(message(b"gapura/1/gate-2/cmd/unlock", b"x"), "link_unasked_topic", id="for-another-gate"),
    pytest.param(message(b"gapura/1/_group/roof/cmd/unlock", b"x"), "link_unasked_topic", id="for-another-group"),
    pytest.param(message(b"gapura/1/_blob/" + b"a" * 64 + b"/1", b"x"), "link_unasked_topic", id="unasked-piece"),
    pytest.param(message(b"gapura/1/gate-1/cmd/Un lock", b"x"), "link_unasked_topic", id="no-id"),
    pytest.param(message(b"/" * 60_000, b"x"), "link_unasked_topic", id="levels-without-end"),
    pytest.param(message(COMMAND, b"\xff" * 100_000), "link_heard", id="payload-that-is-no-utf-8"),
]


@pytest.mark.parametrize(("data", "counter"), RUBBISH)
def test_rubbish_is_counted_and_costs_nothing_else(tmp_path: Path, data: bytes, counter: str) -> None:
    """The connection stays, and what is behind the rubbish is heard."""
    broker = scripted.Broker(after=data + message(COMMAND, b"last"))
    with serving(broker, tmp_path) as link, Gate(tmp_path / "gate", link) as gate:
        assert stand.until(lambda: any(each.data == b"last" for each in gate.heard))
        counters = gate.link.counters()
    assert counters[counter] >= 1
    assert counters["link_connects"] == 1


def test_a_flood_is_read_at_its_pace_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    """However much comes, memory stays where it was, and the gate goes on reporting."""
    count = 3 * BURST_BYTES // MESSAGE_BYTES // 2
    broker = scripted.Broker(after=message(b"gapura/1/_group/roof/cmd/x", b"x") * count)
    with serving(broker, tmp_path) as link, Gate(tmp_path / "gate", with_parts(link, answer_s=60)) as gate:
        assert gate.wait_up()
        tracemalloc.start()
        gate.write(3)
        assert gate.wait_empty()
        assert stand.until(lambda: gate.link.counters().get("link_unasked_topic", 0) == count)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        gate.link.close()
        counters = gate.link.counters()
    assert most < 4 * BURST_BYTES
    assert counters["link_rested"] > 0
    assert counters["link_connects"] == 1


ANSWERS = [
    pytest.param(0x97, "link_refused_151", id="quota-exceeded"),
    pytest.param(0x80, "link_refused_128", id="unspecified"),
    pytest.param(0x83, "link_refused_131", id="implementation-specific"),
    pytest.param(0x99, "link_refused_153", id="payload-format"),
]


@pytest.mark.parametrize(("code", "counter"), ANSWERS)
def test_a_record_that_is_refused_for_any_reason_stays_and_is_tried_again(
    tmp_path: Path, code: int, counter: str
) -> None:
    """Until the broker takes it; birth and connection are not touched by it."""
    refusals = [code] * 3
    broker = scripted.Broker(publish=lambda topic: refusals.pop() if "/event/" in topic and refusals else 0)
    with (
        serving(broker, tmp_path) as link,
        Gate(tmp_path / "gate", with_parts(link, refused_first_ms=20)) as gate,
    ):
        gate.write(1)
        assert gate.wait_empty()
        counters = gate.link.counters()
    assert (counters[counter], counters["link_connects"], counters["link_published"]) == (3, 1, 1)


def test_acknowledgements_that_never_come_end_the_connection(tmp_path: Path) -> None:
    """Even when the broker answers pings: what is not acknowledged is not there."""
    broker = scripted.Broker(publish=lambda topic: None if "/event/" in topic else 0)
    with (
        serving(broker, tmp_path) as link,
        Gate(tmp_path / "gate", with_parts(link, answer_s=0.5, keepalive_s=1)) as gate,
    ):
        gate.write(2)
        assert gate.wait_fault("silent")
        assert len(gate.journal.pending(0, 10)) == 2


def test_a_socket_that_is_open_on_our_side_only_is_noticed(tmp_path: Path) -> None:
    """Nothing comes any more, not even the answer to a ping."""
    with (
        serving(scripted.says(CONNACK), tmp_path) as link,
        Gate(tmp_path / "gate", with_parts(link, answer_s=60, keepalive_s=1)) as gate,
    ):
        assert stand.until(
            lambda: any(gate.link.counters().get(f"link_fault_{each}", 0) for each in ("silent", "lost"))
        )


def cut_in_a_record(connection: socket.socket) -> None:
    """Promise a TLS record of 16 KiB, send a part of it and hang up."""
    connection.recv(4096)
    connection.sendall(CONNACK)
    with socket.socket(fileno=os.dup(connection.fileno())) as raw:
        raw.sendall(b"\x17\x03\x03\x40\x00" + bytes(100))
        raw.shutdown(socket.SHUT_RDWR)


def test_tls_that_is_cut_in_the_middle_of_a_record_is_a_lost_connection(tmp_path: Path) -> None:
    """Half a record is no message; the next attempt follows."""
    with serving(cut_in_a_record, tmp_path) as link, Gate(tmp_path / "gate", link) as gate:
        assert stand.until(lambda: gate.link.counters().get("link_fault_lost", 0) >= 2)
        assert not gate.heard


def test_a_subscription_that_is_refused_is_said_and_keeps_nothing_from_going_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A gate that hears no commands still reports."""
    broker = scripted.Broker(suback=0x87)
    with serving(broker, tmp_path) as link, Gate(tmp_path / "gate", link) as gate:
        gate.write(2)
        assert gate.wait_empty()
        counters = gate.link.counters()
    assert counters["link_unsubscribed_135"] >= 4
    said = [each.getMessage() for each in caplog.records if "subscription_refused" in each.getMessage()]
    assert len(said) == 1


def test_a_broker_that_never_answers_a_subscription_is_left(tmp_path: Path) -> None:
    """A gate that hears nothing must not take itself for one that would."""
    with (
        serving(scripted.Broker(suback=None), tmp_path) as link,
        Gate(tmp_path / "gate", with_parts(link, answer_s=0.3)) as gate,
    ):
        assert gate.wait_fault("silent")


def test_a_broker_that_says_whom_it_preferred_makes_an_alert_at_once(tmp_path: Path) -> None:
    """`Session taken over` is counted by its name, and the alert goes out on the next connection."""
    broker = scripted.Broker(after=b"\xe0\x02\x8e\x00")
    with serving(broker, tmp_path) as link, Gate(tmp_path / "gate", link) as gate:
        assert gate.wait_fault("taken_over")
        assert stand.until(lambda: wire.alert_topic(GATE, "connection-contested") in broker.topics)


def one_at_a_time(broker: Broker, folder: Path) -> None:
    """Start the broker again with a window of one message."""
    configuration = folder / "mosquitto.conf"
    text = configuration.read_text()
    configuration.write_text(text.replace("max_inflight_messages 100", "max_inflight_messages 1"))
    broker.stop()
    broker.start()


def test_a_broker_that_takes_one_message_at_a_time_gets_everything(broker: Broker, tmp_path: Path) -> None:
    """Birth, health, notices, records: one after the other, and never more than it said."""
    one_at_a_time(broker, tmp_path / "broker")
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        for n in range(5):
            gate.notices.keep(wire.alert_topic(GATE, f"a{n}"), b"{}")
        gate.write(40)
        assert wait_events(watcher, 40)
        assert gate.wait_empty()
        assert stand.until(lambda: gate.link.counters().get("link_noticed", 0) == 5)
        counters = gate.link.counters()
    assert counters["link_connects"] == 1
    assert not [name for name in counters if name.startswith("link_fault")]


def test_retained_rubbish_on_every_topic_does_not_keep_the_link_down(tmp_path: Path) -> None:
    """Whoever may write at the broker leaves what they like: the gate hears it, and reports as before."""
    chance = random.Random(7)  # noqa: S311 - rubbish that is the same each time
    folder = tmp_path / "broker"
    folder.mkdir()
    topics = [
        f"gapura/1/{branch}/{leaf}"
        for branch in (GATE, "_group/lobby")
        for kind in ("config", "policy", "trust", "revocations", "no-kind")
        for leaf in (f"doc/{kind}/desired", f"cmd/{kind}")
    ]
    with Broker(folder, rights=Rights(observers=(WATCHER,), operators=("desk",))) as broker:
        desk, own = Party(broker, Holder.OPERATOR, "desk"), Party(broker, Holder.GATE, GATE)
        for topic in topics:
            desk.client.publish(topic, chance.randbytes(chance.choice([1, 1_000, 120_000])), qos=1, retain=True)
        assert max(own.codes([wire.alert_topic(GATE, f"old-{n}") for n in range(20)]).values()) < SUCCESS_BELOW
        desk.codes([f"gapura/1/{GATE}/doc/last/desired"])
        for party in (desk, own):
            party.close()
        for _ in range(2):
            with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
                gate.write(10)
                assert wait_events(watcher, 10)
                assert stand.until(lambda: len(gate.heard) == len(topics) + 1)
                assert gate.wait_empty()
                counters = gate.link.counters()
            assert counters["link_connects"] == 1
