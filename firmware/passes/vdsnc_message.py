"""What a travel seal says of its holder: doses (`icao.vacc`) or one test (`icao.test`) against COVID-19, who to match.

Other diseases than COVID-19 are passed over. Source: ICAO, Visible Digital Seals for Non-Constrained Environments 1.3,
schemas of both types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.passes import covid
from firmware.passes.certificate import day
from firmware.passes.health import Dose, HealthFacts, Holder, Test, TestKind

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_IDENTIFIER: Final = 64
MAX_DOSES: Final = 32
_KINDS: Final = {
    "molecular(PCR)": TestKind.PCR,
    "molecular(other)": TestKind.PCR,
    "antigen": TestKind.ANTIGEN,
}
_RESULTS: Final = {"positive": True, "abnormal": True, "negative": False, "normal": False}

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """What was said; `identifier` is the seal's own number (uvci, utci), unique with its issuer."""

    identifier: str = field(repr=False)
    facts: HealthFacts = field(repr=False)
    holder: Holder = field(repr=False)


def read(kind: str, message: Json) -> Message | None:
    """Read a message of a type; None if its number or its holder is missing, or what it is about is no list."""
    vaccinated = kind == "icao.vacc"
    identifier, holder = message.get("uvci" if vaccinated else "utci"), _holder(message.get("pid"))
    if not isinstance(identifier, str) or not 0 < len(identifier) <= MAX_IDENTIFIER or holder is None:
        return None
    if not vaccinated:
        test = _test(message)
        return None if test is None else Message(identifier, HealthFacts(tests=test, born=holder.born), holder)
    events = message.get("ve")
    doses = tuple(_doses(events)) if isinstance(events, list) else None
    if doses is None or len(doses) > MAX_DOSES:
        return None
    return Message(identifier, HealthFacts(doses=doses, born=holder.born), holder)


def _holder(person: object) -> Holder | None:
    """Read who it is made out to; two spaces part the names (Doc 9303-3), one is enough for people."""
    match person:
        case {"n": str(name), **rest}:
            document = next((one for key in ("i", "dn") if isinstance(one := rest.get(key), str)), None)
            return Holder(" ".join(name.split()), day(rest.get("dob")), document)
        case _:
            return None


def _doses(events: list[object]) -> Iterator[Dose]:
    """Yield the doses against COVID-19, by the disease or, where none is named, by the vaccine."""
    for event in events:
        match event:
            case {"des": str(code), "nam": str(name), "vd": list(given), **rest}:
                disease = rest.get("dis")
            case _:
                continue
        named = covid.is_covid(disease) if isinstance(disease, str) else "dis" not in rest and covid.is_vaccine(code)
        if named:
            yield from _given(given, covid.course_named(code, name))


def _given(given: list[object], course: int) -> Iterator[Dose]:
    """Yield the doses of one vaccine."""
    for one in given:
        match one:
            case {"dvc": str(moment), "seq": int(number)} if number is not True and number is not False and number > 0:
                when = day(moment)
                if when is not None:
                    yield Dose(when, number, course)
            case _:
                pass


def _test(message: Json) -> tuple[Test, ...] | None:
    """Read the one test; None where it is not said when the sample was taken, how, or what came out.

    A test for antibodies, or a result that is neither, is no test of an infection: it gives none.
    """
    match message:
        case {"dat": {"sc": str(moment)}, "tr": {"tc": str(kind), "r": str(result)}}:
            when = day(moment)
        case _:
            return None
    if when is None:
        return None
    known, positive = _KINDS.get(kind), _RESULTS.get(result.lower())
    return () if known is None or positive is None else (Test(when, known, positive),)
