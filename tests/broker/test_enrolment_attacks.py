"""Attacks on enrolment, each by whoever could try it at a real broker with the real service, each beside its good twin.

An attack returns every refusal it met; afterwards the honest request of the same gate, or of another one where the
attack has spent the claim, gets its certificate.
"""

from __future__ import annotations

import itertools
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from firmware.signed import enrolment
from firmware.signed.enrolment import Granted, Refused
from provisioning.broker.certificates import DeviceCa, Holder
from provisioning.fleet.lifecycle import State
from tests.broker import stand
from tests.broker.devices import NOT_AUTHORISED, Device, let_in
from tests.broker.enrolling import House
from tests.broker.requests_made import Identity, Sheet, asked_with, claimed, csr, fresh_key, now, now_of, renewed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

SHUT_OUT = "not_authorised"
GATES = [f"g-{number}" for number in range(60)]
FOREIGN = DeviceCa.create()


@dataclass
class Scene:
    """One gate with its sheet, a device that holds it, and a second gate beside."""

    house: House
    gate: str
    other: str
    sheet: Sheet
    device: Device
    spent: bool = False

    def tries(self, request: bytes) -> str:
        """Send a request with the sheet's own credentials and name the refusal; what is granted has none."""
        answer = self.device.ask(self.gate, request)
        return answer.refused.value if isinstance(answer, Refused) else "granted"

    def connected(self, identity: Identity) -> Device:
        """Connect as somebody else."""
        return Device(self.house, (identity.certificate_path, identity.key_path))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Run a broker and the service for all attacks, each of which has gates of its own."""
    stand.require_mosquitto()
    with House(tmp_path_factory.mktemp("house"), *GATES) as running, running.serving():
        yield running


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    """Name gates that nobody has used yet."""
    return itertools.chain(GATES)


@pytest.fixture
def scene(house: House, names: Iterator[str]) -> Iterator[Scene]:
    """Print a sheet and let a device connect with it."""
    gate, other = next(names), next(names)
    sheet = house.sheet(gate)
    with Device(house, (sheet.identity.certificate_path, sheet.identity.key_path)) as device:
        yield Scene(house, gate, other, sheet, device)


# --- the attacks ------------------------------------------------------------------------------------------------------


def thief_comes_first(scene: Scene) -> list[str]:
    """Somebody who photographed the sheet uses it before the gate: the gate's own use betrays them."""
    scene.spent = True
    stolen = fresh_key()
    with scene.connected(scene.sheet.identity) as thief:
        answer = thief.ask(scene.gate, claimed(scene.sheet, stolen))
    assert isinstance(answer, Granted)
    found = [scene.tries(claimed(scene.sheet))]
    with scene.house.ledger() as ledger:
        assert ledger.gates()[scene.gate].suspended
    own = scene.house.keep(stolen, x509.load_der_x509_certificate(answer.certificate))
    with scene.connected(own) as thief, stand.watching(scene.house.broker, "gapura/1/_service/#") as watcher:
        topic = f"gapura/1/{scene.gate}/event/access"
        assert stand.until(lambda: thief.publish(topic, b"{}") == NOT_AUTHORISED)
        assert watcher.wait(
            lambda seen: any(
                one.topic.endswith("alert/claim-reused") and scene.gate.encode() in one.payload for one in seen
            ),
            stand.PATIENCE_S,
        )
    return found


def two_at_once(scene: Scene) -> list[str]:
    """Two devices with one sheet in the same moment: one gets the certificate, and both are held."""
    scene.spent = True
    with scene.connected(scene.sheet.identity) as second, ThreadPoolExecutor() as pool:
        asked = [pool.submit(one.ask, scene.gate, claimed(scene.sheet)) for one in (scene.device, second)]
        answers = [one.result() for one in asked]
    with scene.house.ledger() as ledger:
        assert ledger.gates()[scene.gate].suspended
        assert len(ledger.certificates(scene.gate)) == 1
    assert sum(isinstance(one, Granted) for one in answers) == 1
    return [one.refused.value for one in answers if isinstance(one, Refused)]


def old_request_again(scene: Scene) -> list[str]:
    """A request that was recorded is played again: the same key gets nothing new, and nothing after a new sheet."""
    request = claimed(scene.sheet)
    first = scene.device.ask(scene.gate, request)
    scene.device.answers.clear()
    assert scene.device.ask(scene.gate, request) == first
    scene.device.answers.clear()
    old, scene.sheet = scene.sheet, scene.house.sheet(scene.gate)
    with scene.connected(scene.sheet.identity) as holder:
        assert isinstance(holder.ask(scene.gate, claimed(scene.sheet)), Granted)
        answer = holder.ask(scene.gate, request)
    assert old.claim != scene.sheet.claim
    scene.spent = True
    return [answer.refused.value] if isinstance(answer, Refused) else []


def answer_of_another(scene: Scene) -> list[str]:
    """A gate plays an answer to another gate, and pretends to be the service to itself."""
    forged = enrolment.render(
        Granted(nonce="0" * 32, certificate=b"certificate", ca=[FOREIGN.certificate.public_bytes(Encoding.DER)])
    )
    with scene.connected(scene.house.certified(scene.other)) as gate:
        return _denied(gate, [enrolment.topic(name, "answer") for name in (scene.gate, scene.other)], forged)


