"""`HC1:` certificates of our own making: what each proves, whose it is, when it counts, and why it is refused."""

from __future__ import annotations

import math
import zlib
from datetime import date
from typing import TYPE_CHECKING

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.events import Instant, Reason
from firmware.passes.health import Dose, HealthFacts, Holder, Test, TestKind
from firmware.passes.outcome import Pass, Unreadable, Untrusted, validity
from firmware.passes.reading import read
from firmware.signed import base45
from firmware.signed.times import LATEST
from firmware.trust.keys import TrustSet
from tests.certificates import DAY_S, RECOVERY, TEST, VACCINATION, Signer, claims, dcc, packed
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNER = Signer()
BORN = date(1990, 2, 3)
SARI = Holder("Sari Contoh", BORN)
DOSED = dcc(v=[VACCINATION])
GOOD = claims(DOSED)


def shown(value: object, **trusted: object) -> Pass:
    """Read a code over a claims set that must pass."""
    found = read(SIGNER.code(value), SIGNER.trust(**trusted))
    assert isinstance(found, Pass), found
    return found


@pytest.mark.parametrize(
    ("certificate", "facts"),
    [
        (dcc(v=[VACCINATION]), HealthFacts(doses=(Dose(date(2025, 11, 1), 2, 2),), born=BORN)),
        (dcc(v=[VACCINATION], t=None, r=None), HealthFacts(doses=(Dose(date(2025, 11, 1), 2, 2),), born=BORN)),
        (
            dcc(v=[VACCINATION | {"dt": "2025-11-01T09:30:00+07:00"}]),
            HealthFacts((Dose(date(2025, 11, 1), 2, 2),), born=BORN),
        ),
        (dcc(v=[VACCINATION | {"tg": "other"}]), HealthFacts(born=BORN)),
        (dcc(v=[VACCINATION | {"dn": 0}]), HealthFacts(born=BORN)),
        (dcc(v=[VACCINATION | {"dn": True}]), HealthFacts(born=BORN)),
        (dcc(t=[TEST]), HealthFacts(tests=(Test(date(2026, 1, 4), TestKind.PCR, positive=False),), born=BORN)),
        (
            dcc(t=[TEST | {"tt": "LP217198-3", "tr": "260373001"}]),
            HealthFacts(tests=(Test(date(2026, 1, 4), TestKind.ANTIGEN, positive=True),), born=BORN),
        ),
        (dcc(t=[TEST | {"tr": ""}]), HealthFacts(born=BORN)),
        (dcc(t=[TEST | {"tt": "a test"}]), HealthFacts(born=BORN)),
        (dcc(r=[RECOVERY]), HealthFacts(recoveries=(date(2025, 12, 1),), born=BORN)),
        (dcc(r=[RECOVERY | {"fr": "2025-13-01"}]), HealthFacts(born=BORN)),
    ],
)
def test_a_european_certificate_yields_its_facts(certificate: dict[str, object], facts: HealthFacts) -> None:
    """Doses, tests and recoveries have their days; what is of another disease or unclear is no fact."""
    found = shown(claims(certificate))
    assert (found.format, found.pass_class, found.areas, found.health) == ("hc1", "visitor", None, facts)
    assert found.holder == SARI
    assert found.certificate == {name: value for name, value in certificate.items() if value is not None}


@pytest.mark.parametrize(
    ("person", "holder"),
    [
        ({"dob": "1990-02"}, Holder("Sari Contoh")),
        ({"dob": ""}, Holder("Sari Contoh")),
        ({"nam": {"fnt": "CONTOH"}}, Holder("CONTOH", BORN)),
        ({"nam": {"fn": "", "fnt": "CONTOH", "gn": "Sari"}}, Holder("Sari CONTOH", BORN)),
    ],
)
def test_a_holder_may_be_known_in_part(person: dict[str, object], holder: Holder) -> None:
    """A partial birth date is none, and one name is enough."""
    assert shown(claims(DOSED | person)).holder == holder


def test_nothing_of_a_person_is_printed() -> None:
    """Neither the pass nor its parts show a name, a birth date or a fact."""
    found = shown(GOOD)
    for part in (found, found.holder, found.health):
        assert not any(word in repr(part) for word in ("Sari", "Contoh", "1990", "2025"))


