"""The policy: who may pass where and when, as data. Strict: what it does not know it refuses, with every mistake.

A policy says nothing about doors, hardware or keys. It is parsed once when it is loaded; deciding only reads it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from firmware.events import NEVER
from firmware.rules.capacity import AreaCapacity
from firmware.rules.certlogic.ruleset import NationalRules
from firmware.rules.company import Escort, TwoPersons
from firmware.rules.effective import Effective
from firmware.rules.freshness import Limits
from firmware.rules.health.profile import HealthProfile
from firmware.rules.hours import DayOff, HolidayHours, Hours, Name, Timed
from firmware.rules.passback import AntiPassback
from firmware.signed import sealing
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec


_NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
"""What lies in a machine's folder of zones beside those of IANA: each machine's own."""


def _known_zone(name: str) -> str:
    """Refuse a time zone that this machine cannot look up, or that another machine takes for another one."""
    refusal = ValueError(f"unknown time zone {name!r}; use an IANA name such as Asia/Jakarta")
    if name in _NO_ZONES or name.startswith(("posix/", "right/")):
        raise refusal
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refusal from None
    return name


def _public_key(text: str) -> str:
    """Refuse what nothing can be sealed to."""
    if sealing.read_public(text) is None:
        msg = "no public key of P-256 as gapura-ops contact key prints it"
        raise ValueError(msg)
    return text


Reference = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


Format = Literal["gp1", "hc1", "shc", "vdsnc", "divoc"]
"""The formats of code that a policy can admit."""

Issuer = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""An issuer's name on the trust list, or the id of its key in hex digits."""

Left = Literal["lists_too_old", "wrong_gate", "holiday", "hours", "health", "identity", "used", "passback"]
"""What a policy may leave to an officer; the same as `WAIVABLE` of the events."""


class ClassRule(Strict):
    """What one class of pass may do. No `areas` means wherever the pass says; no `hours` means at any hour.

    `formats` and `issuers` narrow whose passes count as one of this class; without them all that are trusted do.

    On days of the calendar `holidays` or `holiday_hours` count in the place of `hours`; without either they are days
    like any other.
    `limits` says how old the lists may be that a pass of this class is admitted by, and how sure the clock has to be.
    `duress` makes this the class of passes that are shown under threat: they open, and only the restricted event says
    so. Its value is the class that every other record names instead, so that nobody who watches can tell.
    `health` demands that the pass says until when its holder's health status is good, and that it still is
    (`required`), or leaves the answer to the colour that the policy's profile gives the facts in the pass (`colour`),
    or to the national rules that its certificate has to pass (`rules`).
    `proof` demands that passes are shown with the proof of their holder's key, so that none is worth copying.
    `contact` lets each passage leave a contact reference that only the health office can read. What `verify` names is
    not refused but left to an officer, who looks and says yes or no. With an `escort` it goes in only with somebody of
    another class: a visitor with staff, a child with an adult.
    """

    formats: Annotated[tuple[Format, ...] | None, Field(strict=False, min_length=1)] = None
    issuers: Annotated[frozenset[Issuer] | None, Field(strict=False, min_length=1, max_length=256)] = None
    areas: Annotated[tuple[Name, ...] | None, Field(strict=False, min_length=1, max_length=1_000)] = None
    hours: Annotated[tuple[Hours, ...] | None, Field(strict=False, min_length=1, max_length=64)] = None
    holidays: Literal["closed"] | None = None
    holiday_hours: Annotated[tuple[HolidayHours, ...] | None, Field(strict=False, min_length=1, max_length=64)] = None
    limits: Limits | None = None
    duress: Name | None = None
    health: Literal["required", "colour", "rules"] | None = None
    contact: Literal["sealed"] | None = None
    proof: Literal["holder"] | None = None
    verify: Annotated[frozenset[Left], Field(strict=False)] = frozenset()
    escort: Escort | None = None


class Policy(Strict):
    """The body of a `policy` document.

    `effective` lets it wait for its time, and end. A `mode` of `observe` refuses nobody for health, anti-passback or
    capacity and records what would have been. `areas` are all there are: where they are named, any other is a mistake.
    `profile` is a name for people. A class that is not listed is not admitted, whatever its pass says. `postures` is
    the door's weekly timetable. `blocked` names single passes by their reference (32 hex digits, a digest of issuer key
    and pass id): none of them gets in. `health_office` is the public key that contact references are sealed to.
    Passes of the classes in `officers` are an officer's word about whoever waits at the same reader.
    `capacity` says by area how many may be inside, `passback` whether somebody who is inside may come in again, and
    `two_person` which areas nobody goes into alone.
    `health_profile` gives colours to the facts of health certificates, `national_rules` are held against certificates.
    """

    profile: Name
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Jakarta"
    effective: Effective | None = None
    mode: Literal["enforce", "observe"] = "enforce"
    areas: Annotated[tuple[Name, ...] | None, Field(strict=False, min_length=1, max_length=1_000)] = None
    calendar: Annotated[tuple[DayOff, ...], Field(strict=False, max_length=400)] = ()
    formats: Annotated[tuple[Format, ...], Field(strict=False, min_length=1)] = ("gp1",)
    classes: Annotated[dict[Name, ClassRule], Field(min_length=1, max_length=64)]
    blocked: Annotated[frozenset[Reference], Field(strict=False, max_length=10_000)] = frozenset()
    officers: Annotated[frozenset[Name], Field(strict=False, max_length=64)] = frozenset()
    postures: Annotated[tuple[Timed, ...], Field(strict=False, max_length=64)] = ()
    capacity: Annotated[dict[Name, AreaCapacity], Field(max_length=256)] = Field(default_factory=dict)
    passback: AntiPassback | None = None
    two_person: Annotated[dict[Name, TwoPersons], Field(max_length=256)] = Field(default_factory=dict)
    health_office: Annotated[str, AfterValidator(_public_key)] | None = None
    health_profile: HealthProfile | None = None
    national_rules: NationalRules | None = None

    @model_validator(mode="after")
    def _somebody_reads_it(self) -> Self:
        """Refuse contact references that nobody could open."""
        if self.health_office is None and any(rule.contact is not None for rule in self.classes.values()):
            msg = "a class has 'contact' and there is no 'health_office'; add its public key"
            raise ValueError(msg)
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which its days and hours are meant."""
        return ZoneInfo(self.timezone)

    @cached_property
    def days_off(self) -> Mapping[str, DayOff]:
        """The calendar by its days (`YYYY-MM-DD`)."""
        return {one.date: one for one in self.calendar}

    @cached_property
    def span(self) -> tuple[int, int]:
        """From when until when it means to hold (Unix seconds, not including the second)."""
        return (0, NEVER + 1) if self.effective is None else self.effective.seconds(self.zone)

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