def foreign_claim(scene: Scene) -> list[str]:
    """A sheet of another authority: its certificate opens no connection, nor does its key prove a request."""
    foreign = scene.house.sheet(scene.other, ca=FOREIGN)
    assert let_in(scene.house, scene.sheet.identity)
    assert not let_in(scene.house, foreign.identity)
    proof: dict[str, object] = {"key": foreign.identity.key, "certificate": foreign.identity.certificate}
    return [scene.tries(claimed(scene.sheet, None, **proof))]


def swapped_name(scene: Scene) -> list[str]:
    """The request names another gate, this one twice, or this one and something beside it."""
    one = x509.NameAttribute(NameOID.COMMON_NAME, scene.gate)
    beside = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "City Hall")
    asked = [
        csr(fresh_key(), scene.other),
        *(asked_with(scene.gate, fresh_key(), names=[one, x]) for x in (one, beside)),
    ]
    return [scene.tries(claimed(scene.sheet, csr=each)) for each in asked]


def topic_of_another(scene: Scene) -> list[str]:
    """A claim speaks on another gate's topic, and another gate brings it there for it."""
    request = claimed(scene.sheet, csr=csr(fresh_key(), scene.other))
    found = _denied(scene.device, [enrolment.topic(scene.other, "request")], request)
    with scene.connected(scene.house.certified(scene.other)) as gate:
        answer = gate.ask(scene.other, request)
    assert isinstance(answer, Refused)
    return [*found, answer.refused.value]


def revoked_renewal(scene: Scene) -> list[str]:
    """A certificate that was revoked opens no connection, and proves nothing over somebody else's."""
    own = scene.house.certified(scene.gate, age_days=300)
    with scene.house.ledger() as ledger:
        assert let_in(scene.house, own)
        ledger.revoke(own.certificate.serial_number, now())
    assert stand.until(lambda: not let_in(scene.house, own))
    return [scene.tries(renewed(own, scene.gate, fresh_key()))]


def renewal_by_a_claim(scene: Scene) -> list[str]:
    """Whoever holds a sheet asks for a renewal, which would leave the claim unused."""
    return [scene.tries(renewed(scene.sheet.identity, scene.gate, fresh_key()))]


def early_renewal(scene: Scene) -> list[str]:
    """A gate whose certificate is new wants one after the other."""
    own = scene.house.certified(scene.gate)
    return [scene.tries(renewed(own, scene.gate, fresh_key()))]


def more_than_a_key(scene: Scene) -> list[str]:
    """The request asks to be a CA, or to be called by other names."""
    wishes: list[x509.ExtensionType] = [
        x509.BasicConstraints(ca=True, path_length=None),
        x509.SubjectAlternativeName([x509.DNSName("broker")]),
    ]
    asked = [asked_with(scene.gate, fresh_key(), wish) for wish in wishes]
    return [scene.tries(claimed(scene.sheet, csr=each)) for each in (*asked, b"no request at all")]


def weak_keys(scene: Scene) -> list[str]:
    """Keys that are not P-256."""
    keys: list[CertificateIssuerPrivateKeyTypes] = [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65_537, 2048),
    ]
    return [scene.tries(claimed(scene.sheet, csr=asked_with(scene.gate, key))) for key in keys]


def expired_claim(scene: Scene) -> list[str]:
    """A photo of a sheet that has expired: the ledger's end counts though the certificate still opens a connection."""
    late = scene.house.sheet(scene.other, lasts_s=2)
    with scene.connected(late.identity) as holder:
        assert isinstance(holder.ask(scene.other, claimed(late, csr=b"no request")), Refused)
        assert stand.until(lambda: now() > now_of(late) + 2)
        code = holder.publish(enrolment.topic(scene.other, "request"), (request := claimed(late)))
        if code == NOT_AUTHORISED:
            return [SHUT_OUT]
        answer = holder.answer(json.loads(request)["nonce"])
    return [answer.refused.value] if isinstance(answer, Refused) else []


def retired_gate(scene: Scene) -> list[str]:
    """The sheet of a gate that was retired: it may say nothing any more."""
    old = scene.house.sheet(scene.other)
    with scene.connected(old.identity) as holder:
        topic = enrolment.topic(scene.other, "request")
        assert holder.permitted(topic, b"{}")
        with scene.house.ledger() as ledger:
            ledger.move(scene.other, State.RETIRED, by="desk", why="sold", at=now())
        assert stand.until(lambda: holder.publish(topic, b"{}") == NOT_AUTHORISED)
    return [SHUT_OUT]


