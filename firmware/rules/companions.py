"""Companions: those at a reader as whoever is judged there sees them, and what company that person lacks. Pure.

Which rules ask for company stands in `company.py`, and who is judged beside whom in `gathering.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.events import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.passes.outcome import Pass
    from firmware.rules.company import Escort
    from firmware.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody at the same reader, as whoever is judged sees them; in the order in which they came.

    `pass_class` is the class that everybody may see. `apart_ms` lies between their passes. `goes_in` says that they
    were let in already, and did not turn back; who was not goes in now, together with whoever is judged, or not at all.
    `ahead` says that they showed their pass before.
    """

    reference: str
    pass_class: str
    apart_ms: int
    goes_in: bool = False
    ahead: bool = True


Beside = tuple[Companion, ...]
"""All who are at a reader beside whoever is judged."""


def class_seen(pass_class: str, policy: Policy) -> str:
    """Name the class that everybody may see: one that is shown under threat looks like another."""
    rule = policy.classes.get(pass_class)
    return pass_class if rule is None or rule.duress is None else rule.duress


def lacking(credential: Pass, beside: Beside, area: str, policy: Policy) -> Iterator[Reason]:
    """Name the company that somebody lacks who wants to go in."""
    others = [one for one in beside if one.reference != credential.reference]
    pair = policy.two_person.get(area)
    if pair is not None:
        near = [one.pass_class for one in others if one.apart_ms <= pair.within_s * 1000]
        if not near or not pair.paired([class_seen(credential.pass_class, policy), *near]):
            yield Reason.SECOND_PERSON
    rule, seen = policy.classes.get(credential.pass_class), class_seen(credential.pass_class, policy)
    if rule is not None and rule.escort is not None and not _escorted(rule.escort, seen, others):
        yield Reason.NO_ESCORT


def keeps_company(one: Companion, pass_class: str, area: str, policy: Policy) -> bool:
    """Say whether somebody at the reader is of those without whom a class does not go into the area."""
    pair, rule = policy.two_person.get(area), policy.classes.get(pass_class)
    escort = None if rule is None else rule.escort
    return (pair is not None and one.apart_ms <= pair.within_s * 1000) or (
        escort is not None and one.apart_ms <= escort.within_s * 1000 and one.pass_class in escort.by
    )


def _escorted(rule: Escort, seen: str, others: list[Companion]) -> bool:
    """Say whether an escort is there who has not as many of that class with them already as they may."""
    near = [one for one in others if one.apart_ms <= rule.within_s * 1000]
    escorts = sum(one.pass_class in rule.by for one in near)
    served = sum(one.ahead and one.pass_class == seen for one in near)
    return served < escorts * rule.per_escort


def going_in(beside: Beside) -> int:
    """Count how many places are needed by somebody and those who go in together with them."""
    return 1 + sum(not one.goes_in for one in beside)


def left_alone(area: str, policy: Policy, staying: int) -> bool:
    """Say whether somebody who leaves leaves one person behind, alone, where there should be two."""
    return area in policy.two_person and staying == 1
