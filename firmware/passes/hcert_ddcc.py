"""WHO's certificate (DDCC core data set, vaccination status and test result), nested as published or flat as at first.

Members are those of WHO's logical models `DDCCCoreDataSet.VS` and `.TR`; the early prototypes wrote the same things
flat and in snake case. A recovery has no form of its own there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.passes import covid
from firmware.passes.certificate import Certificate, count, day, text
from firmware.passes.hcert_dcc import COVID_19, DETECTED, NOT_DETECTED, TEST_KINDS
from firmware.passes.health import Dose, HealthFacts, Holder, Test

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    Member = Mapping[object, object]

MAX_EVENTS: Final = 16
DISEASE: Final = frozenset({"RA01", "RA01.0", "RA01.1", COVID_19})
PATHOGENS: Final = frozenset(
    {
        *("XN109", "XN0HL", "XN4Q7", "XN5BQ", "XN8V6", "XN1GK", "XN3ZE", "XN2V4", "XN4Q1", "XN3UD", "XN9L8", "XN6AM"),
        "840533007",
    }
)
POSITIVE: Final = frozenset({"RA01.0", "1240581000000104", DETECTED})
NEGATIVE: Final = frozenset({"QA02", "1240591000000102", NOT_DETECTED})
"""WHO's value sets for COVID-19: ICD-11 first, then what its concept maps name as the same in SNOMED CT."""


def read(value: object) -> Certificate | None:
    """Read one core data set, or a list of them about one person; None for anything else."""
    sets = value if isinstance(value, list) else [value]
    if not 1 <= len(sets) <= MAX_EVENTS:
        return None
    certificates = [found for one in sets if isinstance(one, dict) and (found := _read_one(one)) is not None]
    if len(certificates) != len(sets):
        return None
    first = certificates[0]
    same = all(one.holder == first.holder and one.usage == first.usage for one in certificates)
    doses = tuple(dose for one in certificates for dose in one.facts.doses)
    tests = tuple(test for one in certificates for test in one.facts.tests)
    facts = HealthFacts(doses=doses, tests=tests, born=first.holder.born)
    every = tuple(name for one in certificates for name in one.identifiers)
    return Certificate(first.usage, every, facts, first.holder) if same else None


def _read_one(one: Member) -> Certificate | None:
    """Read one core data set: it names its holder and has exactly one event."""
    name = text(one.get("name"))
    vaccination, test = one.get("vaccination"), one.get("test")
    if vaccination is None and test is None and "vaccine" in one:
        vaccination = one
    if name is None or (vaccination is None) == (test is None):
        return None
    event = vaccination if test is None else test
    if not isinstance(event, dict):
        return None
    born = day(one.get("birthDate"))
    holder = Holder(name, born, text(_value(one.get("identifier"))))
    facts = _vaccination(event, born) if test is None else _test(event, born)
    return Certificate("vaccination" if test is None else "test", _identifiers(one), facts, holder)


def _identifiers(one: Member) -> tuple[str, ...]:
    """Read the health certificate identifier (HCID)."""
    about = one.get("certificate")
    named = about.get("hcid") if isinstance(about, dict) else one.get("hcid")
    found = text(_value(named))
    return () if found is None else (found,)


def _vaccination(event: Member, born: date | None) -> HealthFacts:
    """Read one dose; it is none against another disease, or without a day or a number.

    Where the disease is not named the vaccine has to be a known one. The total counts boosters too, so the course is
    never longer than the vaccine's.
    """
    vaccine, disease = _code(event.get("vaccine")), event.get("disease")
    given, number = day(event.get("date")), count(event.get("dose"))
    about = covid.is_vaccine(vaccine) if disease is None else _code(disease) in DISEASE
    if not about or given is None or number is None:
        return HealthFacts(born=born)
    course = covid.course_named(vaccine, _code(event.get("brand")))
    total = count(event.get("totalDoses", event.get("total_doses"))) or course
    return HealthFacts(doses=(Dose(given, number, min(total, course)),), born=born)


def _test(event: Member, born: date | None) -> HealthFacts:
    """Read one test; it is none for another disease, of another kind, or without a clear result."""
    taken, kind, result = day(event.get("date")), TEST_KINDS.get(_code(event.get("type"))), _code(event.get("result"))
    if taken is None or kind is None or result not in POSITIVE | NEGATIVE:
        return HealthFacts(born=born)
    if _code(event.get("pathogen")) not in PATHOGENS:
        return HealthFacts(born=born)
    return HealthFacts(tests=(Test(taken, kind, positive=result in POSITIVE),), born=born)


def _code(value: object) -> str:
    """Read a code, bare or within a coding; "" for anything else."""
    found = value.get("code") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def _value(value: object) -> object:
    """Read an identifier, bare or within a map."""
    return value.get("value", value.get("code")) if isinstance(value, dict) else value
