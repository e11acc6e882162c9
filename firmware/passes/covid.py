"""Which codes of the world's terminologies mean a vaccine against COVID-19 or a test for it, and doses of a course.

Data, and looking it up. A code that is not here proves nothing: it is passed over, never guessed at. Sources: CVX of
the CDC, chapter X of ICD-11 (WHO), LOINC and SNOMED CT as the value sets of SMART Health Cards list them (2023.1).
"""

from __future__ import annotations

import re
from typing import Final

from firmware.passes.health import TestKind

CVX: Final = "http://hl7.org/fhir/sid/cvx"
ICD_11: Final = "http://id.who.int/icd11/mms"
LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"


def _codes(text: str) -> frozenset[str]:
    """Read codes that stand in a row."""
    return frozenset(text.split())


USUAL_COURSE: Final = 2
"""Doses of the primary course of every vaccine that is not named below."""

_VACCINES: Final = {
    CVX: _codes(
        "207 208 210 211 212 213 217 218 219 221 225 226 227 228 229 230 300 301 302 308 309 310 311 312 "
        "313 500 501 502 503 504 505 506 507 508 509 510 511 512 513 514 515 516 517 518 519 520"
    ),
    ICD_11: _codes(
        "XM68M6 XM1NL1 XM7HT3 XM8866 XM9TQ1 XM1G90 XM85P5 XM9FQ7 XM97N6 XM2YG8 XM0K39 XM1AU2 XM5DF6 "
        "XM9QW8 XM4YL8 XM97T2 XM6QV1 XM1AG7 XM5ZJ4 XM5QM6 XM0CX4 XM5JC5 XM3CT4 XM3PG0 XM4EC8 XM6SZ8 "
        "XM0RV9 XM3SK8 XM9P21 XM9T65 XM9N08 XM1J92 XM6AT1 XM52P3 XM0GQ8 XM8NQ0 XM3DT5"
    ),
}

_COURSES: Final = {
    **dict.fromkeys(("212", "504", "506", "XM6QV1", "XM5QM6", "XM1AG7"), 1),
    **dict.fromkeys(("507", "513", "514", "XM52P3"), 3),
}
"""Janssen, Sputnik Light, Convidecia; Zifivax, ZyCoV-D."""

_SINGLE_DOSE_NAMES: Final = ("janssen", "jcovden", "sputnik light", "convidecia")

_PRODUCTS: Final = re.compile(
    r"\b(covid-19|covishield|covaxin|corbevax|covovax|sputnik v|zycov-?d|inavac|indovac|awcorna|coronavac|bbibp-corv|"
    r"comirnaty|spikevax|vaxzevria|nuvaxovid|jcovden|convidecia|zifivax)\b"
)
"""What certificates without codes call the vaccines, in small letters; a maker's name alone is no vaccine."""

_DISEASES: Final = frozenset({"RA01", "RA01.0", "RA01.1"})
"""COVID-19, with the virus identified, without (ICD-11)."""

_TESTS: Final = {
    **dict.fromkeys(_codes("94558-4 95209-3 96119-3 97097-0"), TestKind.ANTIGEN),
    **dict.fromkeys(
        _codes(
            "94307-6 94308-4 94309-2 94310-0 94314-2 94315-9 94316-7 94500-6 94502-2 94532-9 94533-7 94534-5 "
            "94559-2 94565-9 94639-2 94640-0 94641-8 94647-5 94660-8 94756-4 94757-2 94758-0 94759-8 94760-6 "
            "94765-5 94766-3 94767-1 94822-4 94845-5 95406-5 95409-9 95424-8 95425-5 95608-6 95609-4 95823-1 "
            "95824-9 96091-4 96120-1 96121-9 96122-7 96123-5 96448-6 96763-8 96765-3 96797-6 96829-7 96957-6 "
            "96958-4 96986-5 97098-8 98131-6 98132-4 98493-0 98494-8"
        ),
        TestKind.PCR,
    ),
}
"""LOINC: a test for the virus itself. Antibodies are none."""

_RESULTS: Final = {
    SNOMED: {
        **dict.fromkeys(_codes("10828004 11214006 260373001 720735008 840533007"), True),
        **dict.fromkeys(_codes("131194007 260385009 260415000"), False),
    },
    LOINC: {"LA6576-8": True, "LA11882-0": True, "LA6577-6": False, "LA11883-8": False},
}
"""Positive or negative; an answer that is neither, such as inconclusive, is no result."""


def course_of(system: str, code: str) -> int | None:
    """Return how many doses make the primary course of a vaccine; None for what is no vaccine against COVID-19."""
    return _COURSES.get(code, USUAL_COURSE) if code in _VACCINES.get(system, ()) else None


def is_vaccine(code: str) -> bool:
    """Say whether an ICD-11 code is a vaccine against COVID-19."""
    return code in _VACCINES[ICD_11]


def course_named(code: str, name: str) -> int:
    """Return the course of a vaccine by its ICD-11 code or, where that names a kind only, by the product's name."""
    single = any(known in name.lower() for known in _SINGLE_DOSE_NAMES)
    return _COURSES.get(code, 1 if single else USUAL_COURSE)


def is_product(name: str) -> bool:
    """Say whether a name is that of a vaccine against COVID-19."""
    return _PRODUCTS.search(name.lower()) is not None


def is_covid(disease: str) -> bool:
    """Say whether an ICD-11 code of a disease is COVID-19."""
    return disease in _DISEASES


def kind_of_test(system: str, code: str) -> TestKind | None:
    """Return the kind of a test for the virus; None for any other."""
    return _TESTS.get(code) if system == LOINC else None


def is_positive(system: str, code: str) -> bool | None:
    """Return what a coded result says; None where it says neither."""
    return _RESULTS.get(system, {}).get(code)
