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
from firmware.trust import revocation_ids
from firmware.trust.keys import TrustSet
from tests.certificates import DATA_SET, DAY_S, RECOVERY, TEST, TEST_SET, VACCINATION, Signer, claims, dcc, packed
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
        (dcc(v=[VACCINATION | {"dn": 3, "sd": 3}]), HealthFacts((Dose(date(2025, 11, 1), 3, 2),), born=BORN)),
        (
            dcc(v=[VACCINATION | {"dn": 3, "sd": 3, "mp": "Abdala"}]),
            HealthFacts((Dose(date(2025, 11, 1), 3, 3),), born=BORN),
        ),
        (dcc(v=[VACCINATION | {"dn": 2, "sd": 1}]), HealthFacts((Dose(date(2025, 11, 1), 2, 1),), born=BORN)),
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
        (dcc(t=[TEST | {"tr": ["260415000"]}]), HealthFacts(born=BORN)),
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


NEGATIVE = HealthFacts(tests=(Test(date(2026, 1, 4), TestKind.PCR, positive=False),), born=BORN)

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
    "a version that is a number": claims(DOSED | {"ver": 1.3}),
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


def test_a_certificate_can_be_revoked_by_each_of_its_names() -> None:
    """By its reference, its id with and without its state, and its signature's first half, which nobody can change."""
    two = dcc(v=[VACCINATION, VACCINATION | {"ci": "URN:UVCI:01:XX:OTHER"}])
    names = shown(claims(two)).revocation_ids
    ids = ("URN:UVCI:01:XX:SPECIMEN1#A", "URN:UVCI:01:XX:OTHER")
    assert {kind for kind, _ in names} == {"cti", "uci", "country_uci", "signature"}
    assert {revocation_ids.uci(one) for one in ids} <= set(names)
    assert {revocation_ids.country_uci("XX", one) for one in ids} <= set(names)
    assert len(names) == 6


def test_the_other_half_of_a_signature_makes_no_other_pass() -> None:
    """Whoever negates s of a certificate without an id gets a signature that holds, and the same reference."""
    parts = cbor2.loads(SIGNER.message(cbor2.dumps(claims(dcc(v=[{**VACCINATION, "ci": None}]))))[1:])
    r, s = parts[3][:32], int.from_bytes(parts[3][32:], "big")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    found = [
        read(packed(b"\xd2" + cbor2.dumps([*parts[:3], r + one.to_bytes(32, "big")])), SIGNER.trust())
        for one in (s, order - s)
    ]
    assert all(isinstance(one, Pass) for one in found)
    assert found[0] == found[1]


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
