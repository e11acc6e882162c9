"""What a certificate of the DIVOC family says of its holder, read out of the graph that is signed.

Where the vocabulary gives several terms one meaning, only what is true however they are dealt out is read: of the two
dose values the lesser is the dose and the greater the course, of the dates of a vaccination the first is its day.
"""

from __future__ import annotations

import re
from calendar import timegm
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from firmware.passes import covid, divoc_terms
from firmware.passes.certificate import MAX_DOSES, day, text
from firmware.passes.health import Dose, HealthFacts, Holder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from firmware.passes.divoc_terms import Node

MOST_EVIDENCE: Final = 16
_MOST_VALUES: Final = 8
_MOST_DOSE_VALUES: Final = 2
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
_NUMBER: Final = re.compile(r"[1-9][0-9]?\Z", re.ASCII)
_PASSPORT: Final = re.compile(r"did:passport:(.+)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a certificate says. Times are Unix seconds; no `expires` is a certificate without an end."""

    issuer: str
    issued: int
    expires: int | None
    facts: HealthFacts = field(repr=False)
    holder: Holder = field(repr=False)


def read(root: Node) -> Claims | None:
    """Read a certificate; None if anything that decides is missing or wrong."""
    subjects, evidence = root.nodes(divoc_terms.SUBJECT), root.nodes(divoc_terms.EVIDENCE)
    issuers, issued = root.plain(divoc_terms.ISSUER), second(_only(root, divoc_terms.ISSUED))
    ends = root.plain(divoc_terms.EXPIRES)
    expires = second(ends[0]) if ends else None
    if len(subjects) != 1 or not 1 <= len(evidence) <= MOST_EVIDENCE or not issuers or issued is None:
        return None
    if ends and (expires is None or expires <= issued):
        return None
    holder, doses = _holder(subjects[0]), [_dose(one) for one in evidence]
    known = [one for one in doses if one is not None]
    if holder is None or len(known) != len(doses):
        return None
    proven = tuple(one for one, about in zip(known, evidence, strict=True) if _is_covid(about))
    return Claims(
        issuer=str(issuers[0]),
        issued=issued,
        expires=expires,
        facts=HealthFacts(doses=proven, born=holder.born),
        holder=holder,
    )


def second(value: object) -> int | None:
    """Read a date and time with its zone (XML Schema dateTime) as a Unix second, rounded up; None for anything else."""
    if not isinstance(value, str) or _TIME.match(value) is None:
        return None
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(0, timegm(moment.timetuple()) + (1 if moment.microsecond else 0))


def _holder(subject: Node) -> Holder | None:
    """Read who it is made out to; None where there is no one name to match."""
    name = text(_only(subject, divoc_terms.NAME))
    number = None if subject.name is None else _PASSPORT.match(subject.name)
    if name is None:
        return None
    return Holder(name=name, born=day(_only(subject, divoc_terms.DATE)), document=None if number is None else number[1])


def _dose(vaccination: Node) -> Dose | None:
    """Read one dose: its day, which one it was at least, and of how many it is at most a part.

    One number may be the dose alone, of a certificate that leaves the course out: then the course is the vaccine's.
    """
    counts = [_count(one) for one in vaccination.plain(divoc_terms.DOSE)]
    numbers = {one for one in counts if one is not None}
    days = [day(one) for one in vaccination.plain(divoc_terms.DATE)]
    dates: list[date] = [one for one in days if one is not None]
    sound = None not in counts and 1 <= len(numbers) <= _MOST_DOSE_VALUES
    if not sound or not dates or len(dates) != len(days) or len(dates) > _MOST_VALUES:
        return None
    course = max(numbers) if len(numbers) == _MOST_DOSE_VALUES else max(*numbers, _course(vaccination))
    return Dose(min(dates), min(numbers), course)


def _course(vaccination: Node) -> int:
    """Return how many doses make the primary course of whatever the words for the product name."""
    found = {covid.course_named(word, word) for word in _words(vaccination)}
    return 1 if 1 in found else max(found, default=covid.USUAL_COURSE)


def _count(value: object) -> int | None:
    """Read a number of doses, which some write as text."""
    if isinstance(value, str):
        return int(value) if _NUMBER.match(value) else None
    return value if isinstance(value, int) and 1 <= value <= MAX_DOSES else None


def _is_covid(vaccination: Node) -> bool:
    """Say whether any word for the product is a vaccine against COVID-19."""
    return any(covid.is_vaccine(word) or covid.is_product(word) for word in _words(vaccination))


def _words(vaccination: Node) -> Iterable[str]:
    """Yield all words that may name the product."""
    return (*_texts(vaccination, divoc_terms.ID), *_texts(vaccination, divoc_terms.NAME))


def _texts(node: Node, predicate: str) -> Iterable[str]:
    """Yield the values of a predicate that are texts."""
    return (one for one in node.plain(predicate) if isinstance(one, str))


def _only(node: Node, predicate: str) -> object:
    """Return the one value of a predicate, None where there is none or more."""
    found = node.plain(predicate)
    return found[0] if len(found) == 1 else None
