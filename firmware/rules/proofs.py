"""The holder's own proof, as far as rules go: whether one is asked for, meant for this gate, of now, and unused.

A code shown for the second time is known by its second: for each pass it only ever rises. That is remembered pass by
pass for a while, and afterwards by one number for all, which names nobody and is what the journal keeps: nothing of
that second or before counts any more. So no restart and no clock that is put back brings a used code to life again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from firmware.events import Reason
from firmware.passes.presented import FRESH_S, unproven

if TYPE_CHECKING:
    from collections.abc import Mapping

    from firmware.events import Instant
    from firmware.passes.outcome import Pass
    from firmware.rules.policy import Policy

KEPT: Final = "proof"
"""Under which name the journal keeps the number."""

KEPT_S: Final = 4 * FRESH_S
"""How long (s) each pass is remembered by itself: no code of that age is fresh, whatever the clock's bounds."""

WAITED_S: Final = 3600
"""How old (s) a code may be when it opens, whose holder waited for an officer or company: nobody waits for longer."""

MOST: Final = 10_000
_DIGITS: Final = 13
"""As many as no second of these ten thousand years has."""


@dataclass(slots=True)
class Proofs:
    """The newest second (Unix) that each pass was used with, by reference, and the one before which none counts."""

    newest: dict[str, int] = field(default_factory=dict)
    before: int = 0
    _highest: int = 0
    _kept: int = 0

    def recall(self, kept: Mapping[str, str]) -> None:
        """Take in what an earlier run let the journal keep."""
        text = kept.get(KEPT, "0")
        found = int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else 0
        self.before, self._highest, self._kept = max(self.before, found), max(self._highest, found), found

    def used(self, reference: str, at: int) -> bool:
        """Say whether a pass was used with this second or a later one, or may have been."""
        return at <= max(self.before, self.newest.get(reference, 0))

    def note(self, credential: Pass, now: Instant) -> None:
        """Take a presentation as used; what `take` gives then has to be on disk before anybody passes by it.

        One of a time to come opened for another reason and is not remembered, or it would use up all that come before
        it. One that is a little old is: its holder may have waited for an officer, and a clock that is put back makes
        it new.
        """
        presented = credential.presented
        if presented is None or not -FRESH_S <= now.earliest - presented.at <= WAITED_S:
            return
        self.newest[credential.reference] = max(presented.at, self.newest.get(credential.reference, 0))
        if len(self.newest) > MOST:
            self._forget(sorted(self.newest, key=self.newest.__getitem__)[: MOST // 2])
        self._highest = max(self._highest, presented.at)

    def take(self) -> tuple[tuple[str, str | None], ...]:
        """Say what the journal is to keep from now on; nothing where it has that."""
        if self._highest == self._kept:
            return ()
        self._kept = self._highest
        return ((KEPT, str(self._highest)),)

    def lost(self) -> None:
        """Hand the number to the journal again with the next use: its file had to be replaced."""
        self._kept = 0

    def forget(self, earliest: int) -> None:
        """Let go of single passes whose codes are long over."""
        self._forget([one for one, at in self.newest.items() if at + KEPT_S < earliest])

    def _forget(self, references: list[str]) -> None:
        for reference in references:
            self.before = max(self.before, self.newest.pop(reference))


def lacking(credential: Pass, now: Instant, groups: frozenset[str], policy: Policy | None) -> Reason | None:
    """Say what a pass lacks of a proof that counts at a gate of these groups; whether it is unused is asked apart."""
    rule = None if policy is None else policy.classes.get(credential.pass_class)
    if credential.presented is None and rule is not None and rule.proof is not None:
        return Reason.NO_PROOF
    if credential.presented is not None and credential.presented.group not in groups:
        return Reason.BAD_PROOF
    return unproven(credential, now)
