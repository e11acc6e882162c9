"""SMART Health Cards: what a card of ours says comes out, and whatever is wrong with one has its name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from firmware.events import Reason
from firmware.passes import shc, shc_codes
from firmware.passes.health import Dose, Test, TestKind
from firmware.passes.outcome import Pass, Reading
from firmware.passes.reading import format_of, read, read_first
from firmware.signed import strict_json
from firmware.trust.keys import TrustSet
from tests.cards import (
    DAY_S,
    ISSUER_URL,
    PATIENT,
    VACCINATED,
    CardIssuer,
    Json,
    bundle,
    deflated,
    immunization,
    observation,
    payload,
)
from tests.issuing import NOON

ISSUER, STRANGER = CardIssuer(), CardIssuer()
TRUST = ISSUER.trust()


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
    assert read_pass(ISSUER.code()).expires == shc.LATEST


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
    "a test that says neither": (bundle(PATIENT, observation("2026-01-04", result="419984006")), (), ()),
    "a test for antibodies": (bundle(PATIENT, observation("2026-01-04", "94563-4")), (), ()),
    "nobody's card": (bundle(immunization("2025-06-01")), (Dose(date(2025, 6, 1), 1, 2),), ()),
}


@pytest.mark.parametrize("name", FACTS)
def test_only_what_is_understood_counts(name: str) -> None:
    """Doses and tests come out as they are; what proves nothing is passed over."""
    fhir, doses, tests = FACTS[name]
    found = read_pass(ISSUER.code(payload(fhir)))
    assert found.health is not None
    assert (found.health.doses, found.health.tests) == (doses, tests)


def _header(**changes: object) -> Json:
    said: Json = {"zip": "DEF", "alg": "ES256", "kid": strict_json.to_base64url(ISSUER.key_id)}
    return {name: value for name, value in (said | changes).items() if value is not None}


def _packed(said: Json | None = None) -> bytes:
    return deflated(json.dumps(payload() if said is None else said).encode())


def _vc(**changes: object) -> Json:
    return {"type": [shc.CARD_TYPE], "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": VACCINATED}} | changes


HEADERS: dict[str, Json] = {
    "another algorithm": _header(alg="ES384"),
    "no signature": _header(alg="none"),
    "the key as a secret": _header(alg="HS256"),
    "no algorithm": _header(alg=None),
    "no key": _header(kid=None),
    "a key id that is none": _header(kid="not base64url!"),
    "not deflated": _header(zip=None),
    "packed otherwise": _header(zip="GZ"),
    "an extension that must be understood": _header(crit=["b64"], b64=False),
}
CLAIMS: dict[str, Json] = {
    "no issuer": payload(iss=None),
    "an issuer that is no address": payload(iss="cards.example"),
    "an address without protection": payload(iss="http://cards.example/issuer"),
    "an address with a slash": payload(iss=ISSUER_URL + "/"),
    "no beginning": payload(nbf=None),
    "a beginning in words": payload(nbf="2026-01-01"),
    "a beginning that is true": payload(nbf=True),
    "a beginning before 1970": payload(nbf=-1),
    "a beginning in milliseconds": payload(nbf=NOON * 1000),
    "an end in milliseconds": payload(exp=NOON * 1000),
    "an end before the beginning": payload(exp=NOON - 2 * DAY_S),
    "an end in words": payload(exp="never"),
    "no credential": payload(vc=None),
    "a credential of another type": payload(vc=_vc(type=["https://smarthealth.cards#immunization"])),
    "types that are no list": payload(vc=_vc(type=shc.CARD_TYPE)),
    "no subject": payload(vc={"type": [shc.CARD_TYPE]}),
    "a revocation id too long": payload(vc=_vc(rid="a" * 25)),
    "a revocation id of other letters": payload(vc=_vc(rid="a.b")),
    "an empty revocation id": payload(vc=_vc(rid="")),
    "a revocation id that is no text": payload(vc=_vc(rid=7)),
    "no bundle": payload([]),
    "something else than a bundle": payload(PATIENT),
    "two people": payload(bundle(PATIENT, PATIENT)),
    "an entry that is none": payload({"resourceType": "Bundle", "entry": ["x"]}),
    "an entry without a resource": payload({"resourceType": "Bundle", "entry": [{}]}),
    "far too many entries": payload(bundle(*[PATIENT] * 129)),
}
TOKENS: dict[str, tuple[str, Reason]] = {
    **{name: (ISSUER.sign(_packed(), header), Reason.BAD_HEADER) for name, header in HEADERS.items()},
    **{name: (ISSUER.token(said), Reason.BAD_CLAIMS) for name, said in CLAIMS.items()},
    "a mark before the text": (
        ISSUER.sign(deflated(b"\xef\xbb\xbf" + json.dumps(payload()).encode())),
        Reason.BAD_CLAIMS,
    ),
    "a key twice": (ISSUER.sign(deflated(b'{"nbf":1,' + json.dumps(payload()).encode()[1:])), Reason.BAD_CLAIMS),
    "with a header of zlib": (ISSUER.sign(b"\x78\x9c" + _packed()), Reason.BAD_COMPRESSION),
    "something after the stream": (ISSUER.sign(_packed() + b"\x00"), Reason.BAD_COMPRESSION),
    "half a stream": (ISSUER.sign(_packed()[:-8]), Reason.BAD_COMPRESSION),
    "a stream that unfolds to far too much": (ISSUER.sign(deflated(b" " * 65_537)), Reason.BAD_COMPRESSION),
    "a stranger's": (STRANGER.token(), Reason.UNKNOWN_KEY),
    "a stranger's in the issuer's name": (STRANGER.sign(_packed(), _header()), Reason.BAD_SIGNATURE),
    "another issuer's by this key": (ISSUER.token(payload(iss="https://other.example")), Reason.UNKNOWN_KEY),
    "two parts": (ISSUER.token().rpartition(".")[0], Reason.BAD_ENCODING),
    "four parts": (ISSUER.token() + ".AAAA", Reason.BAD_ENCODING),
    "no parts": ("..", Reason.BAD_HEADER),
    "a signature with a letter more": (ISSUER.token() + "B", Reason.BAD_ENCODING),
    "a signature with four letters more": (ISSUER.token() + "AAAA", Reason.BAD_SIGNATURE),
}


@pytest.mark.parametrize("name", TOKENS)
def test_whatever_is_wrong_has_a_name(name: str) -> None:
    """Each fault of a token is refused for what it is, as one code or, if that is too short, as several."""
    token, expected = TOKENS[name]
    count = 1 if len(token) <= shc_codes.MAX_LETTERS else 4
    _, found = read_first(shc_codes.codes_of(token, count), TRUST)
    assert reason(found) is expected


def test_a_der_signature_is_refused() -> None:
    """Only r and s in a row are a signature here."""
    front, _, signature = ISSUER.token().rpartition(".")
    raw = strict_json.from_base64url(signature) or b""
    der = b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
    assert (
        reason(read(shc_codes.codes_of(f"{front}.{strict_json.to_base64url(der)}")[0], TRUST)) is Reason.BAD_SIGNATURE
    )


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
