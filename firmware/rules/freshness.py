"""How old the lists may be before a class is not admitted by them any more. Pure.

A gate that has been out of reach goes on with what it has until this says otherwise, each class as the policy wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from firmware.events import Reason
from firmware.signed.fields import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware.events import Instant
    from firmware.passes.outcome import Pass
    from firmware.rules.rulebook import Rulebook

Age = Annotated[int, Field(ge=60, le=10 * 366 * 86_400)]
"""Seconds since something was signed: a minute to ten years."""


class Limits(Strict):
    """The greatest age, in seconds since it was signed, of what an admission rests on; what is not named may be any."""

    trust_s: Age | None = None
    policy_s: Age | None = None
    revocations_s: Age | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        """Refuse limits that limit nothing."""
        if self.trust_s is None and self.policy_s is None and self.revocations_s is None:
            msg = "names no limit; write trust_s, policy_s or revocations_s, or leave it out"
            raise ValueError(msg)
        return self


def not_fresh(credential: Pass, now: Instant, rules: Rulebook) -> Iterator[Reason]:
    """Hold the lists by which a pass would be admitted against what its class allows, at the latest second of `now`.

    A list of revocations that is not here is too old; what was signed at 0 is what a tool's operator vouches for.
    """
    rule = rules.policy.classes.get(credential.pass_class) if rules.policy else None
    if rule is None or rule.limits is None:
        return
    limits = rule.limits
    pairs = (
        (limits.trust_s, credential.trust_issued),
        (limits.policy_s, rules.issued),
        (limits.revocations_s, rules.revocations_issued),
    )
    if any(limit is not None and _older(limit, issued, now.latest) for limit, issued in pairs):
        yield Reason.LISTS_TOO_OLD


def _older(limit_s: int, issued: int | None, latest: int) -> bool:
    """Say whether what was signed then is older than its limit, or is not here."""
    return issued is None or (issued != 0 and latest - issued > limit_s)
