"""The tasks of a set-up on their own: the network, what is believed of an answer, and what a self-test comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from firmware.control import enrolling, self_test
from firmware.control.enrolling import Trouble
from firmware.doctor.findings import Outcome
from firmware.setup.reasons import Why
from firmware.setup.stages import Stage
from firmware.signed import enrolment, strict_json
from firmware.signed.envelope import Kind
from hw import board as hardware
from hw.simulated import SimulatedNetwork
from provisioning.broker.certificates import DeviceCa, Holder
from tests.unit.control import blank
from tests.unit.signed.handed import CA, OFFICE, WIFI, document
from tests.unit.signed.office import GATE, ISSUED, NOW

if TYPE_CHECKING:
    from pathlib import Path

AIR = ("Kantor", "rahasia sekali")
NETWORKS = {
    "a cable": (SimulatedNetwork(), False, None),
    "nothing": (SimulatedNetwork(connected=False), False, Why.NO_NETWORK),
    "the right password": (SimulatedNetwork(connected=False, air=AIR), True, None),
    "a wrong password": (SimulatedNetwork(connected=False, air=("Kantor", "another one")), True, Why.WIFI_PASSWORD),
    "a wrong password beside a cable": (SimulatedNetwork(air=("Kantor", "another one")), True, Why.WIFI_PASSWORD),
    "another network": (SimulatedNetwork(connected=False, air=("Rumah", AIR[1])), True, Why.WIFI_NOT_FOUND),
    "another network beside a cable": (SimulatedNetwork(air=("Rumah", AIR[1])), True, None),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_there_or_has_its_reason(tmp_path: Path, name: str) -> None:
    """A password that was brought is tried; where a cable does as well, only a wrong one is told."""
    network, brought, why = NETWORKS[name]
    tasks, taking = blank.tasks(blank.write(tmp_path), network)
    if brought:
        taking.take(OFFICE.seal(Kind.PROVISION, WIFI, audience=("*",), expires=ISSUED + 3600))
    found = tasks.do(Stage.NETWORK, {})
    assert (None if found is None else found.why) == why
    assert (taking.wifi is None) is (not brought or (why is None and network.air == AIR))
    assert network.joined == ([AIR[0]] if brought else [])


def test_a_refusal_is_told_in_words_of_ours() -> None:
    """Whoever owns the broker can send an answer, and writes no line into the log of a gate by it."""
    said = {"nonce": "0" * 32, "refused": "suspended", "meaning": "fine\n<0>door open"}
    answer = enrolment.read_answer(strict_json.render(said))
    assert isinstance(answer, enrolment.Refused)
    told = enrolling.refusal(answer)
    assert (told.why, told.detail) == (Why.SUSPENDED, f"suspended: {enrolment.MEANINGS[answer.refused]}")


@pytest.mark.parametrize("stage", [Stage.ENROL, Stage.KEEP, Stage.REPORT])
def test_a_task_without_what_it_needs_says_so(tmp_path: Path, stage: Stage) -> None:
    """A document that is gone, a certificate that never came, a test that was not made: a reason, and no exception."""
    tasks, taking = blank.tasks(blank.write(tmp_path))
    assert isinstance(tasks.do(stage, {}), Trouble)
    taking.take(document())
    if stage is not Stage.ENROL:
        assert isinstance(tasks.do(stage, {}), Trouble)


def test_it_resumes_where_it_was(tmp_path: Path) -> None:
    """By what lies on the disk alone."""
    path = blank.write(tmp_path)
    tasks, taking = blank.tasks(path)
    assert tasks.resumes() is Stage.CODES
    taking.take(document())
    assert blank.tasks(path)[0].resumes() is Stage.NETWORK
    before = taking.draft
    assert before is not None
    taking.advance(before, blank.certified(before))
    assert blank.tasks(path)[0].resumes() is Stage.KEEP
    assert tasks.do(Stage.KEEP, {}) is None
    again, _ = blank.tasks(path)
    assert (again.resumes(), again.home()) == (Stage.BROKER, Stage.BROKER)
    (tmp_path / "state" / "provisioned" / "reported.json").write_bytes(b"{}")
    assert blank.tasks(path)[0].resumes() is Stage.DONE


KEY = ec.generate_private_key(ec.SECP256R1())
THEN = datetime.fromtimestamp(ISSUED, UTC)


def der(user: str = GATE, key: ec.EllipticCurvePrivateKey = KEY, ca: DeviceCa = CA) -> bytes:
    """Certify a key."""
    made = ca.certify(user, key.public_key(), valid=timedelta(days=398), now=THEN)
    return made.public_bytes(Encoding.DER)


def _der_of(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


ANSWERS = {
    "another key": (der(key=ec.generate_private_key(ec.SECP256R1())), Why.BAD_ANSWER),
    "another gate": (der("gate-2"), Why.BAD_ANSWER),
    "a claim's": (der("claim:gate-1:00ff00ff00ff00ff"), Why.BAD_ANSWER),
    "another CA of the same name": (der(ca=DeviceCa.create(now=THEN)), Why.CA_MISMATCH),
    "a broker's": (
        _der_of(CA.issue(Holder.BROKER, "gate-1", addresses=("localhost",)).certificate),
        Why.BAD_ANSWER,
    ),
    "the CA itself": (CA.certificate.public_bytes(Encoding.DER), Why.BAD_ANSWER),
    "nothing": (b"", Why.BAD_ANSWER),
    "cut": (der()[:-9], Why.BAD_ANSWER),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whoever_owns_the_broker_gives_no_gate_a_certificate(name: str) -> None:
    """Only our key under our name by the CA that is pinned is believed."""
    data, why = ANSWERS[name]
    found = enrolling.believed(data, GATE, KEY, [CA.certificate])
    assert isinstance(found, Trouble)
    assert found.why is why


def test_the_right_answer_is_believed() -> None:
    """The good twin of those."""
    assert isinstance(enrolling.believed(der(), GATE, KEY, [CA.certificate]), x509.Certificate)


def test_every_refusal_and_fault_has_its_word() -> None:
    """What is not in the tables has a word all the same, and what is in them is one of the room's."""
    assert set(enrolling.FAULTS.values()) | set(enrolling.REFUSALS.values()) <= set(Why)


def test_a_self_test_fails_only_by_what_a_door_cannot_do_without(tmp_path: Path) -> None:
    """A battery clock that is missing is skipped with its reason; a relay that is on, or a blind camera, fails."""
    config = blank.site(blank.write(tmp_path)).config
    seen: dict[str, str | None] = {"lists": None, "journal": None, "certificate": None, "frames-outside": None}
    found = {one.id: one for one in self_test.entries(config, hardware.read, seen, NOW)}
    assert found["lists"].outcome is Outcome.OK
    assert found["rtc"].outcome is not Outcome.FAIL
    blind = {**seen, "frames-outside": "no_frames", self_test.RELEASED: "released"}
    failed = self_test.failed(self_test.entries(config, hardware.read, blind, NOW))
    assert {"frames-outside", "relay-rest"} <= set(failed)
    assert self_test.RELEASED not in failed
