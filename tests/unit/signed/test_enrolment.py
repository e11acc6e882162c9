"""The messages of enrolment: each has one spelling, is bounded, and proves who asks."""

from __future__ import annotations

import json
from datetime import timedelta

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signed import enrolment, strict_json
from firmware.signed.device import DeviceRefusal, Vouched
from firmware.signed.enrolment import Done, Granted, Noted, Refusal, Refused
from provisioning.broker.certificates import DeviceCa
from provisioning.contract.schemas import files
from tests.broker.requests_made import csr, fresh_key

NONCE = "0" * 32
CA, OTHER_CA = DeviceCa.create(), DeviceCa.create()
KEY = fresh_key()
CERTIFICATE = CA.certify("claim:gate-1:0123456789abcdef", KEY.public_key(), valid=timedelta(days=1))
ASKED = enrolment.ask(
    nonce=NONCE,
    claim="0123456789abcdef",
    csr=csr(fresh_key(), "gate-1"),
    release="0.1.0",
    key=KEY,
    certificate=CERTIFICATE,
)
ANSWERS = [
    Granted(nonce=NONCE, certificate=b"c", ca=[b"a", b"b"]),
    Refused.because(NONCE, Refusal.CLAIM_USED),
    Noted(nonce=NONCE, noted="passed", state="active"),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_read_as_it_was_written(answer: enrolment.Answer) -> None:
    """Each of the three kinds is told from the others."""
    assert enrolment.read_answer(enrolment.render(answer)) == answer


def test_a_request_names_its_holder() -> None:
    """The proof opens under the CA that certified the claim, and under no other."""
    request = enrolment.read_request(ASKED)
    assert request is not None
    found = enrolment.prove(request, [CA.certificate])
    assert isinstance(found, Vouched)
    assert found.name == "claim:gate-1:0123456789abcdef"
    assert enrolment.prove(request, [OTHER_CA.certificate]) is DeviceRefusal.UNKNOWN_CA


@pytest.mark.parametrize(
    "other", [{"nonce": "1" * 32}, {"claim": None}, {"csr": "AAAA"}, {"release": "0.2.0"}], ids=str
)
def test_nothing_of_a_request_can_be_changed(other: dict[str, object]) -> None:
    """A proof is worth nothing over another request."""
    request = enrolment.read_request(strict_json.render(json.loads(ASKED) | other))
    assert request is not None
    assert enrolment.prove(request, [CA.certificate]) is None


BAD = [
    {"nonce": "0" * 31},
    {"nonce": "G" * 32},
    {"claim": "x"},
    {"csr": ""},
    {"csr": "A" * 4000},
    {"csr": "AB=="},
    {"proof": None},
    {"release": "a b"},
    {"release": "v" * 65},
    {"more": 1},
]


@pytest.mark.parametrize("other", BAD, ids=lambda value: str(value)[:24])
def test_a_request_of_another_form_is_none(other: dict[str, object]) -> None:
    """What is too long, misspelled, missing or unknown is refused as a whole."""
    assert enrolment.read_request(strict_json.render(json.loads(ASKED) | other)) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_no_message(data: bytes) -> None:
    """Nothing raises, and nothing is taken for a message by chance."""
    assert enrolment.read_request(data) is None
    assert enrolment.read_done(data) is None
    assert enrolment.read_answer(data) is None


def test_messages_are_bounded() -> None:
    """A message beyond 16 KiB is not even parsed."""
    done = Done(nonce=NONCE, outcome="passed", steps={"relay": "ok"}, record=b"r")
    assert enrolment.read_done(enrolment.render(done)) == done
    assert enrolment.read_done(enrolment.render(done) + b" " * enrolment.MAX_BYTES) is None


def test_every_refusal_says_what_to_do() -> None:
    """The words fit the message that carries them."""
    assert set(enrolment.MEANINGS) == set(Refusal)
    for refusal in Refusal:
        assert Refused.because(NONCE, refusal).refused is refusal


def test_what_is_published_describes_what_is_sent() -> None:
    """A request, a report and each answer fit their published schemas, and padding or another alphabet does not."""
    schemas = files()
    done = Done(nonce=NONCE, outcome="passed", steps={"relay": "ok"}, record=b"r")
    for name, message in (("request", ASKED), ("done", enrolment.render(done))):
        jsonschema.validate(json.loads(message), schemas[f"enrolment-{name}.json"])
    for answer in ANSWERS:
        jsonschema.validate(json.loads(enrolment.render(answer)), schemas["enrolment-answer.json"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(ASKED) | {"csr": "AA=="}, schemas["enrolment-request.json"])
