"""How old the lists may be, and how unsure the clock, before a class is not admitted any more. Pure.

A gate that has been out of reach goes on with what it has until this says otherwise, each class as the policy wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from firmware.events import Instant

Age = Annotated[int, Field(ge=60, le=10 * 366 * 86_400)]
"""Seconds since something was signed: a minute to ten years."""


class Limits(Strict):
    """The greatest age, in seconds since it was signed, of what an admission rests on; what is not named may be any.

    `clock_s` is how many seconds may lie between the earliest and the latest moment that it can be now.
    """

    trust_s: Age | None = None
    policy_s: Age | None = None
    revocations_s: Age | None = None
    clock_s: Annotated[int, Field(ge=1, le=86_400)] | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        """Refuse limits that limit nothing."""
        if all(one is None for one in (self.trust_s, self.policy_s, self.revocations_s, self.clock_s)):
            msg = "names no limit; write trust_s, policy_s, revocations_s or clock_s, or leave it out"
            raise ValueError(msg)
        return self

    def unsure(self, now: Instant) -> bool:
        """Say whether the clock is not sure enough of what time it is."""
        return self.clock_s is not None and now.latest - now.earliest > self.clock_s

    @property
    def ages(self) -> bool:
        """Whether it limits the age of any list."""
        return not (self.trust_s is None and self.policy_s is None and self.revocations_s is None)

    def exceeded(self, latest: int, *, trust: int, policy: int, revocations: int | None) -> bool:
        """Say whether a list that was signed then (Unix seconds) is too old at the latest second of the clock.

        A list of revocations that is not here is too old; what was signed at 0 is what a tool's operator vouches for.
        """
        pairs = ((self.trust_s, trust), (self.policy_s, policy), (self.revocations_s, revocations))
        return any(limit is not None and _older(limit, issued, latest) for limit, issued in pairs)


def _older(limit_s: int, issued: int | None, latest: int) -> bool:
    """Say whether what was signed then is older than its limit, or is not here."""
    return issued is None or (issued != 0 and latest - issued > limit_s)
