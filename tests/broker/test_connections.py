"""Connections that come and go: several brokers, a name that somebody else uses, wills of the past, history.

Judged from separate subscribers of real brokers.
"""

from __future__ import annotations

import json
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from firmware.events import Instant
from firmware.records import wire
from firmware.records.contest import MANY
from firmware.records.replay import Outcome
from firmware.records.row import Row
from firmware.records.traffic import boottime_ms
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, Broker
from tests.broker import stand
from tests.broker.stand import GATE, Gate, settings, wait_events, watching, with_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from paho.mqtt.client import Client

INFO = wire.info_topic(GATE)
AVAILABILITY = wire.availability_topic(GATE)
CONTESTED = wire.alert_topic(GATE, "connection-contested")


@pytest.fixture
def second(tmp_path: Path, broker: Broker) -> Iterator[Broker]:
    """Start another broker under the same device CA."""
    folder = tmp_path / "second"
    folder.mkdir()
    with Broker(folder, device_ca=broker.device_ca) as running:
        yield running


def test_the_next_broker_is_used_while_the_first_is_away_and_the_first_again_when_it_is_back(
    broker: Broker, second: Broker, tmp_path: Path
) -> None:
    """Nothing is lost on the way; the second is left with a goodbye."""
    link = with_parts(settings(broker), fallback=((LOOPBACK, second.port),), return_s=0.2)
    with watching(broker) as one, watching(second) as two, Gate(tmp_path / "gate", link) as gate:
        assert gate.wait_up()
        gate.write(10)
        assert wait_events(one, 10)
        assert gate.wait_empty()
        broker.stop()
        gate.write(10)
        assert wait_events(two, 10)
        broker.start()
        assert two.wait(lambda seen: any(each.payload == b"offline" for each in seen), stand.PATIENCE_S)
        gate.write(10)
        assert wait_events(one, 20)
        assert gate.wait_empty()
        numbers = [*stand.numbers(one), *stand.numbers(two)]
    assert set(numbers) == set(range(1, 31))


def impostor(broker: Broker) -> Client:
    """Connect under the gate's client id with its certificate, as a stolen copy would."""
    certificate, key = broker.issue(Holder.GATE, GATE)
    client = stand.outsider(broker.ca, certificate, key, f"gapura-{GATE}")
    client.connect(LOOPBACK, broker.port, clean_start=True)
    client.loop_start()
    return client


def test_a_name_that_somebody_else_uses_is_said_and_not_fought_over(broker: Broker, tmp_path: Path) -> None:
    """The gate alerts when it was thrown out again and again, and loses no record."""
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        for times in range(1, MANY + 1):
            assert gate.wait_up(times=times)
            thief = impostor(broker)
            assert gate.wait_up(up=False, times=times)
            thief.disconnect()
            thief.loop_stop()
        gate.write(5)
        assert watcher.wait(lambda seen: any(each.topic == CONTESTED for each in seen), stand.PATIENCE_S)
        alert = next(each for each in watcher.seen() if each.topic == CONTESTED)
        assert gate.wait_empty()
        assert set(stand.numbers(watcher)) == {1, 2, 3, 4, 5}
    assert alert.json()["severity"] == "critical"


def test_the_last_will_names_the_connection_it_belongs_to(broker: Broker, tmp_path: Path) -> None:
    """A will that comes late cannot be taken for that of the newest connection."""

    def births() -> list[object]:
        return [each.json()["connection"] for each in watcher.seen() if each.topic == INFO]

    with watching(broker, AVAILABILITY, INFO) as watcher, stand.started(broker, tmp_path / "gate") as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        assert watcher.wait(lambda _: births() == [1], stand.PATIENCE_S)
        broker.stop()
        broker.start()
        assert watcher.wait(lambda _: births()[-1] != 1, stand.PATIENCE_S)
        child.send_signal(signal.SIGKILL)
        assert watcher.wait(lambda seen: seen[-1].payload == b"offline", stand.PATIENCE_S)
        will = watcher.seen()[-1]
    assert dict(will.marks) == {"connection": str(births()[-1])}


class Shelf:
    """A history of rows that nobody has to have written."""

    def __init__(self, last: int) -> None:
        """Have rows 1 to `last` of the epoch `5f0c9a2e`."""
        self.last = last

    def rows(self, epoch: str, first: int, last: int, limit: int) -> list[Row]:
        """Read as the journal does."""
        numbers = range(first, min(last, self.last, first + limit - 1) + 1) if epoch == "5f0c9a2e" else range(0)
        return [Row(epoch, seq, "access", "b", Instant(1), {"n": seq}) for seq in numbers]


def test_history_is_told_from_what_happens_and_live_records_go_first(broker: Broker, tmp_path: Path) -> None:
    """Every row of a replay carries the command's id; what is written meanwhile comes live."""
    heard: list[tuple[int, Outcome]] = []
    done = threading.Event()

    def told(taken: int, outcome: Outcome) -> None:
        heard.append((taken, outcome))
        if outcome is not Outcome.GOING_ON:
            done.set()

    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker), history=Shelf(120)) as gate:
        assert gate.wait_up()
        assert gate.link.replay("5f0c9a2e", 1, 100, "cmd-7", told)
        gate.write_at(Instant(boottime_ms(), 100, 102, "rtc"))
        assert done.wait(stand.PATIENCE_S)
        assert wait_events(watcher, 101)
        events = [each for each in watcher.seen() if "/event/" in each.topic]
    replayed = [each for each in events if dict(each.marks) == {"delivery": "replay", "replay": "cmd-7"}]
    assert [json.loads(each.payload)["data"]["n"] for each in replayed] == list(range(1, 101))
    assert [dict(each.marks) for each in events if each not in replayed] == [{"delivery": "live"}]
    assert heard == [(100, Outcome.COMPLETE)]


def test_what_waited_for_a_broker_is_marked_late(broker: Broker, tmp_path: Path) -> None:
    """A record of another run of the board, or an old one, is no live one."""
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        gate.write_at(Instant(boottime_ms() - 60_000, 100, 102, "rtc"))
        gate.write_at(Instant(boottime_ms(), 100, 102, "rtc"))
        assert wait_events(watcher, 2)
        marks = [dict(each.marks) for each in watcher.seen() if "/event/" in each.topic]
    assert marks == [{"delivery": "late"}, {"delivery": "live"}]
