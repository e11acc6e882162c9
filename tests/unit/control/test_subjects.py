"""Who a person is stays unknown: where a subject stands, where it must not, and what the health office alone opens."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware.passes.outcome import Pass
from firmware.passes.reading import read_first
from firmware.rules.decide import Rulebook
from firmware.rules.policy import ClassRule, Policy
from firmware.signed import sealing
from firmware.signed.area_keys import subject
from firmware.signed.contact import Contact, open_contact
from tests.unit.control.bench import Bench

if TYPE_CHECKING:
    from firmware.events import Instant, Record

KEY = bytes(range(32))
OFFICE = ec.derive_private_key(11, ec.SECP256R1())
HEALTH_OFFICE = sealing.write_public(OFFICE.public_key())


@dataclass
class OneDay:
    """The subjects of a day whose key the test knows."""

    asked: list[str] = field(default_factory=list)

    def subject(self, reference: str, now: Instant) -> str | None:  # noqa: ARG002  one day is all there is
        """Name a pass."""
        self.asked.append(reference)
        return subject(KEY, reference)

    def told(self) -> dict[str, object]:
        """Say which keys these are."""
        return {"keys_version": 3, "keys_from": "2026-01-05T00:00:00Z"}


def bench(subjects: OneDay | None = None, /, **rules: ClassRule) -> Bench:
    """Build a gate whose policy has these classes."""
    policy = Policy(profile="x", classes=rules or {"visitor": ClassRule()}, health_office=HEALTH_OFFICE)
    return Bench(rules=Rulebook.unlimited(policy), subjects=OneDay() if subjects is None else subjects)


def shown(gate: Bench, code: bytes) -> Pass:
    """Read a pass as the gate does."""
    _, reading = read_first((code,), gate.issuer.trust())
    assert isinstance(reading, Pass)
    return reading


def by_kind(records: list[Record], kind: str) -> list[dict[str, object]]:
    """Take the bodies of one kind."""
    return [record.body for record in records if record.kind == kind]


@pytest.mark.parametrize("reader", ["outside", "inside"])
def test_whoever_shows_a_pass_is_a_subject(reader: str) -> None:
    """In and out, the access record names the pass by today's key and by nothing else."""
    gate = bench()
    code = gate.issuer.code()
    record = gate.show(code, reader=reader)
    reading = shown(gate, code)
    assert record.body["subject"] == subject(KEY, reading.reference)
    assert reading.reference not in json.dumps([one.body for one in gate.journal.records])


def test_without_keys_there_is_no_subject_and_the_door_works() -> None:
    """A gate that has no key of today lets people in all the same."""
    gate = Bench()
    record = gate.show(gate.issuer.code())
    assert record.body["decision"] == "allow"
    assert "subject" not in record.body


@pytest.mark.parametrize("code", [b"rubbish", b"GP1:rubbish", b"HC1:6BF", b""])
def test_what_is_no_pass_has_no_subject(code: bytes) -> None:
    """Nobody is made up from bytes that nobody vouches for."""
    subjects = OneDay()
    assert "subject" not in bench(subjects).show(code).body
    assert subjects.asked == []


@pytest.mark.parametrize("reader", ["outside", "inside"])
def test_whose_health_or_blocked_pass_it_is_stands_in_the_restricted_record_only(reader: str) -> None:
    """Who watches cannot link a `see_officer` to anybody's other passages; the person in charge can."""
    gate = bench(visitor=ClassRule(health="required", contact="sealed"))
    code = gate.issuer.code()
    record = gate.show(code, reader=reader)
    assert "see_officer" in {record.body["reason"], record.body["remark"]}
    assert "subject" not in record.body
    (told,) = by_kind(gate.journal.records, "follow-up")
    assert told["subject"] == subject(KEY, shown(gate, code).reference)
    contacts = by_kind(gate.journal.records, "contact")
    assert [one["subject"] for one in contacts] == [told["subject"]] * (reader == "inside")


def test_the_health_office_finds_the_pass_and_nobody_else_can() -> None:
    """A passage of a class with `contact` leaves the issuer's key and the pass's reference, sealed."""
    gate = bench(visitor=ClassRule(contact="sealed"), staff=ClassRule())
    code = gate.issuer.code()
    record = gate.show(code)
    reading = shown(gate, code)
    (told,) = by_kind(gate.journal.records, "contact")
    assert (told["grant"], told["subject"], told["direction"]) == (record.grant, record.body["subject"], "in")
    assert open_contact(str(told["contact"]), OFFICE, "gate-1") == Contact(
        gate.issuer.trusted().key_id, reading.reference
    )
    assert open_contact(str(told["contact"]), ec.generate_private_key(ec.SECP256R1()), "gate-1") is None
    assert reading.reference not in json.dumps([one.body for one in gate.journal.records])


@pytest.mark.parametrize(
    ("rule", "area"),
    [
        pytest.param(ClassRule(), "lobby", id="policy-does-not-ask"),
        pytest.param(ClassRule(contact="sealed"), "vault", id="nobody-was-let-in"),
    ],
)
def test_who_was_not_asked_for_leaves_no_contact(rule: ClassRule, area: str) -> None:
    """No more is kept than policy asks for, and nothing of those who stayed outside."""
    gate = bench(visitor=rule)
    gate.show(gate.issuer.code(areas=(area,)))
    assert by_kind(gate.journal.records, "contact") == []


@pytest.mark.parametrize("contact", [None, "sealed"])
def test_a_pass_under_duress_leaves_as_many_records_as_any_other(contact: str | None) -> None:
    """Counting the numbers in the journal tells nobody that help was called, whatever the duress class says itself."""
    cover = ClassRule.model_validate({"contact": contact})
    counts = []
    for pass_class in ("visitor", "staff"):
        gate = bench(visitor=cover, staff=ClassRule(duress="visitor"))
        gate.show(gate.issuer.code(pass_class=pass_class))
        counts.append([record.kind for record in gate.journal.records])
    assert counts[0] == counts[1]


def test_lists_that_change_say_which_keys_are_left() -> None:
    """The record of it is the proof of which days' keys were erased."""
    gate = bench()
    record = gate.controller._accounts.relearn(gate.controller._knowledge, gate.clock.now())
    assert (record.body["keys_version"], record.body["keys_from"]) == (3, "2026-01-05T00:00:00Z")


@pytest.mark.parametrize(
    ("office", "word"),
    [
        pytest.param(None, "health_office", id="no-office"),
        pytest.param("AAAA", "public key", id="no-key"),
    ],
)
def test_a_policy_that_nobody_could_read_for_is_refused(office: str | None, word: str) -> None:
    """What is sealed to nobody would be lost, so the policy that asks for it is a mistake."""
    with pytest.raises(ValueError, match=word):
        Policy(profile="x", classes={"visitor": ClassRule(contact="sealed")}, health_office=office)
