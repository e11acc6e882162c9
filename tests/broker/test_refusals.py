"""A broker that does not want us, or not all of us: every fault has its name, its one line, and no lost record.

Each fault is made for real: wrong authorities, expired certificates, closed ports, servers that speak something else.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from firmware.events import Instant, Record
from firmware.records import wire
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.runner import LOOPBACK, Broker, free_port
from tests.broker import stand
from tests.broker.scripted import says, server, serving
from tests.broker.stand import GATE, Gate, numbers, settings, wait_events, watching, with_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from firmware.records.settings import LinkSettings

REFUSED = wire.alert_topic(GATE, "events-refused")
LONG_AGO = datetime.now(UTC) - timedelta(days=900)


def folder_for(tmp_path: Path, name: str) -> Path:
    """Make a folder for a test's own certificates."""
    folder = tmp_path / name
    folder.mkdir()
    return folder


def of_another_authority(_: Broker, link: LinkSettings, tmp_path: Path) -> LinkSettings:
    """Show a certificate that another authority issued for this very gate."""
    certificate, key = DeviceCa.create().issue(Holder.GATE, GATE).write(folder_for(tmp_path, "other"))
    return with_parts(link, certificate=certificate, key=key)


def expired(broker: Broker, link: LinkSettings, tmp_path: Path) -> LinkSettings:
    """Show a certificate that expired long ago."""
    issued = broker.device_ca.issue(Holder.GATE, GATE, now=LONG_AGO)
    certificate, key = issued.write(folder_for(tmp_path, "old"))
    return with_parts(link, certificate=certificate, key=key)


def for_a_broker(broker: Broker, link: LinkSettings, tmp_path: Path) -> LinkSettings:
    """Show a certificate that is good for serving only."""
    issued = broker.device_ca.issue(Holder.BROKER, GATE, addresses=[LOOPBACK])
    certificate, key = issued.write(folder_for(tmp_path, "server"))
    return with_parts(link, certificate=certificate, key=key)


def of_an_operator(broker: Broker, link: LinkSettings, _: Path) -> LinkSettings:
    """Show an operator's certificate."""
    certificate, key = broker.issue(Holder.OPERATOR, GATE)
    return with_parts(link, certificate=certificate, key=key)


def with_the_key_of_another(broker: Broker, link: LinkSettings, _: Path) -> LinkSettings:
    """Pair the certificate with a key that is not its own."""
    _, key = broker.issue(Holder.GATE, "gate-2")
    return with_parts(link, key=key)


def missing(_: Broker, link: LinkSettings, tmp_path: Path) -> LinkSettings:
    """Name a certificate that is not there."""
    return with_parts(link, certificate=tmp_path / "nobody.crt")


def no_certificate(_: Broker, link: LinkSettings, tmp_path: Path) -> LinkSettings:
    """Name a file that holds something else."""
    (tmp_path / "other.txt").write_text("hello")
    return with_parts(link, certificate=tmp_path / "other.txt")


def trusting_another(_: Broker, link: LinkSettings, tmp_path: Path) -> LinkSettings:
    """Trust an authority that did not issue the broker's certificate."""
    return with_parts(link, ca=DeviceCa.create().write(folder_for(tmp_path, "trusted")))


def by_another_name(_: Broker, link: LinkSettings, __: Path) -> LinkSettings:
    """Call the broker by an address that its certificate does not name."""
    return with_parts(link, host="127.0.0.2")


def at_a_closed_port(_: Broker, link: LinkSettings, __: Path) -> LinkSettings:
    """Knock where nobody listens."""
    return with_parts(link, port=free_port())


def at_no_host(_: Broker, link: LinkSettings, __: Path) -> LinkSettings:
    """Name a host that cannot exist."""
    return with_parts(link, host="broker.invalid")


FAULTS = [
    (of_another_authority, "certificate_refused"),
    (expired, "certificate_refused"),
    (for_a_broker, "certificate_refused"),
    (of_an_operator, "own_certificate"),
    (with_the_key_of_another, "own_certificate"),
    (missing, "own_certificate"),
    (no_certificate, "own_certificate"),
    (trusting_another, "broker_certificate"),
    (by_another_name, "unreachable"),
    (at_a_closed_port, "unreachable"),
    (at_no_host, "unreachable"),
]