DATA_SET = {
    "name": "Sari Contoh",
    "birthDate": "1990-02-03",
    "identifier": "P1234567",
    "certificate": {"hcid": {"value": "HCID-1"}},
    "vaccination": {"date": "2025-11-01", "dose": 1, "totalDoses": 2, "disease": {"code": "RA01"}},
}
TEST_SET = {name: value for name, value in DATA_SET.items() if name != "vaccination"} | {
    "test": {
        "pathogen": {"code": "XN109"},
        "type": {"code": "LP6464-4"},
        "date": "2026-01-04T08:00:00+07:00",
        "result": {"code": "QA02"},
    }
}
FLAT = {
    "name": "Sari Contoh",
    "birthDate": "1990-02-03",
    "identifier": "P1234567",
    "hcid": "HCID-1",
    "vaccine": {"code": "XM68M6"},
    "date": "2025-11-01",
    "dose": 1,
    "total_doses": 2,
    "valid_from": "2025-11-01",
    "valid_until": "2026-11-01",
}
FIRST = HealthFacts(doses=(Dose(date(2025, 11, 1), 1, 2),), born=BORN)
NEGATIVE = HealthFacts(tests=(Test(date(2026, 1, 4), TestKind.PCR, positive=False),), born=BORN)


@pytest.mark.parametrize(
    ("value", "facts"),
    [
        (claims(DATA_SET, 3), FIRST),
        (claims([DATA_SET], 2), FIRST),
        (claims(TEST_SET, 4), NEGATIVE),
        (claims(FLAT, 3), FIRST),
        (FLAT, FIRST),
    ],
    ids=["vaccination", "a list of one", "test", "flat", "prototype"],
)
def test_the_certificates_of_who_yield_theirs(value: object, facts: HealthFacts) -> None:
    """Nested, as a list, flat within the sub-claim, or flat as the whole payload."""
    found = shown(value)
    assert (found.health, found.holder) == (facts, Holder("Sari Contoh", BORN, "P1234567"))
    assert found.certificate is None


def test_a_prototype_is_good_on_the_days_it_names() -> None:
    """From the first second of the first day to the last of the last one, in UTC."""
    found = shown(FLAT)
    assert (found.issued, found.expires) == (1_761_955_200, 1_793_577_600)
    for missing in ("valid_until", "name", "dose"):
        code = SIGNER.code({name: value for name, value in FLAT.items() if name != missing})
        reading = read(code, SIGNER.trust())
        assert isinstance(reading, Pass if missing == "dose" else Untrusted)


