"""SMART Health Cards: what a card of ours says comes out, and whatever is wrong with one has its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from firmware.events import Reason
from firmware.passes import shc, shc_codes
from firmware.passes.health import Dose, Test, TestKind
from firmware.passes.outcome import Pass, Reading
from firmware.passes.reading import format_of, read
from firmware.signed import strict_json
from firmware.signed.times import LATEST
from firmware.trust import revocation_ids
from firmware.trust.keys import TrustSet
from tests.cards import (
    DAY_S,
    ISSUER_URL,
    PATIENT,
    VACCINATED,
    CardIssuer,
    Json,
    bundle,
    immunization,
    observation,
    payload,
)
from tests.issuing import NOON

ISSUER, STRANGER = CardIssuer(), CardIssuer()
TRUST = ISSUER.trust()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256 (FIPS 186-4, section D.1.2.3)."""


def reason(reading: Reading) -> Reason | None:
    """Return why a card is refused; None for one that is not."""
    return None if isinstance(reading, Pass) else reading.reason


def read_pass(code: bytes) -> Pass:
    """Read a card that is in order."""
    found = read(code, TRUST)
    assert isinstance(found, Pass)
    return found


def test_a_card_says_who_what_and_until_when() -> None:
    """Doses are numbered by their days; who to match, times, class and a stable reference come out."""
    found = read_pass(ISSUER.code(payload(exp=NOON + DAY_S + 0.5)))
    assert found.health is not None
    assert found.health.doses == (Dose(date(2025, 6, 1), 1, 2), Dose(date(2025, 7, 1), 2, 2))
    assert (found.health.born, found.holder and found.holder.name) == (date(1990, 5, 17), "Siti Contoh")
    assert (found.not_before, found.expires, found.pass_class, found.areas) == (
        NOON - DAY_S,
        NOON + DAY_S + 1,
        "visitor",
        None,
    )
    assert len(found.reference) == 32
    assert format_of(ISSUER.code()) == found.format == "shc"
    assert "Contoh" not in repr(found)
    assert read_pass(ISSUER.code()).expires == LATEST


FACTS: dict[str, tuple[Json, tuple[Dose, ...], tuple[Test, ...]]] = {
    "one dose of a single-dose vaccine": (
        bundle(PATIENT, immunization("2025-06-01", "212")),
        (Dose(date(2025, 6, 1), 1, 1),),
        (),
    ),
    "the same dose twice": (
        bundle(PATIENT, immunization("2025-06-01"), immunization("2025-06-01T09:00:00Z")),
        (Dose(date(2025, 6, 1), 1, 2),),
        (),
    ),
    "doses out of order": (
        bundle(PATIENT, immunization("2025-07-01"), immunization("2025-06-01")),
        (Dose(date(2025, 6, 1), 1, 2), Dose(date(2025, 7, 1), 2, 2)),
        (),
    ),
    "a dose that was not given": (bundle(PATIENT, immunization("2025-06-01", status="not-done")), (), ()),
    "a vaccine against something else": (bundle(PATIENT, immunization("2025-06-01", "140")), (), ()),
    "a dose of some month": (bundle(PATIENT, immunization("2025-06")), (), ()),
    "a day that does not exist": (bundle(PATIENT, immunization("2025-02-30")), (), ()),
    "a PCR that found nothing": (
        bundle(PATIENT, observation("2026-01-04")),
        (),
        (Test(date(2026, 1, 4), TestKind.PCR, positive=False),),
    ),
    "an antigen test that did": (
        bundle(PATIENT, observation("2026-01-04T08:00:00+07:00", "94558-4", "260373001")),
        (),
        (Test(date(2026, 1, 4), TestKind.ANTIGEN, positive=True),),
    ),
    "a test that is not final": (bundle(PATIENT, observation("2026-01-04", status="preliminary")), (), ()),
    "a test whose state is a list": (bundle(PATIENT, observation("2026-01-04") | {"status": ["final"]}), (), ()),
    "a test that says neither": (bundle(PATIENT, observation("2026-01-04", result="419984006")), (), ()),
    "a test for antibodies": (bundle(PATIENT, observation("2026-01-04", "94563-4")), (), ()),
    "nobody's card": (bundle(immunization("2025-06-01")), (), ()),
    "a card of somebody without a name": (bundle({"resourceType": "Patient"}, immunization("2025-06-01")), (), ()),
}


