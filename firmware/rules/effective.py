"""From when until when a policy means to hold, and which of several holds now. Pure: the time comes in.

A policy that is signed ahead of its time waits; the one before it goes on until then. After its end the one before it
counts again. Beside that every document has its own dates, and beyond those it admits nobody.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from firmware.events import NEVER
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from firmware.events import Instant

ALWAYS: Final = (0, NEVER + 1)
"""Any Unix second, the one after all others included."""


def real_time(text: str) -> str:
    """Refuse a minute that no calendar has."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        msg = f"no time of the calendar (found {text!r:.40}); write it like 2026-01-05T08:00, in the policy's time zone"
        raise ValueError(msg) from None
    return text


LocalTime = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"), AfterValidator(real_time)
]
"""A minute on the wall; of one that clocks put back have twice the first is meant."""


class Effective(Strict):
    """From its first minute up to, not including, its last: local `YYYY-MM-DDTHH:MM`, in the policy's time zone."""

    from_: LocalTime | None = Field(alias="from", default=None)
    until: LocalTime | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse a time that never comes; both texts sort as the times they name."""
        if self.from_ is None and self.until is None:
            msg = "has neither 'from' nor 'until'; write one of them, or leave it out"
            raise ValueError(msg)
        if self.from_ is not None and self.until is not None and self.until <= self.from_:
            msg = f"'until' {self.until} is not after 'from' {self.from_}; put them in order"
            raise ValueError(msg)
        return self

    def seconds(self, zone: ZoneInfo) -> tuple[int, int]:
        """Say both as Unix seconds; what is left open is as in ALWAYS."""
        begins, ends = ALWAYS
        return (
            begins if self.from_ is None else seconds_of(self.from_, zone),
            ends if self.until is None else seconds_of(self.until, zone),
        )


def moment(now: Instant) -> int:
    """Say by which second policies change: the latest that the clock allows, as wherever it is about documents.

    Of a clock that nobody vouches for it is the earliest: so late it is for certain.
    """
    return now.earliest if now.latest >= NEVER else now.latest


def seconds_of(text: str, zone: ZoneInfo) -> int:
    """Read a minute on the wall as Unix seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())
