"""How a gate ends: stolen, retired, released, renewed; and what a person in charge may see. At a real broker."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from firmware.records.client import client_id
from firmware.signed import enrolment
from firmware.signed.enrolment import Granted, Refused
from provisioning.__main__ import main
from provisioning.broker import rotation
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.broker.runner import LOOPBACK
from provisioning.broker_address import Address
from provisioning.enrolment.ear import Ear
from provisioning.enrolment.gatekeeping import Lists, Reload
from provisioning.enrolment.handling import Handler, Rules
from provisioning.enrolment.serving import Plan, Service
from provisioning.fleet.lifecycle import State
from tests.broker import stand
from tests.broker.devices import NOT_AUTHORISED, Device, let_in
from tests.broker.enrolling import House
from tests.broker.requests_made import Identity, claimed, done, fresh_key, now, renewed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from provisioning.fleet.inventory import Inventory

A, B = "gate-a", "gate-b"
GROUP = "gapura/1/_group/lobby/cmd/evacuate"
LEFT = [
    "gapura/1/gate-a/availability",
    "gapura/1/gate-a/info",
    "gapura/1/gate-a/health",
    "gapura/1/gate-a/alert/forced",
    "gapura/1/gate-a/doc/policy/reported",
    "gapura/1/_area/lobby/gate-a",
    "homeassistant/device/gate-a/config",
]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Start a broker with two gates, each in somebody else's charge."""
    stand.require_mosquitto()
    with House(tmp_path, A, B, in_charge={A: "head-a", B: "head-b"}) as running:
        yield running


def paths(identity: Identity) -> tuple[Path, Path]:
    """Where an identity's files are."""
    return identity.certificate_path, identity.key_path


