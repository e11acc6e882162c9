"""A health profile as data: dated versions, each an ordered list of colours with conditions, and what colours come to.

The conditions are a small closed set. A version whose rules hide each other is refused with every mistake.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from firmware.rules.hours import Name
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.events import Colour

Days = Annotated[int, Field(ge=1, le=3_650)]
Age = Annotated[int, Field(ge=0, le=150)]
Action = Literal["allow", "verify", "deny"]
Doses = Literal["some", "full", "booster"]
DOSES: Final[tuple[Doses, ...]] = ("some", "full", "booster")
"""How far somebody is vaccinated, each including the ones before it."""


def _a_day(text: str) -> str:
    """Refuse a day that does not exist."""
    try:
        date.fromisoformat(text)
    except ValueError:
        msg = f"there is no day {text!r}; write YYYY-MM-DD"
        raise ValueError(msg) from None
    return text


Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_a_day)]


class NegativeTests(Strict):
    """So many negative PCR tests on different days, none before `from_day`, and no positive test between them."""

    pcr: Annotated[int, Field(ge=1, le=8)]
    from_day: Annotated[int, Field(ge=0, le=3_650)]


class Positive(Strict):
    """A positive test, its day being day 0, for fewer than so many days or until `ended_by` is met."""

    under_days: Days
    ended_by: NegativeTests | None = None


class NegativeTest(Strict):
    """A negative test that still counts: taken today or on the last days, so many in all, by its kind."""

    antigen_days: Days
    pcr_days: Days


class Conditions(Strict):
    """What has to hold, all of it; nothing at all always holds. Ages are in completed years.

    `negative_test` holds only where the policy has set `green_by_test`.
    """

    age_from: Age | None = None
    age_below: Age | None = None
    doses: Doses | None = None
    recovered_under_days: Days | None = None
    positive: Positive | None = None
    contact_under_days: Days | None = None
    negative_test: NegativeTest | None = None

    @model_validator(mode="after")
    def _somebody_is_of_that_age(self) -> Self:
        """Refuse an age band with nobody in it."""
        if self.age_from is not None and self.age_below is not None and self.age_from >= self.age_below:
            msg = f"nobody is {self.age_from} or older and younger than {self.age_below}"
            raise ValueError(msg)
        return self

    def hides(self, later: Conditions) -> bool:
        """Say whether these hold wherever those of a later rule do, so that the later one is never reached."""
        least = [(self.age_from, later.age_from), (_level(self.doses), _level(later.doses))]
        most = [
            (self.age_below, later.age_below),
            (self.recovered_under_days, later.recovered_under_days),
            (self.contact_under_days, later.contact_under_days),
        ]
        equal = [(self.positive, later.positive), (self.negative_test, later.negative_test)]
        return (
            all(mine is None or (theirs is not None and mine <= theirs) for mine, theirs in least)
            and all(mine is None or (theirs is not None and mine >= theirs) for mine, theirs in most)
            and all(one is None or one == other for one, other in equal)
        )


def _level(doses: Doses | None) -> int | None:
    return None if doses is None else DOSES.index(doses)


class ColourRule(Strict):
    """The colour of whoever meets the conditions and no earlier rule's."""

    colour: Literal["green", "yellow", "red", "black"]
    when: Conditions = Conditions()


class Version(Strict):
    """The rules from one local day on, the first that holds counting; `source` says where they were announced."""

    from_: Day = Field(alias="from")
    source: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=400)], ...], Field(strict=False)] = ()
    rules: Annotated[tuple[ColourRule, ...], Field(strict=False, min_length=1, max_length=64)]

    @property
    def begins(self) -> date:
        """The first day on which these rules hold."""
        return date.fromisoformat(self.from_)

    @model_validator(mode="after")
    def _every_rule_can_be_reached(self) -> Self:
        """Refuse rules that an earlier one hides, each of them named."""
        hidden = [
            f"rule {later + 1} is never reached, rule {earlier + 1} holds before it" for earlier, later in self.hidden()
        ]
        if hidden:
            raise ValueError("; ".join(hidden))
        return self

    def hidden(self) -> Iterator[tuple[int, int]]:
        """Name each rule that is hidden, after the first that hides it."""
        for later, rule in enumerate(self.rules):
            for earlier in range(later):
                if self.rules[earlier].when.hides(rule.when):
                    yield earlier, later
                    break


class Actions(Strict):
    """What each colour comes to. An unknown colour is denied, whatever stands here."""

    green: Action = "allow"
    yellow: Action = "verify"
    red: Action = "deny"
    black: Action = "deny"

    @model_validator(mode="after")
    def _nobody_can_tell(self) -> Self:
        """Refuse to show at the door who is ill."""
        if self.red != self.black:
            msg = "'red' and 'black' must come to the same, or everybody at the door could tell who is ill"
            raise ValueError(msg)
        return self

    def of(self, colour: Colour) -> Action:
        """Return what a colour comes to."""
        action: Action = getattr(self, colour.value)
        return action


class HealthProfile(Strict):
    """A profile and what the policy makes of its colours, everywhere (`actions`) or in one area (`areas`).

    The version of a day is the newest that has begun; before the first there is no colour.
    """

    name: Name
    versions: Annotated[tuple[Version, ...], Field(strict=False, min_length=1, max_length=32)]
    green_by_test: bool = False
    actions: Actions = Actions()
    areas: Annotated[dict[Name, Actions], Field(default_factory=dict, max_length=64)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse versions that do not follow each other."""
        wrong = [later.from_ for earlier, later in pairwise(self.versions) if earlier.begins >= later.begins]
        if wrong:
            msg = f"each version must begin after the one before it; not so: {', '.join(wrong)}"
            raise ValueError(msg)
        return self

    def version_on(self, day: date) -> Version | None:
        """Return the rules of a day, if there are any yet."""
        return next((version for version in reversed(self.versions) if version.begins <= day), None)

    def action(self, colour: Colour | None, area: str) -> Action:
        """Return what a colour comes to in an area; an unknown one is denied."""
        return "deny" if colour is None else self.areas.get(area, self.actions).of(colour)
