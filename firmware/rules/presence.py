"""Who has used what and who is inside, as far as this gate knows. Pure bookkeeping, rebuilt from the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from firmware.events import USES_KEPT_S, Direction, Leaf, Reason
from firmware.passes.presented import FRESH_S
from firmware.rules import passback
from firmware.rules.companions import going_in, lacking, left_alone
from firmware.rules.gathering import Gathering
from firmware.rules.ledger import Ledger
from firmware.rules.occupancy import Occupancy
from firmware.rules.proofs import Proofs
from firmware.rules.siblings import Sibling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from firmware.events import Instant, Use
    from firmware.passes.outcome import Pass
    from firmware.rules.capacity import AreaCapacity
    from firmware.rules.companions import Beside
    from firmware.rules.passback import Last
    from firmware.rules.policy import Policy


def _nobody() -> Occupancy:
    """Know no gate and no area: nobody was counted."""
    return Occupancy("", Ledger(""))


def in_reach(gate: str, rule: AreaCapacity | None, inside: int = 0) -> Occupancy:
    """Count so many in by a gate that has the places of all its siblings, who are in reach: for tools on a desk."""
    if rule is None or gate not in rule.gates:
        return Occupancy(gate, Ledger("here", entered=inside))
    siblings = {
        name: Sibling(Leaf(name, rule.generation, 1, 0, 0, given=((gate, rule.share(name)),)), 0)
        for name in rule.gates
        if name != gate
    }
    return Occupancy(gate, Ledger("here", rule.generation, entered=inside), rule, siblings=siblings)


@dataclass(slots=True)
class Presence:
    """Entries taken per pass reference, each kept for USES_KEPT_S after its pass expired (Unix seconds).

    `came_in` says by class when (Unix seconds) a pass of it last went in; one shown under threat counts as it looks.
    Of passes issued before `since` it is not known what they have used: a damaged journal took that with it. `area` is
    the count of the area, `subject` names a pass of today as siblings know it, `proofs` are the presentations used.
    `gathering` is who stands at the readers; of it decide() is told who is `beside` whom.
    """

    taken: dict[str, tuple[int, int]] = field(default_factory=dict)
    since: int = 0
    came_in: dict[str, int] = field(default_factory=dict)
    area: Occupancy = field(default_factory=_nobody)
    gathering: Gathering = field(default_factory=Gathering)
    proofs: Proofs = field(default_factory=Proofs)
    subject: Callable[[str, Instant], str | None] = lambda _reference, _now: None

    @classmethod
    def rebuilt(
        cls, uses: Mapping[str, tuple[int, int]], since: int = 0, came_in: Mapping[str, int] | None = None
    ) -> Presence:
        """Begin with what the journal remembers: reference -> (entries taken, expires), and who came in last."""
        return cls(dict(uses), since, dict(came_in or {}))

    def used_up(self, credential: Pass, now: Instant) -> bool:
        """Say whether every entry of the pass is taken, here or today at a sibling, or may be for all that is known."""
        if credential.entries is None:
            return False
        taken, _ = self.taken.get(credential.reference, (0, 0))
        elsewhere = self.area.moves.taken(self._told(credential, now))
        return credential.issued < self.since or taken + elsewhere >= credential.entries

    def replayed(self, credential: Pass, now: Instant) -> bool:
        """Say whether this presentation, or a newer one of the pass, was used here or at a sibling, or may have been.

        A sibling tells when the pass went through and not by which code: every code made up to then may be that one.
        """
        if credential.presented is None:
            return False
        at, subject = credential.presented.at, self._told(credential, now)
        elsewhere = None if subject is None else self.area.moves.elsewhere.get(subject)
        lost = self.since > 0 and at <= self.since + FRESH_S
        return lost or self.proofs.used(credential.reference, at) or (elsewhere is not None and at <= elsewhere.at)

    def odd(  # noqa: PLR0917  as decide() has them
        self, credential: Pass, direction: Direction, now: Instant, area: str, policy: Policy, beside: Beside = ()
    ) -> Iterator[Reason]:
        """Name what the area has against this passage: its holder went that way last, lacks company, or it is full."""
        last = None if policy.passback is None else self.last(credential, now)
        if passback.odd(policy.passback, credential.pass_class, direction, last, now, policy.zone):
            yield Reason.PASSBACK
        if direction is Direction.OUT:
            if left_alone(area, policy, self.area.staying()):
                yield Reason.SECOND_PERSON
            return
        yield from lacking(credential, beside, area, policy)
        if self.area.full(policy.capacity.get(area), going_in(beside)):
            yield Reason.FULL

    def last(self, credential: Pass, now: Instant) -> Last | None:
        """Say how the holder moved last, here or where a sibling saw it; None where nobody did."""
        return self.area.moves.last(credential.reference, self._told(credential, now))

    def note(self, use: Use) -> None:
        """Take an entry or give one back; giving back never makes more than there was."""
        taken, expires = self.taken.get(use.reference, (0, use.expires))
        left = max(0, taken + use.delta)
        if left:
            self.taken[use.reference] = (left, max(expires, use.expires))
        else:
            self.taken.pop(use.reference, None)

    def forget_expired(self, earliest: int) -> None:
        """Drop what expired so long ago, at every instant the clock allows, that no clock put right makes it valid."""
        self.proofs.forget(earliest)
        self.taken = {reference: use for reference, use in self.taken.items() if use[1] + USES_KEPT_S > earliest}

    def _told(self, credential: Pass, now: Instant) -> str | None:
        """Name a pass as siblings do, where one of them has told of anybody."""
        return self.subject(credential.reference, now) if self.area.moves.elsewhere else None