def last_word(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """The last JSON line of a command."""
    value = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert isinstance(value, dict)
    return value


def retained(house: House) -> set[str]:
    """What lies retained at the broker, as an outsider sees it."""
    with stand.watching(house.broker, "gapura/1/#", "homeassistant/#") as watcher:
        with Device(house, house.broker.issue(Holder.OPERATOR, "desk")) as desk:
            desk.publish("gapura/1/gate-b/cmd/x", b"x")
            desk.publish("gapura/1/gate-b/doc/config/desired", b"")
        assert watcher.wait(lambda seen: any(not one.retained for one in seen), stand.PATIENCE_S)
        return {one.topic for one in watcher.seen() if one.retained and one.payload}


@pytest.mark.parametrize("command", ["stolen", "retire"])
def test_one_command_cuts_a_gate_off(house: House, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It can say and hear nothing at once, its connection ends, no new one begins, and nothing of it is left."""
    own = house.certified(A)
    words = house.arguments(command, "--reason", "gone since monday", A)
    with (
        Device(house, paths(own), client_id(A)) as gate,
        Device(house, paths(own)) as thief,
        Device(house, house.broker.issue(Holder.OPERATOR, "desk")) as desk,
    ):
        assert [topic for topic in LEFT if gate.publish(topic, b"{}", retain=True) >= NOT_AUTHORISED] == []
        assert main(words) == 0
        assert last_word(capsys)["cleared"] == len(LEFT)
        assert gate.ended.wait(stand.PATIENCE_S)
        assert thief.publish(f"gapura/1/{A}/event/access", b"{}") == NOT_AUTHORISED
        assert thief.publish(enrolment.topic(A, "request"), renewed(own, A, fresh_key())) == NOT_AUTHORISED
        desk.publish(f"gapura/1/{A}/cmd/unlock", b"for the gate alone")
        desk.publish(GROUP, b"for everybody")
        assert stand.until(lambda: not let_in(house, own))
        assert desk.hears(GROUP)
        assert not {topic for topic, _ in thief.heard} & {f"gapura/1/{A}/cmd/unlock", GROUP}
    assert not retained(house) & set(LEFT)
    assert main(words) == 0
    again = last_word(capsys)
    assert (again["revoked"], again["lists"], again["cleared"]) == (0, [], 0)
    with house.ledger() as ledger:
        standing = ledger.gates()[A]
        assert (standing.state is State.RETIRED, standing.suspended) == (command == "retire", command == "stolen")


def test_a_broker_that_is_told_by_a_restart(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody else sees the mark, takes it away and restarts the broker, as the shipped unit does."""
    own = house.certified(A)
    words = house.arguments("stolen", "--reason", "gone", A)
    at = words.index("--reload-pid-file")
    mark = house.broker_folder / "untold"

    def unit() -> None:
        assert stand.until(mark.exists)
        mark.unlink()
        house.broker.stop()
        house.broker.start()

    with Device(house, paths(own)) as gate:
        gate.publish(LEFT[0], b"online", retain=True)
        with ThreadPoolExecutor() as pool:
            restarted = pool.submit(unit)
            assert main([*words[:at], *words[at + 2 :]]) == 0
            restarted.result()
    assert last_word(capsys)["done"] is True
    assert not let_in(house, own)
    assert LEFT[0] not in retained(house)


def test_a_stolen_gate_is_an_alert_until_it_is_released(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """The service's alert names it; a release takes it back and gives no certificate back."""
    own = house.certified(A)
    assert main(house.arguments("stolen", "--reason", "gone", A)) == 0
    topic = "gapura/1/_service/enrolment/alert/gate-stolen"
    with house.serving(), stand.watching(house.broker, "gapura/1/_service/#") as watcher:
        assert watcher.wait(
            lambda seen: any(one.topic == topic and A.encode() in one.payload for one in seen), stand.PATIENCE_S
        )
        release = ["enrol", "release", "--ledger", str(house.ledger_path), "--reason", "found", A]
        assert main(release) == 0
        assert last_word(capsys) == {"certificate": False, "gate": A, "released": True}
        assert watcher.wait(
            lambda seen: [one.payload for one in seen if one.topic == topic][-1] == b"", stand.PATIENCE_S
        )
        assert main(release) == 1
    assert not let_in(house, own)


def test_a_gate_is_cut_off_without_a_broker(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """The lists are written though the broker is away; the service does the rest when both are there."""
    own = house.certified(A)
    with Device(house, paths(own)) as gate:
        gate.publish(LEFT[0], b"online", retain=True)
    house.broker.stop()
    assert main(house.arguments("retire", "--reason", "sold", A)) == 1
    assert last_word(capsys)["done"] is False
    house.broker.start()
    house.pid_file.write_text(str(house.broker.pid))
    assert not let_in(house, own)
    with house.serving():
        assert stand.until(lambda: LEFT[0] not in retained(house))


def reaches(gate: Device, head: Device, topic: str) -> bool:
    """Let a gate say something until somebody hears it."""
    return stand.until(lambda: (gate.publish(topic, b"{}"), any(one == topic for one, _ in head.heard))[1])


def test_a_person_in_charge_sees_their_own_gates(house: House) -> None:
    """Whoever is in charge of one gate hears nothing of another, and restricted reasons only by the inventory."""
    leaves = ("event/access", "info", "restricted/follow-up", "assist/a1", "cmd/unlock")
    with (
        house.serving(),
        Device(house, house.broker.issue(Holder.OPERATOR, "head-a")) as head_a,
        Device(house, house.broker.issue(Holder.OPERATOR, "head-b")) as head_b,
        Device(house, paths(house.certified(A))) as gate_a,
        Device(house, paths(house.certified(B))) as gate_b,
    ):
        for gate, head, name in ((gate_a, head_a, A), (gate_b, head_b, B)):
            info = f"gapura/1/{name}/info"
            assert reaches(gate, head, info)
            for leaf in leaves:
                gate.publish(f"gapura/1/{name}/{leaf}", b"{}")
            gate.publish(f"gapura/1/_area/lobby/{name}", b"{}")
        for head in (head_a, head_b):
            assert head.hears(f"gapura/1/_area/lobby/{B}")
        own = [{topic for topic, _ in head.heard if "_area" not in topic} for head in (head_a, head_b)]
        assert head_a.publish(f"gapura/1/{A}/cmd/unlock", b"{}") == NOT_AUTHORISED
    assert own[0] == {f"gapura/1/{A}/event/access", f"gapura/1/{A}/info"}
    assert own[1] == {f"gapura/1/{B}/{leaf}" for leaf in leaves[:-1]}


def test_a_renewed_certificate_ends_the_old_one_when_it_works(house: House) -> None:
    """Both are good until the gate has said, by the new one, that it works; then the old one opens nothing."""
    old = house.certified(A, age_days=300)
    key = fresh_key()
    with house.serving():
        with Device(house, paths(old)) as gate:
            answer = gate.ask(A, renewed(old, A, key))
            assert isinstance(answer, Granted)
        new = house.keep(key, x509.load_der_x509_certificate(answer.certificate))
        assert let_in(house, old)
        with Device(house, paths(new)) as gate:
            early = done(old, A)
            gate.publish(enrolment.topic(A, "done"), early)
            assert not isinstance(gate.answer(json.loads(early)["nonce"]), Refused)
            assert len(house.certificates(A)) == 2
            report = done(new, A)
            gate.publish(enrolment.topic(A, "done"), report)
            assert not isinstance(gate.answer(json.loads(report)["nonce"]), Refused)
            assert stand.until(lambda: not let_in(house, old))
            late = done(old, A)
            gate.publish(enrolment.topic(A, "done"), late)
            refused = gate.answer(json.loads(late)["nonce"])
        assert isinstance(refused, Refused)
        assert let_in(house, new)


def test_by_hand_a_gate_waits_for_a_person(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--approve hand` a proven gate stays installed until somebody confirms it, and an unproven one cannot be."""
    sheet, key = house.sheet(A), fresh_key()
    approve = ["enrol", "approve", "--ledger", str(house.ledger_path), "--reason", "seen", A]
    with house.serving("--approve", "hand"):
        with Device(house, paths(sheet.identity)) as device:
            answer = device.ask(A, claimed(sheet, key))
            assert isinstance(answer, Granted)
        own = house.keep(key, x509.load_der_x509_certificate(answer.certificate))
        assert main(approve) == 1
        with Device(house, paths(own)) as gate:
            for passed in (False, True):
                report = done(own, A, passed=passed)
                gate.publish(enrolment.topic(A, "done"), report)
                gate.answer(json.loads(report)["nonce"])
    capsys.readouterr()
    assert main(approve) == 0
    assert last_word(capsys) == {"gate": A, "proven": True, "state": "active"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_service_ends_when_it_is_told(house: House, number: signal.Signals, code: int) -> None:
    """An orderly end says that it is offline, and its exit code says who ended it."""
    with house.serving() as process:
        process.send_signal(number)
        assert process.wait(stand.PATIENCE_S) == code
        with stand.watching(house.broker, "gapura/1/_service/#") as watcher:
            assert watcher.wait(lambda seen: any(one.payload == b"offline" for one in seen), stand.PATIENCE_S)


def test_a_fleet_is_moved_to_another_ca(house: House) -> None:
    """After a rotation a fresh certificate of the older CA may be renewed; both are believed and can be revoked."""
    old, key = house.certified(A), fresh_key()
    with house.serving() as process:
        house.broker.stop()
        rotation.rotate(house.broker_folder, None)
        house.broker.start()
        house.pid_file.write_text(str(house.broker.pid))
        assert process.wait(stand.PATIENCE_S) == 1
    assert "names other CAs now" in house.log()
    with house.serving():
        with Device(house, paths(old)) as gate:
            answer = gate.ask(A, renewed(old, A, key))
        assert isinstance(answer, Granted)
        certificate = x509.load_der_x509_certificate(answer.certificate)
        assert certificate.issuer == x509.load_der_x509_certificate(answer.ca[0]).subject != old.certificate.issuer
        new = house.keep(key, certificate)
        assert let_in(house, new)
        for one in (old, new):
            assert let_in(house, one)
            with house.ledger() as ledger:
                ledger.revoke(one.certificate.serial_number, now())
            assert stand.until(lambda: not let_in(house, one))  # noqa: B023  it is asked at once


class _Broken(Handler):
    """A handler with a bug that one gate's request meets."""

    def handle(self, topic: str, payload: bytes, inventory: Inventory, now: int) -> tuple[str, enrolment.Answer] | None:
        """Fail for gate A."""
        if A in topic:
            raise KeyError(topic)
        return super().handle(topic, payload, inventory, now)


def test_a_bug_keeps_nobody_else_waiting(house: House) -> None:
    """What cannot be handled is counted and let go; the next gate is answered, and it does not come again."""
    certificate, key = house.service_identity
    address = Address(LOOPBACK, house.broker.port, house.broker.ca, certificate, key)
    cas = DeviceCa.load_all(house.broker_folder)
    lists = Lists(house.broker_folder, cas, house.broker_folder / "device-ca.crt", Reload(house.pid_file))
    bad, good = house.sheet(A), house.sheet(B)
    with house.ledger() as ledger:
        handler = _Broken(ledger, cas, Rules())
        service = Service(ledger, Plan(house.inventory), handler, lists, address=address, clock=now)
        with Ear(address) as ear:
            service.run(ear, once=True)  # now there is a session in which messages wait
        with Device(house, paths(bad.identity)) as first, Device(house, paths(good.identity)) as second:
            request = claimed(good)
            assert first.permitted(enrolment.topic(A, "request"), claimed(bad))
            assert second.permitted(enrolment.topic(B, "request"), request)
            for _ in range(2):
                with Ear(address) as ear:
                    service.run(ear, once=True)
            assert isinstance(second.answer(json.loads(request)["nonce"]), Granted)
    assert handler.counts["failures"] == 1