BAD_CLAIMS: dict[str, object] = {
    "no end": claims(DOSED, exp=...),
    "an end that is no number": claims(DOSED, exp=math.nan),
    "an endless end": claims(DOSED, exp=math.inf),
    "an end before all time": claims(DOSED, exp=-1.0),
    "an end beyond the years": claims(DOSED, exp=float(LATEST + 1)),
    "an end in text": claims(DOSED, exp=str(NOON)),
    "a true end": claims(DOSED, exp=True),
    "no beginning": claims(DOSED, iat=...),
    "a beginning that is no number": claims(DOSED, iat=math.nan),
    "a first second that is none": claims(DOSED, nbf=None),
    "an issuer that is a number": claims(DOSED, iss=7),
    "no certificate": claims(DOSED, hcert=...),
    "an empty certificate": claims(DOSED, hcert={}),
    "two certificates": claims(DOSED, hcert={1: DOSED, 3: DATA_SET}),
    "an unknown certificate": claims(DOSED, 99),
    "a link in place of one": claims(["shlink:/x"], 5),
    "another version": claims(DOSED | {"ver": "2.0.0"}),
    "no version": claims({**DOSED, "ver": None}),
    "no name": claims(DOSED | {"nam": {}}),
    "nothing proven": claims(dcc()),
    "two kinds": claims(dcc(v=[VACCINATION], t=[TEST])),
    "an entry that is no map": claims(dcc(v=["x"])),
    "entries that are no list": claims(dcc(v=VACCINATION)),
    "too many entries": claims(dcc(v=[VACCINATION] * 17)),
    "a set with two events": claims(DATA_SET | {"test": TEST_SET["test"]}, 3),
    "a set without one": claims({"name": "Sari"}, 3),
    "sets of two people": claims([DATA_SET, DATA_SET | {"name": "Budi"}], 3),
    "no sets": claims([], 3),
    "a list": [1, 2],
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_claims_that_are_wrong_are_refused_though_the_signature_holds(name: str) -> None:
    """A trusted key that signs one of them gets nobody in."""
    assert read(SIGNER.code(BAD_CLAIMS[name]), SIGNER.trust()) == Untrusted(Reason.BAD_CLAIMS, "hc1")


BAD_CODES: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "a foreign letter": (lambda: b"HC1:abc", Reason.BAD_ENCODING),
    "half a group": (lambda: b"HC1:A", Reason.BAD_ENCODING),
    "an overflow": (lambda: b"HC1:::::::", Reason.BAD_ENCODING),
    "nothing": (lambda: b"HC1:", Reason.BAD_COMPRESSION),
    "not compressed": (lambda: b"HC1:" + base45.encode(SIGNER.message(b"")).encode(), Reason.BAD_COMPRESSION),
    "a byte behind it": (
        lambda: b"HC1:" + base45.encode(zlib.compress(b"x") + b"\0").encode(),
        Reason.BAD_COMPRESSION,
    ),
    "a bomb": (lambda: packed(bytes(3_000_000)), Reason.BAD_COMPRESSION),
    "no CBOR": (lambda: packed(b"\xff\xff"), Reason.BAD_CBOR),
    "no COSE": (lambda: packed(cbor2.dumps([1, 2])), Reason.BAD_COSE),
    "the algorithm unprotected": (
        lambda: packed(SIGNER.message(cbor2.dumps(GOOD), cbor2.dumps({4: SIGNER.key_id}), {1: -7})),
        Reason.BAD_HEADER,
    ),
    "the key id unprotected": (
        lambda: packed(SIGNER.message(cbor2.dumps(GOOD), cbor2.dumps({1: -7}), {4: SIGNER.key_id})),
        Reason.BAD_HEADER,
    ),
    "an unknown critical header": (
        lambda: packed(SIGNER.message(cbor2.dumps(GOOD), cbor2.dumps({1: -7, 2: [42], 4: SIGNER.key_id, 42: 1}))),
        Reason.BAD_HEADER,
    ),
}


@pytest.mark.parametrize("name", BAD_CODES)
def test_a_code_that_cannot_be_taken_apart_says_where(name: str) -> None:
    """Each step of the way down has its own reason."""
    code, reason = BAD_CODES[name]
    assert read(code(), SIGNER.trust()) == Unreadable(reason)


def test_claims_are_one_unambiguous_item() -> None:
    """A claim twice, bytes behind, an indefinite map and a tag other than a date's are refused, though signed."""
    plain = cbor2.dumps(GOOD)
    tagged = cbor2.dumps(claims(dcc(t=[TEST | {"sc": cbor2.CBORTag(2, b"\x01")}])))
    twice = bytes([plain[0] + 1]) + plain[1:] + cbor2.dumps(4) + cbor2.dumps(NOON + 999 * DAY_S)
    for payload in (plain + b"\0", b"\xbf" + plain[1:] + b"\xff", tagged, twice):
        assert read(packed(SIGNER.message(payload)), SIGNER.trust()) == Untrusted(Reason.BAD_CLAIMS, "hc1")
    dated = claims(dcc(t=[TEST | {"sc": cbor2.CBORTag(0, "2026-01-04T01:00:00Z")}]))
    assert shown(dated).health == NEGATIVE