@pytest.mark.parametrize("name", FACTS)
def test_only_what_is_understood_counts(name: str) -> None:
    """Doses and tests come out as they are; what proves nothing is passed over."""
    fhir, doses, tests = FACTS[name]
    found = read_pass(ISSUER.code(payload(fhir)))
    assert found.health is not None
    assert (found.health.doses, found.health.tests) == (doses, tests)


def _vc(**changes: object) -> Json:
    return {"type": [shc.CARD_TYPE], "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": VACCINATED}} | changes


KEYS: dict[str, tuple[dict[str, object], Reason | None]] = {
    "as it is": ({}, None),
    "for another format": ({"formats": frozenset({"hc1"})}, Reason.UNKNOWN_KEY),
    "for tests only": ({"usages": frozenset({"test"})}, Reason.WRONG_USAGE),
    "for vaccinations": ({"usages": frozenset({"vaccination"})}, None),
    "of two classes and none for guests": ({"classes": frozenset({"staff", "escort"})}, Reason.WRONG_USAGE),
    "of two classes and one for guests": ({"classes": frozenset({"staff", "visitor"})}, None),
    "of one other class": ({"classes": frozenset({"staff"})}, None),
    "that began later": ({"not_before": NOON}, Reason.ISSUER_EXPIRED),
    "that ended before": ({"not_after": NOON - DAY_S}, Reason.ISSUER_EXPIRED),
    "under another id": ({"key_id": b"other"}, Reason.UNKNOWN_KEY),
    "of an issuer without an address": ({"issuer": "clinic"}, None),
    "of another address": ({"issuer": ISSUER_URL + "/2"}, Reason.UNKNOWN_KEY),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_counts_for_what_the_list_says(name: str) -> None:
    """Format, usage, class, issuer and time of a key bound what it may sign."""
    changes, expected = KEYS[name]
    assert reason(read(ISSUER.code(), TrustSet(keys=(ISSUER.trusted(**changes),), expires=NOON))) is expected


def test_a_gate_without_a_list_and_a_published_key_say_so() -> None:
    """No list is the gate's fault, and a key that anybody has is nobody's."""
    assert reason(read(ISSUER.code(), TrustSet())) is Reason.NO_TRUST
    published = replace(TRUST, keys=(STRANGER.trusted(),), refused_ids=frozenset({ISSUER.key_id}))
    assert reason(read(ISSUER.code(), published)) is Reason.TEST_KEY


@pytest.mark.parametrize(
    ("issued", "before", "taken_back"), [(7.5, 8, True), (7.5, 7, False), (8, 8, False), (8, 9, True)]
)
def test_a_card_stands_on_its_issuers_list_by_its_name(issued: float, before: int, *, taken_back: bool) -> None:
    """An entry with a time takes back what was issued before it, to the fraction of a second; its reference is ours."""
    found = read_pass(ISSUER.code(payload(nbf=issued)))
    assert (found.issued < before, found.not_before >= issued) == (taken_back, True)
    assert found.revocation_ids == (
        ("cti", bytes.fromhex(found.reference)),
        revocation_ids.shc_rid(strict_json.to_base64url(ISSUER.key_id), "abc-123"),
    )
    assert [kind for kind, _ in read_pass(ISSUER.code(payload(vc=_vc()))).revocation_ids] == ["cti"]


def test_a_second_signature_makes_no_second_card() -> None:
    """Anybody can negate the s of an ECDSA signature; the card is the same one, and its entries stay used."""
    front, _, signature = ISSUER.token().rpartition(".")
    raw = strict_json.from_base64url(signature) or b""
    negated = (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    other = read_pass(shc_codes.codes_of(f"{front}.{strict_json.to_base64url(raw[:32] + negated)}")[0])
    assert other.reference == read_pass(shc_codes.codes_of(f"{front}.{signature}")[0]).reference
