"""Certificates of the DIVOC family: what comes out of one, and that nothing a holder can rearrange changes it."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from firmware.events import Instant, Reason
from firmware.passes.health import Dose
from firmware.passes.outcome import Pass, validity
from firmware.passes.reading import format_of, read
from firmware.trust.keys import TrustSet
from tests.divoc import CERTIFICATE, INDONESIA, METHOD, VACCINATION, CertificateIssuer, Json, changed
from tests.issuing import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

ISSUER = CertificateIssuer()
TRUST = ISSUER.trust()


def read_pass(document: Json = CERTIFICATE, issuer: CertificateIssuer = ISSUER, trust: TrustSet = TRUST) -> Pass:
    """Read a certificate that is in order."""
    found = read(issuer.code(document), trust)
    assert isinstance(found, Pass), found
    return found


def reason(document: Json, trust: TrustSet = TRUST) -> Reason | None:
    """Return why a certificate that a trusted key signed is refused; None for one that is not."""
    found = read(ISSUER.code(document), trust)
    return None if isinstance(found, Pass) else found.reason


def test_a_certificate_says_who_and_what() -> None:
    """The dose, who to match, class, times and a stable reference come out, and nothing of it is printed."""
    found = read_pass()
    assert found.health is not None
    assert found.health.doses == (Dose(date(2025, 7, 1), 1, 2),)
    assert found.holder is not None
    assert (found.holder.name, found.holder.born, found.holder.document) == (
        "Siti Contoh",
        date(1990, 5, 17),
        "X0000000",
    )
    assert (found.format, found.pass_class, found.areas) == ("divoc", "visitor", None)
    assert (found.format, found.issuer_name) == (format_of(ISSUER.code()), INDONESIA)
    assert "Contoh" not in repr(found)
    assert found.issued == 1_751_337_618


def test_a_key_of_rsa_signs_too() -> None:
    """`RsaSignature2018` is PS256 by a key that is pinned to it."""
    issuer = CertificateIssuer(rsa.generate_private_key(65537, 2048))
    assert read_pass(issuer=issuer, trust=issuer.trust()).health == read_pass().health


def test_it_has_an_end_only_where_it_says_so() -> None:
    """Without an expiry the policy alone limits it; with one it counts up to that second."""
    assert validity(read_pass(), Instant(0, NOON, NOON, "test")) is None
    ending = read_pass(CERTIFICATE | {"expirationDate": "2026-01-05T10:00:00+07:00"})
    assert (ending.expires, validity(ending, Instant(0, NOON, NOON, "test"))) == (NOON, Reason.EXPIRED)


def rearranged() -> Iterator[Json]:
    """Yield certificates that stand for the very graph of the first, so that its signature holds for each."""
    for terms in (
        ("dose", "totalDoses"),
        ("date", "effectiveStart", "effectiveUntil"),
        ("batch", "vaccine", "icd11Code"),
    ):
        for order in permutations(terms):
            whole = deepcopy(CERTIFICATE)
            whole["evidence"] = [
                VACCINATION | {term: VACCINATION[other] for term, other in zip(terms, order, strict=True)}
            ]
            yield whole
    yield CERTIFICATE | {"evidence": VACCINATION}
    yield changed("credentialSubject", "uhid", to="17")
    yield changed("@context", 1, to="https://cowin.gov.in/credentials/vaccination/v2")


@pytest.mark.parametrize("document", [*rearranged()])
def test_what_a_holder_can_rearrange_changes_nothing(document: Json) -> None:
    """The same signature over other terms for the same graph gives the same pass: same dose, day and reference."""
    first = ISSUER.sign()
    assert ISSUER.sign(document)["proof"] == first["proof"]
    assert read_pass(document) == read_pass()
    assert read_pass(document).health == read_pass().health


def test_a_complete_course_is_one_number() -> None:
    """Dose and course that are equal are one value of the graph; a third dose of two cannot be told from 2 of 3."""
    for said, known in (((2, 2), (2, 2)), (("2", 2), (2, 2)), ((3, 2), (2, 3))):
        document = changed("evidence", 0, to=VACCINATION | {"dose": said[0], "totalDoses": said[1]})
        health = read_pass(document).health
        assert health is not None
        assert [(one.number, one.course) for one in health.doses] == [known]


LONE: dict[str, tuple[Json, tuple[int, int]]] = {
    "a first dose of a course that is not told": ({"dose": 1, "totalDoses": None}, (1, 2)),
    "a course of one that no such vaccine has": ({"dose": 1, "totalDoses": 1}, (1, 2)),
    "a course alone": ({"dose": None, "totalDoses": 2}, (2, 2)),
    "a second dose of three": ({"dose": 2, "totalDoses": None, "vaccine": "ZyCoV-D", "icd11Code": "XM52P3"}, (2, 3)),
    "a single dose by its code": ({"dose": 1, "totalDoses": 1, "icd11Code": "XM6QV1"}, (1, 1)),
    "a single dose by its name": ({"dose": 1, "totalDoses": 1, "vaccine": "COVID-19 Vaccine Janssen"}, (1, 1)),
}


@pytest.mark.parametrize("name", LONE)
def test_one_number_alone_makes_no_course_complete_that_is_longer(name: str) -> None:
    """A certificate without its course has the very graph of one whose dose is its course; the vaccine decides."""
    said, known = LONE[name]
    health = read_pass(changed("evidence", 0, to=VACCINATION | said)).health
    assert health is not None
    assert [(one.number, one.course) for one in health.doses] == [known]


def test_what_is_no_known_vaccine_proves_nothing() -> None:
    """A certificate about something else is genuine and has no facts; a maker's name is no vaccine."""
    words = {"vaccine": "Typhim Vi", "icd11Code": "XM0N50", "manufacturer": "Sanofi Pasteur", "prophylaxis": "Typhoid"}
    found = read_pass(changed("evidence", 0, to=VACCINATION | words))
    assert found.health is not None
    assert found.health.doses == ()


def test_only_the_issuer_of_a_key_is_believed() -> None:
    """A key that the list gives to one issuer signs in nobody else's name; one without an address may."""
    foreign = CERTIFICATE | {"issuer": "https://cowin.gov.in/"}
    assert reason(foreign) is Reason.UNKNOWN_KEY
    assert reason(foreign, ISSUER.trust(issuer="unnamed")) is None


def test_a_key_says_only_what_it_may() -> None:
    """Another usage, a key that began later, and a key for another format refuse it."""
    assert reason(CERTIFICATE, ISSUER.trust(usages=frozenset({"test"}))) is Reason.WRONG_USAGE
    assert reason(CERTIFICATE, ISSUER.trust(not_before=NOON)) is Reason.ISSUER_EXPIRED
    assert reason(CERTIFICATE, ISSUER.trust(formats=frozenset({"hc1"}))) is Reason.UNKNOWN_KEY
    assert reason(CERTIFICATE, TrustSet()) is Reason.NO_TRUST


def test_a_key_by_its_own_algorithm_only() -> None:
    """Two keys of one name are told apart by the algorithm that the proof's type demands."""
    other = CertificateIssuer(rsa.generate_private_key(65537, 2048), METHOD)
    both = TrustSet(keys=(other.trusted(), ISSUER.trusted()), version=7, expires=TRUST.expires)
    assert read_pass(trust=both).issuer == METHOD.encode()