TRUST: dict[str, tuple[Callable[[], TrustSet], Reason]] = {
    "nobody": (TrustSet, Reason.NO_TRUST),
    "others": (lambda: SIGNER.trust(key_id=b"another"), Reason.UNKNOWN_KEY),
    "the key for another format": (lambda: SIGNER.trust(formats=frozenset({"shc"})), Reason.UNKNOWN_KEY),
    "a test key": (lambda: TrustSet(refused_ids=frozenset({SIGNER.key_id})), Reason.TEST_KEY),
    "another key of that id": (lambda: Signer().trust(), Reason.BAD_SIGNATURE),
    "another algorithm": (lambda: Signer.of("PS256").trust(), Reason.BAD_SIGNATURE),
    "no class it may issue": (lambda: SIGNER.trust(classes=frozenset({"staff", "escort"})), Reason.WRONG_USAGE),
    "tests alone": (lambda: SIGNER.trust(usages=frozenset({"test"})), Reason.WRONG_USAGE),
    "another state": (lambda: SIGNER.trust(country="YY"), Reason.WRONG_USAGE),
    "too late": (lambda: SIGNER.trust(not_before=NOON - 29 * DAY_S), Reason.ISSUER_EXPIRED),
    "too early": (lambda: SIGNER.trust(not_after=NOON - 30 * DAY_S), Reason.ISSUER_EXPIRED),
}


@pytest.mark.parametrize("name", TRUST)
def test_a_key_says_no_more_than_the_list_lets_it(name: str) -> None:
    """Format, class, usage, state and time of the key are held against what it signed."""
    trust, reason = TRUST[name]
    assert read(SIGNER.code(GOOD), trust()) == Untrusted(reason, "hc1")


def test_a_key_may_say_what_the_list_lets_it() -> None:
    """All keys of an id are tried; a key of one class gives that class, of several the visitor's."""
    both = TrustSet(keys=(Signer().trusted(), SIGNER.trusted()), expires=LATEST)
    assert isinstance(read(SIGNER.code(GOOD), both), Pass)
    assert shown(GOOD, classes=frozenset({"staff"})).pass_class == "staff"
    assert shown(GOOD, classes=frozenset({"staff", "visitor"})).pass_class == "visitor"
    assert shown(GOOD, country="XX", usages=frozenset({"vaccination"})).pass_class == "visitor"
    assert shown(claims(DOSED, iss="Ministry of Health"), country="XX").pass_class == "visitor"


def test_a_pass_is_named_by_issuer_and_certificate() -> None:
    """The same certificate signed again is the same pass; another one, or without an id of its own, is another."""
    again = shown(claims(DOSED, exp=NOON + DAY_S))
    other = shown(claims(dcc(v=[VACCINATION | {"ci": "URN:UVCI:01:XX:OTHER"}])))
    nameless = [shown(claims(dcc(v=[{**VACCINATION, "ci": None}]))) for _ in range(2)]
    assert shown(GOOD).reference == again.reference
    assert len({again.reference, other.reference, *(one.reference for one in nameless)}) == 4


@pytest.mark.parametrize(
    ("change", "at", "reason"),
    [
        ({"exp": NOON}, NOON, None),
        ({"exp": NOON}, NOON + 1, Reason.EXPIRED),
        ({"exp": NOON + 0.5}, NOON + 1, Reason.EXPIRED),
        ({"iat": NOON + 300}, NOON, None),
        ({"iat": NOON + 301}, NOON, Reason.NOT_YET_VALID),
        ({"iat": NOON + 299.5}, NOON, None),
        ({"nbf": NOON + 1}, NOON, Reason.NOT_YET_VALID),
        ({"nbf": NOON}, NOON, None),
        ({"nbf": NOON - 9.5}, NOON, None),
    ],
)
def test_a_certificate_is_good_up_to_its_last_second(change: dict[str, object], at: int, reason: Reason | None) -> None:
    """It is refused after its end, before its first second, and more than five minutes before it was issued."""
    assert validity(shown(claims(DOSED, 1, **change)), Instant(0, at, at, "test")) is reason


@given(st.binary(max_size=60), st.integers(0, 10_000), st.integers(1, 255))
def test_no_code_raises_and_no_changed_one_passes(data: bytes, at: int, flip: int) -> None:
    """Garbage at any depth comes to a refusal."""
    message = SIGNER.message(cbor2.dumps(GOOD))
    at %= len(message)
    changed = message[:at] + bytes([message[at] ^ flip]) + message[at + 1 :]
    for code in (b"HC1:" + data, b"HC1:" + base45.encode(data).encode(), packed(data), packed(changed)):
        assert not isinstance(read(code, SIGNER.trust()), Pass)
