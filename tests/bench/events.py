"""Events to the broker: durable here and acknowledged there, over TLS, beside paho with its queue in memory.

It measures and judges nothing. Both send the same payloads with QoS 1 to the same mosquitto, in turns; paho keeps them
in memory only, so the difference is the price of a journal.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware.control.clock import SystemClock
from firmware.records import wire
from firmware.records.journal import Journal
from firmware.records.link import Link
from firmware.records.notices import Notices
from firmware.records.settings import LinkSettings
from provisioning.broker.certificates import Holder
from provisioning.broker.runner import LOOPBACK, Broker
from tests.bench.journal import Committed, record
from tests.bench.latency import DISK
from tests.bench.month import written_bytes
from tests.bench.report import Section, number
from tests.broker.stand import outsider

if TYPE_CHECKING:
    from collections.abc import Callable

GATE: Final = "bench"
ROUNDS: Final = 3
A_ROUND: Final = 2_000
WAIT_S: Final = 120.0


def measure(_seed: int, _count: int, progress: Callable[[str], None]) -> Section:
    """Send some thousand events both ways in turns."""
    section = Section(f"{A_ROUND} events at once to mosquitto over TLS, QoS 1", ("", "events/s", "lowest", "highest"))
    with tempfile.TemporaryDirectory(prefix="gapura-bench-", dir=DISK) as name:
        folder = Path(name)
        (folder / "broker").mkdir()
        with Broker(folder / "broker") as broker:
            ours, written, payload = _ours(broker, folder, progress)
            plain = [_plain(broker, payload, round_, progress) for round_ in range(ROUNDS)]
    for key, words, rates in (
        ("ours", "journal and link: on disk, then acknowledged", ours),
        ("paho", "paho alone: in memory, then acknowledged (beside it)", plain),
    ):
        section.rows.append((words, *(number(each) for each in (statistics.median(rates), min(rates), max(rates)))))
        section.figures[f"{key}_per_s"] = statistics.median(rates)
    section.figures["written_bytes_per_event"] = written
    section.notes.append(f"{written:.0f} bytes written to the disk an event, its mark included, when they come at once")
    return section


def _ours(broker: Broker, folder: Path, progress: Callable[[str], None]) -> tuple[list[float], float, bytes]:
    """Give the rates, the bytes written an event, and one payload as it went out."""
    committed, clock = Committed(), SystemClock(2)
    certificate, key = broker.issue(Holder.GATE, GATE)
    settings = LinkSettings(LOOPBACK, broker.port, broker.ca, certificate, key)
    journal, up = Journal(folder / "journal.db", GATE, committed=committed, now=clock.now), threading.Event()
    link = Link(
        settings,
        GATE,
        journal,
        info=lambda: {"boot": "boot", "run": "run", "version": "0", "config_digest": "d"},
        health=dict,
        changed=lambda _: up.set(),
        heard=lambda _: None,
        notices=Notices(),
    )
    link.start()
    if not up.wait(WAIT_S):
        message = "the link did not come up"
        raise TimeoutError(message)
    rates, before = [], written_bytes()
    for round_ in range(ROUNDS):
        progress(f"events: ours, round {round_ + 1}")
        first = round_ * A_ROUND + 1
        began = time.perf_counter()
        for token in range(first, first + A_ROUND):
            journal.submit(record(token, clock.now()))
        _acknowledged(journal, committed, first + A_ROUND - 1)
        rates.append(A_ROUND / (time.perf_counter() - began))
    written = (written_bytes() - before) / (ROUNDS * A_ROUND)
    epoch, first, last = journal.head()
    rows = journal.rows(epoch, first, last, 1)
    if not rows:
        message = "the journal gives nothing after rounds of records"
        raise RuntimeError(message)
    link.close()
    journal.close()
    return rates, written, wire.dump(wire.cloud_event(GATE, rows[0]))


def _acknowledged(journal: Journal, committed: Committed, last: int) -> None:
    """Wait until the broker has taken everything up to a token and the journal has noted it."""
    committed.wait(last)
    deadline_s = time.monotonic() + WAIT_S
    while left := journal.pending(0, 1):
        if time.monotonic() > deadline_s:
            message = f"the broker did not take number {left[0].seq}"
            raise TimeoutError(message)
        time.sleep(0.002)


def _plain(broker: Broker, payload: bytes, round_: int, progress: Callable[[str], None]) -> float:
    """Publish as many through paho and its thread, and wait for the last acknowledgement."""
    progress(f"events: paho, round {round_ + 1}")
    certificate, key = broker.issue(Holder.GATE, GATE)
    client = outsider(broker.ca, certificate, key, f"plain-{round_}")
    connected, done, answered = threading.Event(), threading.Event(), 0

    def count(*_: object) -> None:
        nonlocal answered
        answered += 1
        if answered == A_ROUND:
            done.set()

    client.on_connect = lambda *_: connected.set()
    client.on_publish = count
    client.connect(LOOPBACK, broker.port)
    client.loop_start()
    if not connected.wait(WAIT_S):
        message = "paho did not connect"
        raise TimeoutError(message)
    topic = wire.event_topic(GATE, "access")
    began = time.perf_counter()
    for _ in range(A_ROUND):
        client.publish(topic, payload, 1)
    if not done.wait(WAIT_S):
        message = "the broker did not answer paho"
        raise TimeoutError(message)
    rate = A_ROUND / (time.perf_counter() - began)
    client.disconnect()
    client.loop_stop()
    return rate
