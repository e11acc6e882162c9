"""What a SMART Health Card says of its holder: doses and tests out of a FHIR bundle (R4), and who to match.

Whatever is not understood is passed over and proves nothing; what cannot be one person's bundle is refused. Source:
SMART Health Cards Vaccination and Testing Implementation Guide 1.0.0 (hl7.org/fhir/uv/shc-vaccination).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from firmware.passes import covid
from firmware.passes.certificate import day, text
from firmware.passes.health import Dose, HealthFacts, Holder, Test

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

MAX_ENTRIES: Final = 128
_FINAL: Final = frozenset({"final", "amended", "corrected"})

Json = dict[str, object]


def read(bundle: object) -> tuple[HealthFacts, Holder | None] | None:
    """Read a bundle; None for one that is none, is too long, or is of more than one person.

    What is said of nobody is nobody's: without somebody to match it with there are no facts.
    """
    match bundle:
        case {"resourceType": "Bundle", "entry": list(entries)} if len(entries) <= MAX_ENTRIES:
            pass
        case _:
            return None
    resources = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    if len(resources) != len(entries) or not all(isinstance(one, dict) for one in resources):
        return None
    found: list[Json] = [one for one in resources if isinstance(one, dict)]
    patients = [one for one in found if one.get("resourceType") == "Patient"]
    if len(patients) > 1:
        return None
    holder = _holder(patients[0]) if patients else None
    if holder is None:
        return HealthFacts(), None
    return HealthFacts(doses=_doses(found), tests=tuple(_tests(found)), born=holder.born), holder


def _holder(patient: Json) -> Holder | None:
    """Read the first name of a person, and when they were born; None where there is no name to read."""
    born = day(patient.get("birthDate"))
    match patient.get("name"):
        case [{"family": str(family), **rest}, *_]:
            given = rest.get("given")
            names = [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
            return Holder(name=" ".join([*names, family]), born=born, document=None)
        case [{"text": str(written)}, *_]:
            return Holder(name=written, born=born, document=None)
        case _:
            return None


def _doses(resources: list[Json]) -> tuple[Dose, ...]:
    """Number the doses by their days, because a card does not: what is noted twice for one day is one dose."""
    courses: dict[date, int] = {}
    for one in resources:
        when = day(one.get("occurrenceDateTime"))
        course = next((found for pair in _codes(one.get("vaccineCode")) if (found := covid.course_of(*pair))), None)
        given = one.get("resourceType") == "Immunization" and one.get("status") == "completed"
        if given and when is not None and course is not None:
            courses[when] = max(course, courses.get(when, 0))
    return tuple(Dose(when, number, courses[when]) for number, when in enumerate(sorted(courses), 1))


def _tests(resources: list[Json]) -> Iterator[Test]:
    """Read the tests that are final and say something; the day is that of the sample."""
    for one in resources:
        when = day(one.get("effectiveDateTime"))
        kind = next((found for pair in _codes(one.get("code")) if (found := covid.kind_of_test(*pair))), None)
        answers = (covid.is_positive(*pair) for pair in _codes(one.get("valueCodeableConcept")))
        positive = next((answer for answer in answers if answer is not None), None)
        told = one.get("resourceType") == "Observation" and text(one.get("status")) in _FINAL
        if told and when is not None and kind is not None and positive is not None:
            yield Test(when, kind, positive)


def _codes(concept: object) -> Iterator[tuple[str, str]]:
    """Yield system and code of each coding of a CodeableConcept."""
    codings = concept.get("coding") if isinstance(concept, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        match coding:
            case {"system": str(system), "code": str(code)}:
                yield system, code
            case _:
                pass