@pytest.mark.parametrize(("change", "fault"), FAULTS, ids=[change.__name__ for change, _ in FAULTS])
def test_each_way_of_not_connecting_has_its_name_and_one_line(
    broker: Broker,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[Broker, LinkSettings, Path], LinkSettings],
    fault: str,
) -> None:
    """The fault is counted and said once however often it comes; the link goes on trying and keeps every record."""
    link = change(broker, settings(broker), tmp_path)
    with caplog.at_level(logging.WARNING), Gate(tmp_path / "gate", link) as gate:
        gate.write(3)
        assert stand.until(lambda: gate.link.counters().get(f"link_fault_{fault}", 0) >= 3)
        counters = gate.link.counters()
        assert len(gate.journal.pending(0, 10)) == 3
    assert {name for name in counters if name.startswith("link_fault_")} == {f"link_fault_{fault}"}
    assert not counters["link_up"]
    said = [each.getMessage() for each in caplog.records if each.name == "gapura.link"]
    assert len(said) == 1
    assert said[0].startswith(f"link: {fault}: ")
    assert "\n" not in said[0]


ANSWERS = [
    pytest.param(b"\x20\x02\x00\x01", "protocol", id="only-mqtt-3.1.1"),
    pytest.param(b"\x20\x02\x00\x00", "protocol", id="mqtt-3.1.1-says-yes"),
    pytest.param(b"\x20\x03\x00\x84\x00", "protocol", id="version-unsupported"),
    pytest.param(b"\x20\x03\x00\x87\x00", "not_authorised", id="not-authorised"),
    pytest.param(b"\x20\x03\x00\x88\x00", "busy", id="server-unavailable"),
    pytest.param(b"\x20\x03\x00\x97\x00", "busy", id="quota-exceeded"),
    pytest.param(b"\x20\x03\x00\x89\x00", "busy", id="server-busy"),
    pytest.param(b"\x20\x03\x00\x85\x00", "refused", id="client-id-not-valid"),
    pytest.param(b"\x20\x03\x00\x00\x00\xe0\x01\x8b", "busy", id="shutting-down"),
    pytest.param(b"\x20\x03\x00\x00\x00\xe0\x02\x9d\x00", "busy", id="moved-elsewhere"),
    pytest.param(b"\x20\x03\x00\x00\x00\xe0\x01\x97", "busy", id="quota-exceeded-later"),
    pytest.param(b"HTTP/1.1 400 Bad Request\r\n" + b"X: y\r\n" * 20, "protocol", id="a-web-server"),
    pytest.param(b"\xff" * 64, "protocol", id="noise"),
    pytest.param(b"\x20\xff\xff\xff\xff\xff", "protocol", id="endless-length"),
    pytest.param(b"\x20\x05\x00\x00\x02\xff\x01", "protocol", id="unknown-property"),
    pytest.param(b"\x20\x03\x00\x00\x00\x34\x06\x00\x01x\x00\x01\x00", "protocol", id="unasked-qos-2"),
    pytest.param(b"\x20\x03\x00\x00\x00\x30\x80\x80\x10", "protocol", id="a-message-larger-than-announced"),
    pytest.param(b"\x20\x03\x00\x00\x00\x30\x05\x00\x05x\x00y", "protocol", id="a-message-cut-short"),
    pytest.param(b"\x20\x03\x00\x00\x00" + b"\x40\x02\x00\x09" * 20_000, "protocol", id="endless-answers"),
    pytest.param(b"", "silent", id="nothing"),
]


@pytest.mark.parametrize(("data", "fault"), ANSWERS)
def test_a_broker_that_speaks_something_else_is_named_and_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, data: bytes, fault: str
) -> None:
    """Neither another version nor noise ends the link's thread; it says what is wrong and tries again."""
    with serving(says(data), tmp_path) as link, Gate(tmp_path / "gate", link) as gate:
        assert stand.until(lambda: gate.link.counters().get(f"link_fault_{fault}", 0) >= 2)
        assert not gate.ups
    said = [each.getMessage() for each in caplog.records if each.name == "gapura.link"]
    assert [each.split(":")[1].strip() for each in said] == [fault]


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["silence", "words"])
def test_a_port_without_tls_is_unreachable(broker: Broker, tmp_path: Path, data: bytes) -> None:
    """A handshake that never comes, or is no handshake, costs the timeout and nothing else."""
    with server(says(data), None) as port:
        link = with_parts(settings(broker), port=port, connect_timeout_s=0.2)
        with Gate(tmp_path / "gate", link) as gate:
            assert gate.wait_fault("unreachable")


