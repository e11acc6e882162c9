"""What a health certificate says of its holder: dates of doses, tests, recoveries and close contacts, and of birth.

These are facts, not a judgement: which colour they make is for the policy's profile to say. They are about one person
and stay in memory for one decision; none of them is printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  a fact has a day, and whoever makes one needs the type
from enum import StrEnum


class TestKind(StrEnum):
    """How somebody was tested."""

    __test__ = False

    PCR = "pcr"
    ANTIGEN = "antigen"


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: its day, which one it was (from 1), how many make the primary course (1 of a single-dose vaccine)."""

    day: date = field(repr=False)
    number: int = field(repr=False)
    course: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Test:
    """One test: the day of its result, its kind and what came out."""

    __test__ = False

    day: date = field(repr=False)
    kind: TestKind = field(repr=False)
    positive: bool = field(repr=False)


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """All that is known of one person, in any order. Days are local ones; `born` is None where nobody says."""

    doses: tuple[Dose, ...] = field(default=(), repr=False)
    tests: tuple[Test, ...] = field(default=(), repr=False)
    recoveries: tuple[date, ...] = field(default=(), repr=False)
    contacts: tuple[date, ...] = field(default=(), repr=False)
    born: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate is made out to, to be matched with the person who shows it: memory only, never printed.

    `name` is as the certificate writes it for people, "" where it has none; `document` the number of an identity
    document, where the certificate names one.
    """

    name: str = field(repr=False)
    born: date | None = field(default=None, repr=False)
    document: str | None = field(default=None, repr=False)
