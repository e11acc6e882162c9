"""One person has one name however their certificates write it, so that two of them do not make a pair."""

from __future__ import annotations

from datetime import date

import pytest

from firmware.passes.health import Holder
from firmware.passes.outcome import Pass
from firmware.passes.reading import read
from firmware.rules.gathering import same_person
from firmware.rules.identity import same_holder
from tests.cards import VACCINATION as SEALED
from tests.cards import CardIssuer, Json, State, bundle, immunization, payload
from tests.certificates import VACCINATION, Signer, claims, dcc

BORN, OTHER = date(1990, 5, 17), date(1990, 5, 18)

ONE = [
    (("Siti Contoh", BORN), ("CONTOH SITI", BORN)),
    (("Siti Contoh", BORN), ("siti  contoh", BORN)),
    (("Siti-Ayu Contoh", BORN), ("SITI AYU CONTOH", BORN)),
    (("Zoë Müller", BORN), ("ZOE MULLER", BORN)),
    (("Zoe\u0308 Muller", BORN), ("Zoë Muller", BORN)),
    (("Siti Contoh", BORN), ("Siti Ayu Contoh", BORN)),
    (("SITI<AYU CONTOH", BORN), ("Siti Ayu Contoh", BORN)),
    (("Siti Contoh", None), ("CONTOH SITI", BORN)),
    (("...", BORN), ("...", None)),
]

TWO = [
    (("Siti Contoh", BORN), ("Siti Contoh", OTHER)),
    (("Siti Contoh", BORN), ("Budi Contoh", BORN)),
    (("Siti", None), ("Siti Contoh", BORN)),
    (("...", BORN), ("Siti Contoh", BORN)),
    (("...", BORN), ("---", BORN)),
]


@pytest.mark.parametrize(("one", "other"), ONE)
def test_one_name_is_one_person_in_every_spelling(one: tuple[str, date | None], other: tuple[str, date | None]) -> None:
    """Whoever is asked, the answer is the same both ways."""
    assert same_holder(Holder(*one), Holder(*other))
    assert same_holder(Holder(*other), Holder(*one))


@pytest.mark.parametrize(("one", "other"), TWO)
def test_other_people_stay_others(one: tuple[str, date | None], other: tuple[str, date | None]) -> None:
    """Another day of birth, another name, or too little of a name to tell."""
    assert not same_holder(Holder(*one), Holder(*other))
    assert not same_holder(Holder(*other), Holder(*one))


def test_one_person_with_certificates_of_three_issuers_is_one() -> None:
    """A state's certificate, a card and a travel seal of the same person are no company to each other."""
    signer, cards, state = Signer(), CardIssuer(), State()
    person: Json = {"resourceType": "Patient", "name": [{"text": "contoh, siti"}], "birthDate": "1990-05-17"}
    certificate = dcc(v=[VACCINATION]) | {"nam": {"fn": "Contoh", "gn": "Siti"}, "dob": "1990-05-17"}
    found = [
        read(signer.code(claims(certificate)), signer.trust()),
        read(cards.code(payload(bundle(person, immunization("2025-06-01")))), cards.trust()),
        read(state.seal(SEALED), state.trust()),
    ]
    shown = [one for one in found if isinstance(one, Pass)]
    assert len(shown) == len(found)
    assert all(same_person(one, other) for one in shown for other in shown)