def test_a_broker_that_takes_no_events_loses_none(broker: Broker, tmp_path: Path) -> None:
    """Denied by the access list: counted, never marked, kept in order, and delivered when the list is put right."""
    text = (tmp_path / "broker" / "acl").read_text()
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        broker.set_access(text.replace("pattern write gapura/1/%u/event/+", ""))
        gate.write(60)
        gate.write(3, "grant")
        assert stand.until(lambda: gate.link.counters().get("link_refused_135", 0) >= 5)
        assert numbers(watcher) == []
        assert len(gate.journal.pending(0, 100)) == 63
        assert watcher.wait(
            lambda seen: [bool(one.payload) for one in seen if one.topic == REFUSED] == [True], stand.PATIENCE_S
        )
        broker.set_access()
        assert wait_events(watcher, 63)
        assert gate.wait_empty()
        assert watcher.wait(
            lambda seen: any(one.topic == REFUSED and not one.payload for one in seen), stand.PATIENCE_S
        )
        arrived = numbers(watcher)
    assert sorted(arrived) == list(range(1, 64))
    assert [seq for seq in arrived if seq <= 60] == list(range(1, 61))


def test_one_kind_that_is_denied_does_not_dam_up_the_others(broker: Broker, tmp_path: Path) -> None:
    """Records of other kinds pass while one waits; what waited comes in its own order."""
    text = (tmp_path / "broker" / "acl").read_text()
    narrow = text.replace("pattern write gapura/1/%u/event/+", "pattern write gapura/1/%u/event/access")
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        broker.set_access(narrow)
        for _ in range(10):
            gate.write(1, "grant")
            gate.write(2, "access")
        assert wait_events(watcher, 20)
        assert len(gate.journal.pending(0, 100)) >= 10
        broker.set_access()
        assert gate.wait_empty()
        assert wait_events(watcher, 30)
        grants = [event["sequence"] for event in watcher.events(GATE, kind="grant")]
    assert grants == [f"{seq:012d}" for seq in range(1, 30, 3)]


def test_a_record_too_large_for_the_broker_does_not_stop_the_others(broker: Broker, tmp_path: Path) -> None:
    """What exceeds the broker's packet size is refused on our side, counted, and kept; other kinds pass."""
    with watching(broker) as watcher, Gate(tmp_path / "gate", settings(broker)) as gate:
        assert gate.wait_up()
        gate.journal.submit(Record(900, "gate", Instant(1), {"blob": "x" * 200_000}))
        gate.write(3)
        assert wait_events(watcher, 3)
        assert stand.until(lambda: gate.link.counters().get("link_refused_149", 0) >= 2)
        assert gate.link.counters()["link_connects"] == 1
        assert [row.kind for row in gate.journal.pending(0, 10)] == ["gate"]


def test_a_bug_in_the_birth_costs_a_connection_and_not_the_thread(
    broker: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Facts that are no birth are named as our own fault in one line; the link tries again."""
    with Gate(tmp_path / "gate", settings(broker), facts={"boot": 7}) as gate:
        assert stand.until(lambda: gate.link.counters().get("link_fault_internal", 0) >= 2)
        assert not gate.ups
    said = [each.getMessage() for each in caplog.records if each.name == "gapura.link"]
    assert [each.count("\n") for each in said if each.startswith("link: internal: ")] == [0]


def test_a_birth_that_was_denied_is_repeated_until_it_is_taken(broker: Broker, tmp_path: Path) -> None:
    """A gate the broker did not know yet appears by itself once its rights are there, without a new connection."""
    broker.set_access("topic read none\n")
    with Gate(tmp_path / "gate", with_parts(settings(broker), health_s=0.1)) as gate:
        gate.write(1)
        assert stand.until(lambda: gate.link.counters().get("link_refused_135", 0) >= 4)
        assert len(gate.journal.pending(0, 10)) == 1
        broker.set_access()
        with watching(broker, f"gapura/1/{GATE}/availability", f"gapura/1/{GATE}/info") as watcher:
            assert watcher.wait(lambda seen: len({each.topic for each in seen}) == 2, stand.PATIENCE_S)
        assert gate.wait_empty()
        assert gate.link.counters()["link_connects"] == 1
