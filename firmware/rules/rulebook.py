"""A policy with the dates of the document that brought it, and which of several policies it is the time of. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from firmware.events import NEVER
from firmware.rules.effective import ALWAYS, moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from firmware.events import Instant
    from firmware.rules.policy import Policy


class Revocations(Protocol):
    """A list of revoked passes that can be asked."""

    @property
    def false_hit_rate(self) -> float:
        """How likely a pass that is on no list is found here all the same."""

    def revoked(self, names: Iterable[tuple[str, bytes]], issued: int) -> str | None:
        """Say by which kind of name a pass that was issued then (Unix s) is revoked; None if by none of them."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A policy and from when until when it may be applied (Unix seconds); no policy admits nobody.

    `earlier` are those that count while this one waits for its time or after it is over, the newest first.
    `revocations` is the list of revoked passes and `revocations_issued` when it was signed; None if none lies here.
    With `revocations_lost` one was signed that cannot be read: every list is then too old.
    """

    policy: Policy | None = None
    version: int = 0
    issued: int = 0
    expires: int = 0
    revocations_issued: int | None = None
    revocations: Revocations | None = None
    revocations_lost: bool = False
    earlier: tuple[Rulebook, ...] = ()

    @classmethod
    def unlimited(cls, policy: Policy) -> Rulebook:
        """Take a policy without dates: a tool's operator vouches for it."""
        return cls(policy, expires=NEVER + 1, revocations_issued=0)

    @property
    def begins(self) -> int:
        """From when on it may be applied: neither before it was signed nor before its own time."""
        return self.issued if self.policy is None else max(self.issued, self.policy.span[0])

    @property
    def ends(self) -> int:
        """The first second at which it may not be applied any more."""
        return self.expires if self.policy is None else min(self.expires, self.policy.span[1])

    def at(self, now: Instant) -> Rulebook:
        """Choose the newest whose own time it is; this one where it is the time of none."""
        second = moment(now)
        spans = ((one, ALWAYS if one.policy is None else one.policy.span) for one in (self, *self.earlier))
        return next((one for one, (begins, ends) in spans if begins <= second < ends), self)

    def knowing(self, issued: int, revocations: Revocations | None) -> Rulebook:
        """Give all of them the list of revoked passes that was signed then; None if it cannot be read."""
        return replace(
            self,
            revocations_issued=issued,
            revocations=revocations,
            revocations_lost=revocations is None,
            earlier=tuple(one.knowing(issued, revocations) for one in self.earlier),
        )