def flood(scene: Scene) -> list[str]:
    """Somebody asks without end: they are told so once, and others are answered meanwhile."""
    other = scene.house.sheet(scene.other)
    bad = [claimed(other, csr=b"no request") for _ in range(300)]
    with scene.connected(other.identity) as shouting:
        assert shouting.permitted(enrolment.topic(scene.other, "request"), bad[0])
        for request in bad:
            shouting.client.publish(enrolment.topic(scene.other, "request"), request, qos=1)
        assert scene.tries(claimed(scene.sheet, csr=b"no request")) == "bad_csr"
        assert stand.until(lambda: any(b"too_often" in answer for answer in shouting.answers))
        return ["too_often"] * sum(b"too_often" in answer for answer in shouting.answers)


def operator_asks(scene: Scene) -> list[str]:
    """An operator who may write documents and commands asks for a gate's certificate."""
    desk = scene.house.broker.issue(Holder.OPERATOR, "desk")
    with Device(scene.house, desk) as operator:
        leaves = [enrolment.topic(scene.gate, leaf) for leaf in ("request", "answer", "done")]
        return _denied(operator, leaves, claimed(scene.sheet))


def claim_speaks_elsewhere(scene: Scene) -> list[str]:
    """A claim is good for one topic: it is no gate, not even under its own name, and hears nothing of groups."""
    me = f"claim:{scene.gate}:{scene.sheet.claim}"
    topics = [f"gapura/1/{who}/{leaf}" for who in (scene.gate, me) for leaf in ("event/access", "info", "cmd/unlock")]
    topics += [f"gapura/1/_area/lobby/{me}", f"gapura/1/_claim/{me}/request", f"homeassistant/device/{me}/config"]
    assert scene.device.permitted(enrolment.topic(scene.gate, "request"), b"{}")
    found = _denied(scene.device, topics, b"{}")
    with Device(scene.house, scene.house.broker.issue(Holder.OPERATOR, "desk")) as desk:
        assert desk.publish("gapura/1/_group/lobby/cmd/evacuate", b"{}") < NOT_AUTHORISED
    scene.tries(claimed(scene.sheet, csr=b"no request"))
    assert {topic for topic, _ in scene.device.heard} == {enrolment.topic(scene.gate, "answer")}
    return found


def tampered_list(scene: Scene) -> list[str]:
    """Somebody lets a thief into the access list by hand: the service takes it out again."""
    path = scene.house.broker_folder / "acl"
    path.write_text(path.read_text() + "\nuser operator:thief\ntopic readwrite #\n")
    assert stand.until(lambda: "operator:thief" not in path.read_text())
    with Device(scene.house, scene.house.broker.issue(Holder.OPERATOR, "thief")) as thief:
        return _denied(thief, [f"gapura/1/{scene.gate}/cmd/unlock"], b"{}")


def not_in_the_inventory(scene: Scene) -> list[str]:
    """The desk's ledger has a gate that the inventory does not know."""
    gate = f"ghost-{secrets.token_hex(4)}"
    with scene.house.ledger() as ledger:
        ledger.enter(gate, by="desk", at=now())
        ledger.move(gate, State.APPROVED, by="desk", why="", at=now())
    ghost = scene.house.sheet(gate)
    with scene.connected(ghost.identity) as holder:
        answer = holder.ask(gate, claimed(ghost))
    return [answer.refused.value] if isinstance(answer, Refused) else []


def _denied(device: Device, topics: list[str], payload: bytes) -> list[str]:
    codes = {topic: device.publish(topic, payload) for topic in topics}
    return [SHUT_OUT if code == NOT_AUTHORISED else topic for topic, code in codes.items()]


ATTACKS: list[tuple[Callable[[Scene], list[str]], list[str]]] = [
    (thief_comes_first, ["claim_used"]),
    (two_at_once, ["claim_used"]),
    (old_request_again, ["unknown_claim"]),
    (answer_of_another, [SHUT_OUT] * 2),
    (foreign_claim, ["ca_mismatch"]),
    (swapped_name, ["wrong_name"] * 3),
    (topic_of_another, [SHUT_OUT, "wrong_gate"]),
    (revoked_renewal, ["wrong_proof"]),
    (renewal_by_a_claim, ["wrong_proof"]),
    (early_renewal, ["not_due"]),
    (more_than_a_key, ["bad_csr"] * 3),
    (weak_keys, ["weak_key"] * 3),
    (expired_claim, ["claim_expired"]),
    (retired_gate, [SHUT_OUT]),
    (flood, ["too_often"]),
    (operator_asks, [SHUT_OUT] * 3),
    (claim_speaks_elsewhere, [SHUT_OUT] * 9),
    (tampered_list, [SHUT_OUT]),
    (not_in_the_inventory, ["not_approved"]),
]


@pytest.mark.parametrize(("attack", "refusals"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])
def test_no_attack_succeeds_and_the_honest_gate_does(
    scene: Scene, attack: Callable[[Scene], list[str]], refusals: list[str]
) -> None:
    """Each try is refused for its own reason, and the gate that asks rightly gets its certificate."""
    assert attack(scene) == refusals
    twin = scene.house.sheet(scene.other) if scene.spent else scene.sheet
    with scene.connected(twin.identity) as honest:
        key = fresh_key()
        answer = honest.ask(twin.gate, claimed(twin, key))
    assert isinstance(answer, Granted)
    assert x509.load_der_x509_certificate(answer.certificate).public_key() == key.public_key()
