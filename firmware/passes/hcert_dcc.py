"""The European certificate (EU DCC schema 1.0 to 1.3): doses, tests and recoveries of one person, one kind at a time.

Fields and codes are those of the eHealth Network's schema and value sets. What the certificate says of another disease
is no fact here; a code that is not known makes no fact, because guessing what it means would be worse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from firmware.passes import covid
from firmware.passes.certificate import Certificate, Usage, count, day, text
from firmware.passes.health import Dose, HealthFacts, Holder, Test, TestKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    Entry = Mapping[str, object]

KINDS: Final[tuple[tuple[str, Usage], ...]] = (("v", "vaccination"), ("t", "test"), ("r", "recovery"))
MAX_ENTRIES: Final = 16

COVID_19: Final = "840539006"
DETECTED: Final = "260373001"
NOT_DETECTED: Final = "260415000"
TEST_KINDS: Final = {"LP6464-4": TestKind.PCR, "LP217198-3": TestKind.ANTIGEN}
"""SNOMED CT and LOINC codes of the value sets `disease-agent-targeted`, `test-result` and `test-type`."""

LONG_COURSES: Final = {"Abdala": 3, "Zifivax": 3}
"""Vaccines of the value set `vaccine-medicinal-product` whose primary course is longer than usual."""


def read(value: object) -> Certificate | None:
    """Read sub-claim 1; None unless it is of version 1, names a holder, and proves exactly one kind of thing."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        return None
    payload = {key: member for key, member in value.items() if member is not None}
    entries = {name: _entries(payload.get(name, [])) for name, _ in KINDS}
    proven = [(name, usage) for name, usage in KINDS if entries[name] != []]
    holder = _holder(payload)
    version = text(payload.get("ver")) or ""
    if not version.startswith("1.") or holder is None or len(proven) != 1:
        return None
    name, usage = proven[0]
    found = entries[name]
    if found is None:
        return None
    return Certificate(
        usage=usage,
        identifiers=tuple(one for entry in found if (one := text(entry.get("ci"))) is not None),
        facts=_facts(name, found, holder.born),
        holder=holder,
        payload=payload,
    )


def _entries(value: object) -> list[Entry] | None:
    """Read the entries of one kind: None for what is no bounded list of maps with text keys."""
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        return None
    sound = all(isinstance(one, dict) and all(isinstance(key, str) for key in one) for one in value)
    return cast("list[Entry]", value) if sound else None


def _holder(payload: Entry) -> Holder | None:
    """Read whom it is made out to; a date of birth may be partial, and is then none (the schema allows it)."""
    names = payload.get("nam")
    if not isinstance(names, dict):
        return None
    given, family = (
        text(names.get(plain)) or text(names.get(transliterated))
        for plain, transliterated in (("gn", "gnt"), ("fn", "fnt"))
    )
    name = " ".join(part for part in (given, family) if part)
    return Holder(name, day(payload.get("dob"))) if name else None


def _facts(name: str, entries: list[Entry], born: date | None) -> HealthFacts:
    """Take the facts about COVID-19 out of entries of one kind."""
    about = [entry for entry in entries if entry.get("tg") == COVID_19]
    match name:
        case "v":
            return HealthFacts(doses=tuple(_doses(about)), born=born)
        case "t":
            return HealthFacts(tests=tuple(_tests(about)), born=born)
        case _:
            days = (day(entry.get("fr")) for entry in about)
            return HealthFacts(recoveries=tuple(one for one in days if one is not None), born=born)


def _doses(entries: list[Entry]) -> Iterator[Dose]:
    """Read doses; one without a day, a number or a total is none.

    The total counts boosters too, which makes a first booster 3 of 3, so the course is never longer than the vaccine's.
    """
    for entry in entries:
        given, number, total = day(entry.get("dt")), count(entry.get("dn")), count(entry.get("sd"))
        if given is not None and number is not None and total is not None:
            course = LONG_COURSES.get(str(entry.get("mp")), covid.USUAL_COURSE)
            yield Dose(given, number, min(total, course))


def _tests(entries: list[Entry]) -> Iterator[Test]:
    """Read tests by the day their sample was taken; one of another kind, or without a clear result, is none."""
    for entry in entries:
        taken, kind, result = day(entry.get("sc")), TEST_KINDS.get(str(entry.get("tt"))), text(entry.get("tr"))
        if taken is not None and kind is not None and result in {DETECTED, NOT_DETECTED}:
            yield Test(taken, kind, positive=result == DETECTED)
