"""What the operations room sees of a gate through a real broker: birth, events in order, death, return.

Judged from a separate subscriber, never from the link's own words.
"""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from firmware.records import wire
from tests.broker import stand
from tests.broker.stand import GATE, Gate, numbers, settings, started, wait_events, watching

if TYPE_CHECKING:
    from pathlib import Path

    from provisioning.broker.runner import Broker
    from provisioning.broker.watcher import Seen

AVAILABILITY = wire.availability_topic(GATE)


def payloads(seen: list[Seen], topic: str) -> list[bytes]:
    """What came on one topic, in order."""
    return [each.payload for each in seen if each.topic == topic]


def test_a_gate_is_born_with_info_availability_and_health_that_are_retained(broker: Broker, tmp_path: Path) -> None:
    """Whoever subscribes later finds who the gate is, that it is online, and numbers that expire by themselves."""
    topics = {AVAILABILITY, wire.info_topic(GATE), wire.health_topic(GATE)}
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        with watching(broker) as early:
            assert early.wait(lambda seen: {each.topic for each in seen} >= topics, stand.PATIENCE_S)
        with watching(broker) as late:
            assert late.wait(lambda seen: {each.topic for each in seen} >= topics, stand.PATIENCE_S)
            found = {each.topic: each for each in late.seen()}
        nonce = gate.link.nonce
    assert all(each.retained for each in found.values())
    assert found[AVAILABILITY].payload == b"online"
    assert found[wire.info_topic(GATE)].json() == {
        **stand.FACTS,
        "nonce": nonce,
        "connection": 1,
        "config_version": 0,
        "contract": wire.CONTRACT,
        "groups": [],
        "clock": "none",
        "time_wanted": False,
        "stage": "active",
    }
    health = found[wire.health_topic(GATE)]
    assert health.json()["uptime_s"] == 7
    assert health.expiry_s is not None
    assert 170 <= health.expiry_s <= 180


def test_records_arrive_in_order_as_cloud_events(broker: Broker, tmp_path: Path) -> None:
    """Records written while connected arrive one by one, complete and numbered without a gap."""
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        gate.write(150)
        assert wait_events(watcher, 150)
        assert gate.wait_empty()
        events = watcher.events(GATE)
        epoch = str(events[0]["id"]).split(":")[1]
    assert [event["id"] for event in events] == [f"{GATE}:{epoch}:{seq}" for seq in range(1, 151)]
    assert {event["type"] for event in events} == {"gapura.access.v1"}
    assert [seen.retained for seen in watcher.seen() if "/event/" in seen.topic] == [False] * 150


def test_a_broker_that_was_away_gets_everything_in_order(broker: Broker, tmp_path: Path) -> None:
    """Broker off, 100 records, broker on: 100 events, no gap, nothing twice."""
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        broker.stop()
        assert gate.wait_up(up=False)
        gate.write(100)
        broker.start()
        assert wait_events(watcher, 100)
        assert gate.wait_empty()
        assert numbers(watcher) == list(range(1, 101))


def test_a_broker_killed_hard_in_the_middle_loses_no_record(broker: Broker, tmp_path: Path) -> None:
    """What had no acknowledgement is sent again under the same id; in the end every number is there."""
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        broker.save()
        gate.write(300)
        assert wait_events(watcher, 50)
        broker.kill()
        gate.write(100)
        assert gate.wait_up(up=False)
        broker.start()
        assert gate.wait_empty()
        gate.write(1)
        assert watcher.wait(lambda seen: any(b'"n":401' in each.payload for each in seen), stand.PATIENCE_S)
        arrived = numbers(watcher)
        counters = gate.link.counters()
    assert counters["link_published"] == 401
    assert set(arrived) >= set(range(301, 402))  # of the earlier ones the dead broker may have taken some with it


def test_a_new_link_over_the_same_journal_repeats_nothing(broker: Broker, tmp_path: Path) -> None:
    """After a proper end and a new start only what was never acknowledged is sent."""
    link = settings(broker)
    with watching(broker) as watcher:
        for rounds in (1, 2, 3):
            with Gate(tmp_path / "gate", link) as gate:
                gate.write(20)
                assert gate.wait_empty()
            assert wait_events(watcher, 20 * rounds)
        assert numbers(watcher) == list(range(1, 61))


def test_a_proper_end_is_told_at_once_and_by_the_gate_itself(broker: Broker, tmp_path: Path) -> None:
    """Closing publishes `offline` and needs no last will."""
    with watching(broker, AVAILABILITY) as watcher:
        with Gate(tmp_path / "gate", stand.with_parts(settings(broker), will_delay_s=300)) as gate:
            assert gate.wait_up()
        assert watcher.wait(lambda seen: len(seen) >= 2, stand.PATIENCE_S)
        assert payloads(watcher.seen(), AVAILABILITY) == [b"online", b"offline"]


def test_a_gate_killed_hard_is_declared_offline_by_the_broker(broker: Broker, tmp_path: Path) -> None:
    """The last will comes after its delay, although nobody said goodbye."""
    with watching(broker, AVAILABILITY) as watcher:
        with started(broker, tmp_path / "gate") as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "up\n"
            child.send_signal(signal.SIGKILL)
        assert watcher.wait(lambda seen: len(seen) >= 2, stand.PATIENCE_S)
        assert payloads(watcher.seen(), AVAILABILITY) == [b"online", b"offline"]


def test_a_gate_back_within_the_delay_was_never_offline(broker: Broker, tmp_path: Path) -> None:
    """A restart shorter than the will's delay shows as a second birth with another nonce and nothing else."""
    info = wire.info_topic(GATE)
    with watching(broker, AVAILABILITY, info) as watcher:
        for births in (1, 2, 3):
            with started(broker, tmp_path / "gate") as child:
                assert child.stdout is not None
                assert child.stdout.readline() == "up\n"
                # Both halves of the birth: the kill could come between them.
                for topic in (info, AVAILABILITY):
                    assert stand.until(lambda: len(payloads(watcher.seen(), topic)) == births)  # noqa: B023 - at once
                child.send_signal(signal.SIGKILL)
        seen = watcher.seen()
    assert payloads(seen, AVAILABILITY) == [b"online"] * 3
    assert len({json.loads(payload)["nonce"] for payload in payloads(seen, info)}) == 3


def test_a_broker_that_falls_silent_is_noticed_and_left(broker: Broker, tmp_path: Path) -> None:
    """A frozen broker keeps its sockets open; the link does not believe in them, and comes back when it thaws."""
    with Gate(tmp_path / "gate", stand.with_parts(settings(broker), keepalive_s=1)) as gate:
        assert gate.wait_up()
        broker.freeze()
        gate.write(5)
        assert gate.wait_up(up=False)
        broker.thaw()
        assert gate.wait_up(times=2)
        assert gate.wait_empty()


def test_a_gate_that_leaves_on_purpose_leaves_no_session(broker: Broker, tmp_path: Path) -> None:
    """Its goodbye reaches the broker, which then neither waits for a will nor keeps anything of it."""
    with Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
    assert stand.until(lambda: f"Client gapura-{GATE} disconnected." in broker.log())
    assert f"Client gapura-{GATE} closed its connection." not in broker.log()
