"""The policy: who may pass where and when, as data. Strict: what it does not know it refuses, with every mistake.

A policy says nothing about doors, hardware or keys. It is parsed once when it is loaded; deciding only reads it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from firmware.rules.capacity import AreaCapacity
from firmware.rules.passback import AntiPassback
from firmware.rules.shapes import ClockTime, Name, minutes
from firmware.signed import sealing
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import time

    from cryptography.hazmat.primitives.asymmetric import ec

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _known_zone(name: str) -> str:
    """Refuse a time zone that this machine cannot look up."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"unknown time zone {name!r}; use an IANA name such as Asia/Jakarta"
        raise ValueError(msg) from None
    return name


def _public_key(text: str) -> str:
    """Refuse what nothing can be sealed to."""
    if sealing.read_public(text) is None:
        msg = "no public key of P-256 as gapura-ops contact key prints it"
        raise ValueError(msg)
    return text


Reference = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class Hours(Strict):
    """One weekly opening: on these days from `from` up to, not including, `until` (local `HH:MM`, `24:00` allowed)."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, strict=False)]
    from_: ClockTime = Field(alias="from")
    until: ClockTime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Write a night over midnight as two openings, so that a day is never ambiguous."""
        if self.minutes[0] >= self.minutes[1]:
            msg = f"'until' {self.until} is not after 'from' {self.from_}; write a night as two openings"
            raise ValueError(msg)
        return self

    @property
    def minutes(self) -> tuple[int, int]:
        """The opening as minutes since local midnight."""
        return minutes(self.from_), minutes(self.until)

    def covers(self, day: Day, at: time) -> bool:
        """Say whether this opening holds on `day` at the local time `at`."""
        opens, closes = self.minutes
        return day in self.days and opens <= at.hour * 60 + at.minute < closes


def covered(openings: Iterable[Hours], moment: int, zone: ZoneInfo) -> bool:
    """Say whether one of the openings holds at this Unix second, in local time."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    return any(opening.covers(DAYS[local.weekday()], local.time()) for opening in openings)


class Timed(Hours):
    """One weekly time in which the door takes another posture than its standing one; the first that holds counts."""

    posture: Literal["free_access", "lockdown", "disabled"]


class ClassRule(Strict):
    """What one class of pass may do. No `areas` means wherever the pass says; no `hours` means at any hour.

    `duress` makes this the class of passes that are shown under threat: they open, and only the restricted event says
    so. Its value is the class that every other record names instead, so that nobody who watches can tell.
    `health` demands that the pass says until when its holder's health status is good, and that it still is.
    `contact` lets each passage leave a contact reference that only the health office can read. What `verify` names is
    not refused but left to an officer, who looks and says yes or no.
    """

    areas: Annotated[tuple[Name, ...] | None, Field(strict=False, min_length=1)] = None
    hours: Annotated[tuple[Hours, ...] | None, Field(strict=False, min_length=1)] = None
    duress: Name | None = None
    health: Literal["required"] | None = None
    contact: Literal["sealed"] | None = None
    verify: Annotated[frozenset[Literal["wrong_gate", "hours", "health", "used", "passback"]], Field(strict=False)] = (
        frozenset()
    )


class Policy(Strict):
    """The body of a `policy` document.

    `profile` is a name for people. A class that is not listed is not admitted, whatever its pass says. `postures` is
    the door's weekly timetable. `blocked` names single passes by their reference (32 hex digits, a digest of issuer key
    and pass id): none of them gets in. `health_office` is the public key that contact references are sealed to.
    `capacity` says by area how many may be inside, `passback` whether somebody who is inside may come in again.
    """

    profile: Name
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Jakarta"
    formats: Annotated[tuple[Literal["gp1"], ...], Field(strict=False, min_length=1)] = ("gp1",)
    classes: Annotated[dict[Name, ClassRule], Field(min_length=1, max_length=64)]
    blocked: Annotated[frozenset[Reference], Field(strict=False, max_length=10_000)] = frozenset()
    postures: Annotated[tuple[Timed, ...], Field(strict=False, max_length=64)] = ()
    capacity: Annotated[dict[Name, AreaCapacity], Field(max_length=256)] = Field(default_factory=dict)
    passback: AntiPassback | None = None
    health_office: Annotated[str, AfterValidator(_public_key)] | None = None

    @model_validator(mode="after")
    def _somebody_reads_it(self) -> Self:
        """Refuse contact references that nobody could open."""
        if self.health_office is None and any(rule.contact is not None for rule in self.classes.values()):
            msg = "a class has 'contact' and there is no 'health_office'; add its public key"
            raise ValueError(msg)
        return self

    @property
    def knows_duress(self) -> bool:
        """Whether some class is shown under threat."""
        return any(rule.duress is not None for rule in self.classes.values())

    def contact_key(self, pass_class: str) -> ec.EllipticCurvePublicKey | None:
        """Give the key to which passes of this class leave a contact reference; None where they leave none."""
        rule = self.classes.get(pass_class)
        asked = rule is not None and rule.contact is not None and self.health_office is not None
        return sealing.read_public(self.health_office or "") if asked else None


def visitor_management() -> Policy:
    """Return the default profile: any valid pass, its areas, at any hour, no health rules."""
    anyone = ClassRule()
    return Policy(
        profile="visitor-management",
        classes=dict.fromkeys(("staff", "visitor", "contractor", "escort"), anyone),
    )
